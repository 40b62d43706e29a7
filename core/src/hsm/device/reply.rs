//! The reply that is going out: usually one packet, sometimes text before it, sometimes nothing.

use super::super::packet::MAX_REPLY;
use super::super::{ReplyPacket, Status};

/// The most text that can stand before a packet, in bytes.
pub const MAX_TEXT: usize = 16;

/// The bytes of one reply, as they go over the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    bytes: heapless::Vec<u8, { MAX_TEXT + MAX_REPLY }>,
    packet_at: usize,
}

impl Reply {
    /// A reply of no bytes: silence.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: heapless::Vec::new(),
            packet_at: 0,
        }
    }

    /// Forgets everything put so far.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Makes `body` the reply, in a packet of its own, and keeps the text before it.
    ///
    /// A body longer than [`MAX_BODY`](super::super::MAX_BODY) bytes does not exist in this
    /// protocol and leaves the reply without a packet.
    pub fn put_body(&mut self, body: &[u8]) {
        self.bytes.truncate(self.packet_at);
        if let Some(packet) = (ReplyPacket { body }).emit() {
            // Text and packet fit by the sizes of their types.
            let _ = self.bytes.extend_from_slice(&packet);
        }
    }

    /// Makes one status byte the reply.
    pub fn put_status(&mut self, status: Status) {
        self.put_body(&[status.byte()]);
    }

    /// Puts text before the packet, cut at [`MAX_TEXT`] bytes, as the firmware does when a library
    /// prints on the port that the protocol uses. Before any packet is put.
    pub fn put_text(&mut self, text: &[u8]) {
        self.clear();
        let fitting = text.get(..MAX_TEXT).unwrap_or(text);
        // At most MAX_TEXT bytes into an empty vector.
        let _ = self.bytes.extend_from_slice(fitting);
        self.packet_at = self.bytes.len();
    }

    /// All bytes, text and packet.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, for those who want to damage them.
    #[must_use]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Keeps the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// The packet without the text.
    pub(super) fn packet(&self) -> &[u8] {
        self.bytes.get(self.packet_at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn status_is_a_packet_of_one_byte() {
        let mut reply = Reply::new();
        reply.put_status(Status::UnknownOpcode);
        assert_eq!(reply.bytes(), hex!("0500a28b83"));
    }

    #[test]
    fn text_stands_before_the_packet_and_is_cut() {
        let mut reply = Reply::new();
        reply.put_text(b"15\r\n");
        reply.put_status(Status::SecretKeyRead);
        assert_eq!(reply.bytes(), hex!("31350d0a0500b2e803"));
        assert_eq!(reply.packet(), hex!("0500b2e803"));
        reply.put_text(&[b'x'; 40]);
        reply.put_body(&[0; 99]);
        assert_eq!(reply.bytes().len(), MAX_TEXT + MAX_REPLY);
    }
}
