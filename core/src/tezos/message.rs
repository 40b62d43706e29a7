//! A message: the bytes a client wants signed, and as much of their meaning as decides safety.

use super::consensus_message::{self, ConsensusMessage};
use super::{ConsensusKind, Digest, MagicByte, MessageFault};

/// Bytes to be signed, whole, with what is known about them.
///
/// Made by [`Message::parse`] alone, so the parts always belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    data: &'a [u8],
    magic_byte: MagicByte,
    consensus: Option<ConsensusMessage>,
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
        let consensus = ConsensusKind::from_magic_byte(magic_byte)
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
