//! Keys and signatures of tz4: BLS12-381 with keys in G1 and signatures in G2.
//!
//! No Tezio HSM holds such a key. Clients do, and sign their requests with it; so these types stand
//! apart from [`PublicKey`] and [`Signature`], and nothing that speaks of an HSM's key can be given
//! one.
//!
//! [`PublicKey`]: super::PublicKey
//! [`Signature`]: super::Signature

use super::base58check::{self, Base58Fault};
use super::{Curve, PublicKeyHash};

const BLPK: &[u8] = &[0x06, 0x95, 0x87, 0xcc];
const BLSIG: &[u8] = &[0x28, 0xab, 0x40, 0xcf];

/// A compressed public key, `BLpk…`.
///
/// The bytes are not promised to be a point; [`crate::crypto::VerifyBls::prepare_bls`] finds that
/// out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlsPublicKey(pub [u8; 48]);

/// A compressed signature, `BLsig…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlsSignature(pub [u8; 96]);

impl BlsPublicKey {
    /// Reads a key from its text, 76 characters.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is no such key.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        base58check::parse(text, BLPK).map(Self)
    }

    /// The address of the key: `BLAKE2b` of 20 bytes over the compressed key.
    #[must_use]
    pub fn hash(&self) -> PublicKeyHash {
        PublicKeyHash::of_key(Curve::Bls12381, &self.0)
    }
}

impl BlsSignature {
    /// Reads a signature from its text, 142 characters.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is no such signature.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        base58check::parse(text, BLSIG).map(Self)
    }
}
