//! Public keys of the three curves that a Tezio HSM holds.

use super::base58check::{self, Base58Fault, Base58Text};
use super::{Curve, PublicKeyHash};

const EDPK: &[u8] = &[0x0d, 0x0f, 0x25, 0xd9];
const SPPK: &[u8] = &[0x03, 0xfe, 0xe2, 0x56];
const P2PK: &[u8] = &[0x03, 0xb2, 0x8b, 0x7f];

/// A public key in its compressed form.
///
/// The bytes are not promised to be a point on the curve; [`crate::crypto::Verify::prepare`] finds
/// that out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// tz1, `edpk…`.
    Ed25519([u8; 32]),
    /// tz2, `sppk…`: 02 or 03, then X.
    Secp256k1([u8; 33]),
    /// tz3, `p2pk…`: 02 or 03, then X.
    P256([u8; 33]),
}

impl PublicKey {
    /// Reads a key from its text.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is no key of these curves.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        match text.get(..4) {
            Some("edpk") => base58check::parse(text, EDPK).map(Self::Ed25519),
            Some("sppk") => base58check::parse(text, SPPK).map(Self::Secp256k1),
            _ => base58check::parse(text, P2PK).map(Self::P256),
        }
    }

    /// The text form, 54 or 55 characters.
    #[must_use]
    pub fn to_base58(&self) -> Base58Text {
        match self {
            Self::Ed25519(key) => base58check::emit(EDPK, key),
            Self::Secp256k1(key) => base58check::emit(SPPK, key),
            Self::P256(key) => base58check::emit(P2PK, key),
        }
    }

    /// The compressed key without any tag, 32 or 33 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key,
            Self::Secp256k1(key) | Self::P256(key) => key,
        }
    }

    /// The curve of the key.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        match self {
            Self::Ed25519(_) => Curve::Ed25519,
            Self::Secp256k1(_) => Curve::Secp256k1,
            Self::P256(_) => Curve::P256,
        }
    }

    /// The address of the key: `BLAKE2b` of 20 bytes over the compressed key.
    #[must_use]
    pub fn hash(&self) -> PublicKeyHash {
        PublicKeyHash::of_key(self.curve(), self.as_bytes())
    }
}

impl core::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_base58())
    }
}
