//! A device in virtual time, and the host's end of its line.

use tezio_core::hsm::device::Device;
use tezio_core::hsm::{Command, RequestPacket};
use tezio_core::time::Instant;
use tezio_soft_hsm::{Profile, SoftHsm};

/// Longer than any wait of the device, in milliseconds.
const SETTLED_MS: u32 = 5_000;

type Source = Box<dyn FnMut() -> [u8; 32]>;

/// A device on a line without an end.
pub(crate) struct Bench {
    pub(crate) device: Device<SoftHsm<Source>>,
    pub(crate) now: Instant,
    unread: Vec<u8>,
    replies: Vec<Vec<u8>>,
}

impl Bench {
    pub(crate) fn new(profile: &Profile) -> Self {
        let mut count = 0_u8;
        let source: Source = Box::new(move || {
            count = count.wrapping_add(1);
            [count; 32]
        });
        Self {
            device: Device::new(SoftHsm::new(profile, source).unwrap()),
            now: Instant::from_millis(1_000),
            unread: Vec::new(),
            replies: Vec::new(),
        }
    }

    /// A device of the profile that is written in RON.
    pub(crate) fn from_ron(text: &str) -> Self {
        Self::new(&profile(text))
    }

    /// Writes `bytes` now and lets `pause_ms` go by.
    pub(crate) fn write(&mut self, bytes: &[u8], pause_ms: u32) {
        self.unread.extend_from_slice(bytes);
        let until = self.now.plus_millis(pause_ms);
        loop {
            self.turn();
            match self.device.poll_timeout() {
                Some(due) if due <= until => self.now = due,
                _ => break,
            }
            self.device.handle_timeout(self.now);
        }
        self.now = until;
    }

    /// Waits until the device has nothing left to do, and gives the replies since the last call.
    pub(crate) fn replies(&mut self) -> Vec<Vec<u8>> {
        self.write(&[], SETTLED_MS);
        assert!(self.device.poll_timeout().is_none(), "device still busy");
        assert!(self.unread.is_empty(), "bytes never taken");
        core::mem::take(&mut self.replies)
    }

    /// One request, all its replies.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> Vec<Vec<u8>> {
        self.write(request, 0);
        self.replies()
    }

    /// The body of the only reply to `packet`.
    pub(crate) fn ask(&mut self, packet: &RequestPacket<'_>) -> Vec<u8> {
        let replies = self.exchange(&packet.emit().unwrap());
        assert_eq!(replies.len(), 1, "replies to {packet:02x?}");
        body_of(&replies[0]).to_vec()
    }

    /// The body of the only reply to `command`.
    pub(crate) fn command(&mut self, command: &Command<'_>) -> Vec<u8> {
        self.ask(&command.packet())
    }

    fn turn(&mut self) {
        let taken = self.device.push(self.now, &self.unread);
        self.unread.drain(..taken);
        if let Some(reply) = self.device.poll_transmit() {
            self.replies.push(reply.to_vec());
        }
    }
}

pub(crate) fn profile(text: &str) -> Profile {
    ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(text)
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What stands between length and checksum of a reply.
pub(crate) fn body_of(reply: &[u8]) -> &[u8] {
    let length = usize::from(u16::from_le_bytes([reply[0], reply[1]]));
    assert_eq!(length, reply.len());
    &reply[2..length - 2]
}

/// An attestation as a baker would have it signed.
pub(crate) fn attestation(level: u32, round: u32) -> [u8; 80] {
    let mut message = [0x44; 80];
    message[0] = 0x13;
    message[40..44].copy_from_slice(&level.to_be_bytes());
    message[44..48].copy_from_slice(&round.to_be_bytes());
    message
}
