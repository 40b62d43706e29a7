//! What can be wrong with bytes that are to be signed.

use super::ConsensusKind;

/// Why bytes are no message that could be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// No bytes at all.
    #[error("no data to sign")]
    Empty,
    /// The bytes end inside a field.
    #[error("data ends too early: {length} bytes do not hold a whole {what}")]
    Truncated {
        /// The kind announced by the magic byte.
        what: ConsensusKind,
        /// How many bytes there are.
        length: usize,
    },
    /// More bytes than the layout has.
    #[error("{extra} bytes too many behind the {what}")]
    Trailing {
        /// The kind announced by the magic byte.
        what: ConsensusKind,
        /// How many there are too many.
        extra: usize,
    },
    /// The operation tag does not fit the magic byte.
    #[error("operation tag {tag} does not belong in this {what}")]
    Tag {
        /// The kind announced by the magic byte.
        what: ConsensusKind,
        /// The tag found, at offset 37.
        tag: u8,
    },
    /// Level or round is negative, that is 2³¹ or more.
    #[error("negative {field} {number:#010x}")]
    Negative {
        /// `level` or `round`.
        field: &'static str,
        /// The 32 bits found.
        number: u32,
    },
    /// The fitness of a block is not five elements of version 2 in as many bytes as announced.
    #[error("fitness of the block is not that of a Tenderbake block")]
    Fitness,
    /// The level in the header and the level in the fitness differ.
    #[error("block header says level {header}, its fitness says {fitness}")]
    Levels {
        /// At offset 5.
        header: u32,
        /// In the second element of the fitness.
        fitness: u32,
    },
    /// The DAL bitset is not one number that ends where the data end.
    #[error("DAL content of the attestation is not one number")]
    Dal,
    /// The presence byte of the seed nonce hash is neither 00 nor ff.
    #[error("seed nonce hash of the block has presence byte {0:#04x}")]
    SeedNonce(u8),
}
