//! Smart rollups, by their addresses.

use super::base58check::{self, Base58Text};

const SR1: &[u8] = &[0x06, 0x7c, 0x75];

/// The address of a smart rollup, `sr1…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SmartRollup(pub [u8; 20]);

impl SmartRollup {
    /// The text form, 36 characters.
    #[must_use]
    pub fn to_base58(&self) -> Base58Text {
        base58check::emit(SR1, &self.0)
    }
}

impl core::fmt::Display for SmartRollup {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_base58())
    }
}
