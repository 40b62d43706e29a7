//! The five kinds of key that a Tezos address can name.

/// The signature scheme of a key, in the order of Octez' tags.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Curve {
    /// tz1.
    Ed25519,
    /// tz2.
    Secp256k1,
    /// tz3, NIST P-256.
    P256,
    /// tz4, BLS12-381. No Tezio HSM holds such a key.
    Bls12381,
    /// tz5, ML-DSA-44. No Tezio HSM holds such a key.
    MlDsa44,
}

impl Curve {
    /// All five, in tag order.
    pub const ALL: [Self; 5] = [
        Self::Ed25519,
        Self::Secp256k1,
        Self::P256,
        Self::Bls12381,
        Self::MlDsa44,
    ];

    /// The tag byte that stands before keys and key hashes in Octez' binary form.
    #[must_use]
    pub const fn tag(self) -> u8 {
        match self {
            Self::Ed25519 => 0,
            Self::Secp256k1 => 1,
            Self::P256 => 2,
            Self::Bls12381 => 3,
            Self::MlDsa44 => 4,
        }
    }

    /// The curve that a tag byte announces, if it announces one.
    #[must_use]
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.tag() == tag)
    }

    /// The first three characters of an address of this kind.
    #[must_use]
    pub const fn address_prefix(self) -> &'static str {
        match self {
            Self::Ed25519 => "tz1",
            Self::Secp256k1 => "tz2",
            Self::P256 => "tz3",
            Self::Bls12381 => "tz4",
            Self::MlDsa44 => "tz5",
        }
    }
}
