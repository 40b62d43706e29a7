//! Four values, one for each key of a device, by the names that a profile gives them.

use serde::{Deserialize, Serialize};
use tezio_core::hsm::KeyAlias;

/// One value for each of the four keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerAlias<T: Default> {
    /// Alias 0.
    pub authentication: T,
    /// Alias 1, tz1.
    pub ed25519: T,
    /// Alias 2, tz2.
    pub secp256k1: T,
    /// Alias 3, tz3.
    pub p256: T,
}

impl<T: Default> PerAlias<T> {
    /// The value of `alias`.
    pub const fn of(&self, alias: KeyAlias) -> &T {
        match alias {
            KeyAlias::Authentication => &self.authentication,
            KeyAlias::Ed25519 => &self.ed25519,
            KeyAlias::Secp256k1 => &self.secp256k1,
            KeyAlias::P256 => &self.p256,
        }
    }

    /// The value of `alias`, to be changed.
    pub const fn of_mut(&mut self, alias: KeyAlias) -> &mut T {
        match alias {
            KeyAlias::Authentication => &mut self.authentication,
            KeyAlias::Ed25519 => &mut self.ed25519,
            KeyAlias::Secp256k1 => &mut self.secp256k1,
            KeyAlias::P256 => &mut self.p256,
        }
    }
}
