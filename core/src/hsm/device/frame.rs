//! The frame that is coming in: one buffer, the length it announced, and how much of it is here.
//!
//! From bytes behind the start byte to a [`Request`] or the status that answers a broken one. More
//! bytes than the buffer holds are counted and dropped.

use super::super::{RequestPacket, Status};

/// The size of the receive buffer, in bytes, start byte not counted.
///
/// The firmware's own has 1024 bytes, and behind it two 16-bit fields that are written anew before
/// they are read again. So packets up to 1028 bytes are answered properly, and longer ones damage
/// themselves and then, in the firmware, everything else. Here the four bytes belong to the buffer.
pub const CAPACITY: usize = 1028;

const LENGTH: usize = 2;

/// A request with a right checksum, and the buffer it lies in.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The request's fields.
    pub packet: RequestPacket<'a>,
    /// The whole receive buffer: the packet without its start byte, and behind it what earlier
    /// requests and replies have left. The firmware has faults that look at these bytes.
    pub buffer: &'a [u8; CAPACITY],
}

#[derive(Debug)]
pub(super) struct Frame {
    buffer: [u8; CAPACITY],
    received: usize,
}

impl Frame {
    pub(super) const fn new() -> Self {
        Self {
            buffer: [0; CAPACITY],
            received: 0,
        }
    }

    /// Forgets the frame; its bytes stay in the buffer.
    pub(super) const fn begin(&mut self) {
        self.received = 0;
    }

    /// Whether both length bytes are here.
    pub(super) const fn has_length(&self) -> bool {
        self.received >= LENGTH
    }

    /// Whether as many bytes are here as the frame announced.
    pub(super) const fn is_complete(&self) -> bool {
        self.has_length() && self.missing() == 0
    }

    /// Takes from `bytes` what belongs to the frame, as far as that is known, and says how much.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.missing());
        let room = self.buffer.get_mut(self.received..).unwrap_or_default();
        room.iter_mut()
            .zip(bytes.iter().take(taken))
            .for_each(|(to, from)| *to = *from);
        self.received = self.received.saturating_add(taken);
        taken
    }

    /// Judges what has been received.
    ///
    /// A frame longer than the buffer has the status that the firmware gives those it survives.
    pub(super) fn read(&self) -> Result<Request<'_>, Status> {
        let received = self.buffer.get(..self.received).ok_or(Status::Checksum)?;
        RequestPacket::parse(received).map(|packet| Request {
            packet,
            buffer: &self.buffer,
        })
    }

    /// Puts a reply where the firmware builds it: at the begin of the same buffer.
    pub(super) fn overwrite(&mut self, reply: &[u8]) {
        self.buffer
            .iter_mut()
            .zip(reply)
            .for_each(|(to, from)| *to = *from);
    }

    const fn missing(&self) -> usize {
        if self.has_length() {
            self.announced().saturating_sub(self.received)
        } else {
            LENGTH.saturating_sub(self.received)
        }
    }

    const fn announced(&self) -> usize {
        let [low, high, ..] = self.buffer;
        u16::from_le_bytes([low, high]) as usize
    }
}
