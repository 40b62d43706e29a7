//! Fixed keys, one for each use, of real cryptography.

use std::sync::LazyLock;

use tezio_core::crypto::Sign as _;
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::{Curve, PublicKey, PublicKeyHash};
use tezio_crypto::SecretKey;

/// Whose key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The HSM's tz1 key.
    Tz1,
    /// The HSM's tz2 key.
    Tz2,
    /// The HSM's tz3 key.
    Tz3,
    /// The HSM's second tz3 key, where a setup has four.
    Zeroth,
    /// A client's key that is authorized.
    Client,
    /// A key that nobody knows of.
    Stranger,
}

impl Holder {
    const ALL: [Self; 6] = [
        Self::Tz1,
        Self::Tz2,
        Self::Tz3,
        Self::Zeroth,
        Self::Client,
        Self::Stranger,
    ];

    /// The keys that are in an HSM, unless a setup has all four.
    pub(crate) const HSM: [Self; 3] = [Self::Tz1, Self::Tz2, Self::Tz3];

    pub(crate) const fn curve(self) -> Curve {
        match self {
            Self::Tz1 | Self::Client => Curve::Ed25519,
            Self::Tz2 => Curve::Secp256k1,
            Self::Tz3 | Self::Zeroth | Self::Stranger => Curve::P256,
        }
    }

    /// Where an HSM has it.
    pub(crate) fn alias(self) -> KeyAlias {
        match self {
            Self::Tz1 => KeyAlias::Ed25519,
            Self::Tz2 => KeyAlias::Secp256k1,
            Self::Tz3 => KeyAlias::P256,
            Self::Zeroth => KeyAlias::Authentication,
            Self::Client | Self::Stranger => panic!("{self:?} is in no HSM"),
        }
    }

    pub(crate) fn secret(self) -> SecretKey {
        let seed = match self {
            Self::Tz1 => 1,
            Self::Tz2 => 2,
            Self::Tz3 => 3,
            Self::Client => 4,
            Self::Stranger => 5,
            Self::Zeroth => 6,
        };
        SecretKey::from_bytes(self.curve(), &[seed; 32]).unwrap()
    }
}

/// Worked out once: every script asks for keys many times.
pub(crate) fn public_key(holder: Holder) -> PublicKey {
    static KEYS: LazyLock<[(Holder, PublicKey); 6]> =
        LazyLock::new(|| Holder::ALL.map(|held| (held, held.secret().public_key())));
    let found = KEYS.iter().find(|(held, _)| *held == holder);
    found.unwrap().1
}

pub(crate) fn address(holder: Holder) -> PublicKeyHash {
    public_key(holder).hash()
}
