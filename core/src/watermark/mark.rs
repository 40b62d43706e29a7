//! Marks and what they guard.

use crate::tezos::{ChainId, ConsensusKind, Level, PublicKeyHash, Round};

/// The value of a watermark: ordered by level, then round.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Mark {
    /// The level last signed.
    pub level: Level,
    /// The round last signed at that level.
    pub round: Round,
}

impl core::fmt::Display for Mark {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "level {} round {}", self.level, self.round)
    }
}

/// One watermark: the chain, key and kind that share a mark.
///
/// Chains, keys and kinds do not constrain one another: a baker signs a preattestation and an
/// attestation for the same level and round, and blocks of the next level before either.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Watermark {
    /// The chain that the signed messages name.
    pub chain: ChainId,
    /// The key that signs.
    pub key: PublicKeyHash,
    /// What it signs.
    pub kind: ConsensusKind,
}

impl core::fmt::Display for Watermark {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} of {} on {}", self.kind, self.key, self.chain)
    }
}
