//! Public keys that clients sign their requests with: one curve more than HSMs have.

use super::base58check::Base58Fault;
use super::{BlsPublicKey, PublicKey, PublicKeyHash};

/// A client's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKey {
    /// tz1, tz2 or tz3: of a kind that an HSM could hold as well.
    Ordinary(PublicKey),
    /// tz4.
    Bls(BlsPublicKey),
}

impl ClientKey {
    /// Reads a key from its text.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is no key of these kinds.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        if text.starts_with("BLpk") {
            BlsPublicKey::from_base58(text).map(Self::Bls)
        } else {
            PublicKey::from_base58(text).map(Self::Ordinary)
        }
    }

    /// The address of the key.
    #[must_use]
    pub fn hash(&self) -> PublicKeyHash {
        match self {
            Self::Ordinary(key) => key.hash(),
            Self::Bls(key) => key.hash(),
        }
    }
}

impl From<PublicKey> for ClientKey {
    fn from(key: PublicKey) -> Self {
        Self::Ordinary(key)
    }
}
