//! What there is to be signed: a row of slots, each another chain, key, kind, level and round.
//!
//! Level and round rise along the row, so of two slots under one watermark the later one is the higher. A
//! salt makes different messages for one slot.

use crate::support::messages::{
    attestation, block, dal_attestation, on_mainnet, operation, preattestation,
};
use crate::support::{HsmKey, TZ1, TZ2, TZ3};

/// Three keys with three kinds each, on the one chain or the other.
pub(crate) const WATERMARKS: usize = 9;

/// Rounds of each level: many, for levels that rise faster than the time allows are refused.
const ROUNDS: u32 = 64;

/// Messages that one slot has.
pub(crate) const SALTS: u8 = 3;

/// A place for one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u32);

impl Slot {
    /// Its watermark. Two slots in a row have the same one.
    pub(crate) const fn watermark(self) -> usize {
        (self.0 / 2 * 7) as usize % WATERMARKS
    }

    /// The key that signs it.
    pub(crate) const fn key(self) -> HsmKey {
        [TZ1, TZ2, TZ3][self.watermark() / 3]
    }

    /// One of its messages.
    pub(crate) fn message(self, salt: u8) -> Vec<u8> {
        let (level, round) = (self.0 / ROUNDS + 1, self.0 % ROUNDS);
        let message = match (self.watermark() % 3, salt) {
            (0, _) => block(level, round, salt),
            (1, _) => preattestation(level, round, salt),
            (_, 0) => dal_attestation(level, round, salt),
            (_, _) => attestation(level, round, salt),
        };
        if self.watermark().is_multiple_of(2) {
            on_mainnet(message)
        } else {
            message
        }
    }
}

/// A message that no mark guards.
pub(crate) fn unguarded(salt: u8) -> Vec<u8> {
    operation(salt)
}
