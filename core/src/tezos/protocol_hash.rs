//! Protocols, by their hashes: what bakers vote on.

use super::base58check::{self, Base58Text};

const P: &[u8] = &[0x02, 0xaa];

/// The hash of a protocol, `P…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolHash(pub [u8; 32]);

impl ProtocolHash {
    /// The text form, 51 characters.
    #[must_use]
    pub fn to_base58(&self) -> Base58Text {
        base58check::emit(P, &self.0)
    }
}

impl core::fmt::Display for ProtocolHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_base58())
    }
}
