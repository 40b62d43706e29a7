//! Packets: what goes over the serial line, both ways.
//!
//! ```text
//! request   <03><L: u16 LE><opcode>[<param1>[<param2>[<param3: u16 LE>[<data>]]]]<crc: u16 LE>
//! reply     <L: u16 LE><body><crc: u16 LE>
//! ```
//!
//! `L` counts itself and everything behind it. A request's start byte is neither counted nor
//! covered by the checksum. From typed fields to bytes and back; streams are taken apart by
//! the link on the host and by the receiver on the device.

use super::Status;
use super::crc::crc16;

/// The byte that begins a request. Nothing else marks its begin, and it is not escaped inside.
pub const START: u8 = 0x03;

/// The largest `L` that the firmware can take without overrunning its buffer.
pub const MAX_LENGTH: usize = 1024;

/// A whole request on the wire: the start byte and `L` bytes.
pub const MAX_REQUEST: usize = 1 + MAX_LENGTH;

/// The most data a request can carry, in bytes.
pub const MAX_DATA: usize = MAX_LENGTH - HEADER - CRC;

/// The longest reply body: a signature as text.
pub const MAX_BODY: usize = 99;

/// Length, opcode and all parameters.
const HEADER: usize = 2 + 1 + 1 + 1 + 2;
const CRC: usize = 2;

/// A request's fields. A packet ends at the first parameter that is `None`, and a device reads what
/// is left out as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestPacket<'a> {
    /// What to do.
    pub opcode: u8,
    /// The key alias.
    pub param1: Option<u8>,
    /// Format or mode.
    pub param2: Option<u8>,
    /// Length of the first part of the data, where an operation asks for it.
    pub param3: Option<u16>,
    /// The payload, at most [`MAX_DATA`] bytes; goes with all three parameters only.
    pub data: &'a [u8],
}

impl<'a> RequestPacket<'a> {
    /// Writes the packet, start byte included; `None` when the data is more than [`MAX_DATA`].
    #[must_use]
    pub fn emit(&self) -> Option<heapless::Vec<u8, MAX_REQUEST>> {
        let mut out = heapless::Vec::new();
        out.extend_from_slice(&[START, 0, 0, self.opcode]).ok()?;
        self.emit_parameters(&mut out)?;
        let length = u16::try_from(out.len().checked_add(CRC)?.checked_sub(1)?).ok()?;
        out.get_mut(1..3)?.copy_from_slice(&length.to_le_bytes());
        let crc = crc16(out.get(1..)?);
        out.extend_from_slice(&crc.to_le_bytes()).ok()?;
        Some(out)
    }

    fn emit_parameters(&self, out: &mut heapless::Vec<u8, MAX_REQUEST>) -> Option<()> {
        let Some(param1) = self.param1 else {
            return Some(());
        };
        out.push(param1).ok()?;
        let Some(param2) = self.param2 else {
            return Some(());
        };
        out.push(param2).ok()?;
        let Some(param3) = self.param3 else {
            return Some(());
        };
        out.extend_from_slice(&param3.to_le_bytes()).ok()?;
        out.extend_from_slice(self.data).ok()
    }

    /// Reads a request from what a device received behind the start byte, length bytes first.
    ///
    /// # Errors
    ///
    /// The status that the firmware answers with: [`Status::TooShort`], [`Status::Checksum`] or
    /// [`Status::Length`], found in this order.
    pub fn parse(received: &'a [u8]) -> Result<Self, Status> {
        let (checked, crc) = received.split_last_chunk().ok_or(Status::TooShort)?;
        let ([low, high, opcode], params) = checked.split_first_chunk().ok_or(Status::TooShort)?;
        if u16::from_le_bytes(*crc) != crc16(checked) {
            return Err(Status::Checksum);
        }
        if usize::from(u16::from_le_bytes([*low, *high])) != received.len() {
            return Err(Status::Length);
        }
        let param3 = params.get(2..4).and_then(|bytes| bytes.try_into().ok());
        Ok(Self {
            opcode: *opcode,
            param1: params.first().copied(),
            param2: params.get(1).copied(),
            param3: param3.map(u16::from_le_bytes),
            data: params.get(4..).unwrap_or_default(),
        })
    }
}

/// A reply's body on its way to the wire, or found in what came from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyPacket<'a> {
    /// Status byte, key or signature; at most [`MAX_BODY`] bytes.
    pub body: &'a [u8],
}

/// A reply on the wire has at most this many bytes.
pub(super) const MAX_REPLY: usize = 2 + MAX_BODY + CRC;

/// What can be said about the first bytes of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received<'a> {
    /// So far nothing is wrong, but it is not all here.
    Partial,
    /// A whole reply with a right checksum, and nothing behind it.
    Whole(ReplyPacket<'a>),
    /// Not a reply: impossible length, wrong checksum, or bytes behind it.
    Garbled,
}

