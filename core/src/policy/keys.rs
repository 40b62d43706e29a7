//! What is said of one key: what it may sign, where it lives, whose requests it heeds.

use crate::hsm::KeyAlias;
use crate::limits::{AUTHORIZED_KEYS, CHAINS, HSMS};
use crate::tezos::{ChainId, MagicByte, PublicKeyHash};

use super::operations::Operations;

/// What one key may sign, and where it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// The key's address, by which clients name it and the HSM's key is recognised.
    pub hash: PublicKeyHash,
    /// The HSMs that hold it, each with the alias it has there.
    pub homes: heapless::Vec<(HsmId, KeyAlias), HSMS>,
    /// The magic bytes it may sign.
    pub magic_bytes: MagicBytes,
    /// Whether a request to sign with it must be signed itself.
    pub authentication_required: bool,
    /// Which of the policy's `authorized_keys` count for this key; `None` for all of them.
    pub authorized_by: Option<heapless::Vec<PublicKeyHash, AUTHORIZED_KEYS>>,
    /// The chains that it signs consensus messages for; with none listed, all that have marks.
    pub chains: heapless::Vec<ChainId, CHAINS>,
    /// What it signs of messages that begin with [`MagicByte::OPERATION`].
    pub operations: Operations,
}

impl KeyPolicy {
    /// Whether requests to sign with this key may be signed by an authorized key.
    #[must_use]
    pub fn is_authorized_by(&self, authorized: &PublicKeyHash) -> bool {
        let listed = self.authorized_by.as_ref();
        listed.is_none_or(|listed| listed.contains(authorized))
    }

    /// Whether it signs consensus messages for `chain`.
    #[must_use]
    pub fn is_for(&self, chain: ChainId) -> bool {
        self.chains.is_empty() || self.chains.contains(&chain)
    }
}

/// Names one of a signer's HSMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HsmId(pub u8);

/// A set of magic bytes, each of [`MagicByte::SIGNABLE`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MagicBytes(heapless::Vec<MagicByte, { MagicByte::SIGNABLE.len() }>);

impl MagicBytes {
    /// Adds `byte`; says whether it could be added, which is so for those that can be signed.
    pub fn insert(&mut self, byte: MagicByte) -> bool {
        self.contains(byte) || (byte.is_signable() && self.0.push(byte).is_ok())
    }

    /// Whether `byte` is in the set.
    #[must_use]
    pub fn contains(&self, byte: MagicByte) -> bool {
        self.0.contains(&byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_signable_magic_bytes_enter_a_set() {
        let mut set = MagicBytes::default();
        for byte in (0..=255).map(MagicByte) {
            assert_eq!(set.insert(byte), byte.is_signable(), "{byte}");
            assert_eq!(set.contains(byte), byte.is_signable(), "{byte}");
        }
    }
}
