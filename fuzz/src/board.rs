//! A board on a serial line: the core's device role with operations that are known in advance, and the
//! driver that gives it bytes and time.

use tezio_core::hsm::device::{Device, Operations, Reply, Request};
use tezio_core::hsm::{KeyAlias, Opcode, Status};
use tezio_core::tezos::{Digest, PublicKey, Signature};
use tezio_core::time::Instant;

/// Milliseconds that the operations take, and so many more at most.
const WORK_MS: u32 = 5;

/// A request as the operations saw it: opcode, parameters, data; or why it was none.
pub type Seen = Result<(u8, [Option<u8>; 2], Option<u16>, Vec<u8>), Status>;

/// Answers everything at once and writes down what it saw.
#[derive(Debug, Default)]
pub struct Echo {
    /// All requests so far.
    pub seen: Vec<Seen>,
}

impl Operations for Echo {
    fn run(&mut self, request: Result<Request<'_>, Status>, reply: &mut Reply) -> u32 {
        let packet = request.map(|request| request.packet);
        self.seen.push(packet.map(|packet| {
            let params = [packet.param1, packet.param2];
            (packet.opcode, params, packet.param3, packet.data.to_vec())
        }));
        let packet = match packet {
            Ok(packet) => packet,
            Err(status) => {
                reply.put_status(status);
                return WORK_MS;
            }
        };
        match Opcode::from_byte(packet.opcode) {
            Some(Opcode::Sign) => reply.put_body(&signature(packet.data).0),
            Some(Opcode::GetPublicKey) => reply.put_body(public_key().to_base58().as_bytes()),
            Some(Opcode::Verify) => reply.put_body(&[1]),
            None => reply.put_status(Status::UnknownOpcode),
        }
        WORK_MS + u32::from(packet.data.first().copied().unwrap_or(0))
    }
}

/// The key of every alias.
#[must_use]
pub const fn public_key() -> PublicKey {
    PublicKey::P256([2; 33])
}

/// The alias that it is asked for under.
pub const ALIAS: KeyAlias = KeyAlias::P256;

/// What it signs a message with.
#[must_use]
pub fn signature(message: &[u8]) -> Signature {
    let Digest(digest) = Digest::of(message);
    Signature(core::array::from_fn(|at| digest[at % 32]))
}

/// The board, what has not been taken by it yet, and what it has sent.
#[derive(Debug)]
pub struct Board {
    device: Device<Echo>,
    waiting: Vec<u8>,
    now: u64,
    /// What it sent, and when, in milliseconds.
    pub sent: Vec<(u64, Vec<u8>)>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            device: Device::new(Echo::default()),
            waiting: Vec::new(),
            now: 0,
            sent: Vec::new(),
        }
    }
}

impl Board {
    /// What its operations saw.
    pub fn seen(&self) -> &[Seen] {
        &self.device.operations().seen
    }

    /// Whether nothing happens any more before something comes.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && self.device.poll_timeout().is_none()
    }

    /// When something happens next, in milliseconds.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        self.device.poll_timeout().map(Instant::as_millis)
    }

    /// Bytes come, at a time that is not before that of the last call.
    pub fn receive(&mut self, now: u64, bytes: &[u8]) {
        self.advance(now);
        self.waiting.extend_from_slice(bytes);
        self.offer();
    }

    /// Lets time pass until `now`.
    ///
    /// # Panics
    ///
    /// When there is no end of timeouts.
    pub fn advance(&mut self, now: u64) {
        for _ in 0..100_000 {
            let Some(due) = self.due().filter(|due| *due <= now) else {
                self.now = self.now.max(now);
                return;
            };
            self.now = self.now.max(due);
            self.device.handle_timeout(Instant::from_millis(self.now));
            if let Some(reply) = self.device.poll_transmit() {
                self.sent.push((self.now, reply.to_vec()));
            }
            self.offer();
        }
        panic!("no end of timeouts");
    }

    fn offer(&mut self) {
        let taken = self
            .device
            .push(Instant::from_millis(self.now), &self.waiting);
        self.waiting.drain(..taken);
    }
}