impl<'a> ReplyPacket<'a> {
    /// Writes the packet; `None` when the body is longer than any.
    #[must_use]
    pub fn emit(&self) -> Option<heapless::Vec<u8, { 2 + MAX_BODY + CRC }>> {
        let length = self.body.len().checked_add(2 + CRC)?;
        let mut out = heapless::Vec::new();
        let length = u16::try_from(length).ok()?.to_le_bytes();
        out.extend_from_slice(&length).ok()?;
        out.extend_from_slice(self.body).ok()?;
        let crc = crc16(&out);
        out.extend_from_slice(&crc.to_le_bytes()).ok()?;
        Some(out)
    }

    /// Judges `bytes` as the beginning of one reply with one of the body lengths `bodies`.
    pub(super) fn receive(bytes: &'a [u8], bodies: &[usize]) -> Received<'a> {
        let Some((length, behind)) = bytes.split_first_chunk() else {
            return Received::Partial;
        };
        let body = usize::from(u16::from_le_bytes(*length)).checked_sub(2 + CRC);
        let Some(body) = body.filter(|body| bodies.contains(body)) else {
            return Received::Garbled;
        };
        let Some((body, crc)) = behind.split_at_checked(body) else {
            return Received::Partial;
        };
        match crc {
            [] | [_] => Received::Partial,
            [low, high] if sums(length, body, [*low, *high]) => Received::Whole(Self { body }),
            _ => Received::Garbled,
        }
    }
}

/// Whether `crc` is the checksum of length and body.
fn sums(length: &[u8; 2], body: &[u8], crc: [u8; 2]) -> bool {
    let mut covered = heapless::Vec::<u8, MAX_REPLY>::new();
    let copied = covered
        .extend_from_slice(length)
        .and_then(|()| covered.extend_from_slice(body));
    copied.is_ok() && crc16(&covered) == u16::from_le_bytes(crc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn short_request_has_the_recorded_bytes() {
        let get_key = RequestPacket {
            opcode: 0x11,
            param1: Some(0),
            param2: Some(1),
            ..RequestPacket::default()
        };
        assert_eq!(get_key.emit().unwrap().as_slice(), hex!("0307001100013a00"));
    }

    #[test]
    fn data_always_comes_with_a_third_parameter() {
        let sign = RequestPacket {
            opcode: 0x21,
            param1: Some(3),
            param2: Some(3),
            param3: Some(0),
            data: &[0xaa],
        };
        let bytes = sign.emit().unwrap();
        assert_eq!(bytes[..9], hex!("030a00210303 0000 aa"));
        let parsed = RequestPacket::parse(&bytes[1..]).unwrap();
        assert_eq!((parsed.param3, parsed.data), (Some(0), &[0xaa][..]));
    }

    #[test]
    fn largest_request_fits_and_one_byte_more_does_not() {
        let data = [0; MAX_DATA + 1];
        let sized = |length| RequestPacket {
            opcode: 0x21,
            param1: Some(3),
            param2: Some(3),
            param3: Some(0),
            data: &data[..length],
        };
        assert_eq!(sized(MAX_DATA).emit().unwrap().len(), MAX_REQUEST);
        assert_eq!(sized(MAX_DATA + 1).emit(), None);
    }

    #[test]
    fn cut_requests_are_judged_by_what_arrived() {
        let whole = hex!("07001101033606");
        for length in 0..5 {
            let cut = RequestPacket::parse(&whole[..length]);
            assert_eq!(cut, Err(Status::TooShort), "{length} bytes");
        }
        for length in 5..7 {
            let cut = RequestPacket::parse(&whole[..length]);
            assert_eq!(cut, Err(Status::Checksum), "{length} bytes");
        }
        assert!(RequestPacket::parse(&whole).is_ok());
    }

    #[test]
    fn every_cut_of_a_reply_is_partial_and_every_flip_garbled() {
        let whole = hex!("0500a28b83");
        for length in 0..whole.len() {
            let cut = ReplyPacket::receive(&whole[..length], &[1]);
            assert_eq!(cut, Received::Partial, "{length} bytes");
        }
        let body = ReplyPacket { body: &[0xa2] };
        assert_eq!(ReplyPacket::receive(&whole, &[1]), Received::Whole(body));
        for at in 0..whole.len() {
            let mut flipped = whole;
            flipped[at] ^= 1;
            let judged = ReplyPacket::receive(&flipped, &[1]);
            assert_eq!(judged, Received::Garbled, "byte {at}");
        }
    }

    #[test]
    fn bytes_behind_a_reply_make_it_garbled() {
        let judged = ReplyPacket::receive(&hex!("0500a28b8300"), &[1]);
        assert_eq!(judged, Received::Garbled);
    }

    #[test]
    fn text_before_a_reply_is_not_waited_for() {
        let judged = ReplyPacket::receive(&hex!("31350d0a"), &[1, 64]);
        assert_eq!(judged, Received::Garbled);
    }

    #[test]
    fn longest_reply_is_written() {
        let body = [0; MAX_BODY];
        assert_eq!(ReplyPacket { body: &body }.emit().unwrap().len(), 103);
        let body = [0; MAX_BODY + 1];
        assert_eq!(ReplyPacket { body: &body }.emit(), None);
    }
}
