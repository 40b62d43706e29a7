//! A device and its line, one packet after the other: what it was sent, and what is on its way back.
//!
//! It answers in the order in which it was asked, as any serial device does, however late. Time is the
//! world's affair.

use std::collections::VecDeque;

use tezio_core::hsm::{KeyAlias, Opcode, ReplyPacket, RequestPacket};
use tezio_core::tezos::Digest;
use tezio_simulation::toy::{STRANGER, public_key, secret, sign};

/// The one key it has.
pub const KEY: KeyAlias = KeyAlias::P256;

/// How it does what it was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Rightly.
    Right,
    /// It says that it cannot.
    Status,
    /// It says nothing.
    Silent,
    /// It signs with a key of somebody else.
    Stranger,
}

/// How a reply comes to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// Whole.
    Whole,
    /// Its first half; the rest is still on its way.
    Half,
    /// With a bit flipped.
    Garbled,
    /// Its first half with a length that no reply has; the rest is still on its way.
    GarbledHalf,
    /// With a byte behind it.
    Longer,
    /// Not at all.
    Lost,
}

/// The device.
#[derive(Debug, Default)]
pub struct Device {
    inbox: VecDeque<Vec<u8>>,
    outbox: VecDeque<Vec<u8>>,
    /// Whether the reply in front has lost its first half.
    halved: bool,
    /// How many signatures it has made: no two are the same.
    signed: u64,
}

impl Work {
    /// All that may go wrong.
    pub const FAULTS: [Self; 3] = [Self::Status, Self::Silent, Self::Stranger];
}

impl Carry {
    /// All that may go wrong.
    pub const FAULTS: [Self; 4] = [Self::Garbled, Self::GarbledHalf, Self::Longer, Self::Lost];
}

impl Device {
    /// Whether nothing is left to be done or said.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.inbox.is_empty() && self.outbox.is_empty()
    }

    /// Whether it was asked for something that it has not done.
    #[must_use]
    pub fn has_work(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// Whether something is on its way to the host.
    #[must_use]
    pub fn has_reply(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether the reply in front can come in two halves.
    #[must_use]
    pub fn can_halve(&self) -> bool {
        !self.halved && self.has_reply()
    }

    /// A packet comes from the host.
    pub fn receive(&mut self, packet: &[u8]) {
        self.inbox.push_back(packet.to_vec());
    }

    /// Its power goes: all is forgotten.
    pub fn lose_power(&mut self) {
        self.inbox.clear();
        self.outbox.clear();
        self.halved = false;
    }

    /// Does what it was asked first.
    ///
    /// # Errors
    ///
    /// When that is no packet.
    pub fn work(&mut self, how: Work) -> Result<(), String> {
        let Some(packet) = self.inbox.pop_front() else {
            return Ok(());
        };
        let request = RequestPacket::parse(&packet[1..]);
        let request = request.map_err(|status| format!("a broken packet: {status}"))?;
        let body = match (Opcode::from_byte(request.opcode), how) {
            (_, Work::Silent) => return Ok(()),
            (_, Work::Status) => vec![0xaf],
            (None | Some(Opcode::Verify), _) => vec![0xa2],
            (Some(Opcode::GetPublicKey), _) => public_key(KEY).to_base58().as_bytes().to_vec(),
            (Some(Opcode::Sign), _) => {
                self.signed += 1;
                let by = if how == Work::Stranger {
                    STRANGER
                } else {
                    secret(KEY)
                };
                sign(by, &Digest::of(request.data), self.signed).0.to_vec()
            }
        };
        let reply = ReplyPacket { body: &body }
            .emit()
            .ok_or("too long a reply")?;
        self.outbox.push_back(reply.to_vec());
        Ok(())
    }

    /// What comes to the host of the reply in front; nothing when it is lost.
    pub fn carry(&mut self, how: Carry) -> Option<Vec<u8>> {
        let mut reply = self.outbox.pop_front()?;
        let was_halved = core::mem::take(&mut self.halved);
        match how {
            Carry::Whole => {}
            Carry::Half | Carry::GarbledHalf if was_halved => {}
            Carry::Half | Carry::GarbledHalf => {
                self.outbox.push_front(reply.split_off(reply.len() / 2));
                self.halved = true;
                if how == Carry::GarbledHalf {
                    reply[0] ^= 0x80;
                }
            }
            Carry::Garbled => {
                let middle = reply.len() / 2;
                reply[middle] ^= 0x10;
            }
            Carry::Longer => reply.push(0x5a),
            Carry::Lost => return None,
        }
        Some(reply)
    }
}
