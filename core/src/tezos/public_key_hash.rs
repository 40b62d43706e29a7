//! Public key hashes: the addresses by which keys are named everywhere.

use blake2::Digest as _;
use blake2::digest::consts::U20;

use super::Curve;
use super::base58check::{self, Base58Fault, Base58Text};

/// An address of an implicit account, `tz1…` to `tz5…`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct PublicKeyHash {
    curve: Curve,
    hash: [u8; 20],
}

impl PublicKeyHash {
    /// The address of a key of `curve` whose BLAKE2b-160 is `hash`.
    #[must_use]
    pub const fn new(curve: Curve, hash: [u8; 20]) -> Self {
        Self { curve, hash }
    }

    /// The address of the compressed key `key` of `curve`.
    pub(super) fn of_key(curve: Curve, key: &[u8]) -> Self {
        let hash = blake2::Blake2b::<U20>::digest(key);
        Self::new(curve, hash.into())
    }

    /// Reads an address from its text, 36 characters.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is no such address.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        let curve = Curve::ALL
            .into_iter()
            .find(|curve| text.starts_with(curve.address_prefix()));
        let Some(curve) = curve else {
            base58check::parse::<20>(text, prefix(Curve::Ed25519))?;
            return Err(Base58Fault::OtherKind);
        };
        base58check::parse(text, prefix(curve)).map(|hash| Self { curve, hash })
    }

    /// The text form, 36 characters.
    #[must_use]
    pub fn to_base58(&self) -> Base58Text {
        base58check::emit(prefix(self.curve), &self.hash)
    }

    /// The binary form of Octez: `<tag: u8><hash: 20>`.
    #[must_use]
    pub fn tagged(&self) -> [u8; 21] {
        let mut bytes = [0; 21];
        let (tag, hash) = bytes.split_at_mut(1);
        tag.fill(self.curve.tag());
        hash.copy_from_slice(&self.hash);
        bytes
    }

    /// The curve of the key.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }
}

impl core::fmt::Display for PublicKeyHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_base58())
    }
}

const fn prefix(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::Ed25519 => &[0x06, 0xa1, 0x9f],
        Curve::Secp256k1 => &[0x06, 0xa1, 0xa1],
        Curve::P256 => &[0x06, 0xa1, 0xa4],
        Curve::Bls12381 => &[0x06, 0xa1, 0xa6],
        Curve::MlDsa44 => &[0x06, 0xa1, 0xa9],
    }
}
