//! A message: the bytes a client wants signed, and as much of their meaning as decides safety.

use super::consensus_message::{self, ConsensusMessage};
use super::{Digest, MagicByte};

/// Bytes to be signed, whole, with what is known about them.
///
/// Made by [`Message::parse`] alone, so the parts always belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    data: &'a [u8],
    magic_byte: MagicByte,
    consensus: Option<ConsensusMessage>,
}

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
        what: super::ConsensusKind,
        /// How many bytes there are.
        length: usize,
    },
    /// More bytes than the layout has.
    #[error("{extra} bytes too many behind the {what}")]
    Trailing {
        /// The kind announced by the magic byte.
        what: super::ConsensusKind,
        /// How many there are too many.
        extra: usize,
    },
    /// The operation tag does not fit the magic byte.
    #[error("operation tag {tag} does not belong in a {what}")]
    Tag {
        /// The kind announced by the magic byte.
        what: super::ConsensusKind,
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

impl<'a> Message<'a> {
    /// Reads the magic byte and, if it announces a consensus message, all of its layout.
    ///
    /// Other messages are not looked into.
    ///
    /// # Errors
    ///
    /// [`MessageFault`] when there are no bytes, or a consensus message is not exactly one.
    pub fn parse(data: &'a [u8]) -> Result<Self, MessageFault> {
        let (&first, _) = data.split_first().ok_or(MessageFault::Empty)?;
        let magic_byte = MagicByte(first);
        let consensus = magic_byte
            .consensus_kind()
            .map(|kind| consensus_message::parse(kind, data))
            .transpose()?;
        Ok(Self {
            data,
            magic_byte,
            consensus,
        })
    }

    /// All the bytes, magic byte first.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The first byte.
    #[must_use]
    pub const fn magic_byte(&self) -> MagicByte {
        self.magic_byte
    }

    /// Chain, kind, level and round, if this is a consensus message.
    #[must_use]
    pub const fn consensus(&self) -> Option<&ConsensusMessage> {
        self.consensus.as_ref()
    }

    /// The digest of all the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.data)
    }
}
