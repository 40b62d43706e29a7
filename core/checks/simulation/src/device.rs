//! The device: a Tezio HSM as a host sees it, one exchange after the other, with faults on cue.
//!
//! It signs with fresh randomness each time and says, in [`SimHsm::complaint`], when a host does what a
//! careful host never does.

use std::collections::VecDeque;

use tezio_core::hsm::{KeyAlias, Mode, Opcode, ReplyPacket, RequestPacket};
use tezio_core::tezos::{Digest, Signature};
use tezio_core::time::Instant;

use crate::prng::Prng;
use crate::toy::{KEYS, STRANGER, public_key_text, secret, sign};

/// Milliseconds that an answer takes which needs no chip.
const PROBE_MS: u32 = 2;

/// What goes wrong with one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status instead of a signature.
    Status(u8),
    /// It does the work and says nothing.
    Silent,
    /// One bit of the reply is flipped.
    Garbled,
    /// The reply stops in the middle.
    Cut,
    /// The reply comes in two parts.
    Halves,
    /// The reply and one byte more.
    Longer,
    /// A sound reply with a signature by another key.
    OtherKey,
    /// A sound reply with the signature of the exchange before.
    Previous,
    /// A sound signature with the nonce of the one before.
    OldNonce,
    /// All is well, so many milliseconds later.
    Late(u32),
    /// It loses power instead of answering.
    Vanish,
}

/// What comes from a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Its port is gone.
    Gone,
    /// Its port can be opened.
    Back,
}

/// One device.
#[derive(Debug)]
pub struct SimHsm {
    /// Milliseconds that each exchange takes.
    pub latency_ms: u32,
    /// What befalls the next signing exchanges, one each.
    pub faults: VecDeque<Fault>,
    /// How long it stays away when it vanishes.
    pub absence_ms: u32,
    /// How many messages it was asked to sign.
    pub asked: u64,
    /// Whether the host was held up and may have taken silence for the end of what was on its way. It
    /// finds back into step by the signatures that do not verify.
    pub excused: bool,
    open: bool,
    pending: VecDeque<(Instant, Arrival)>,
    busy_until: Instant,
    previous: Signature,
    nonce: u64,
    complaint: Option<&'static str>,
}

impl SimHsm {
    /// A device with the keys [`KEYS`], whose port is opened at once. Its randomness grows from `nonce`.
    #[must_use]
    pub fn new(nonce: u64, latency_ms: u32) -> Self {
        Self {
            latency_ms,
            faults: VecDeque::new(),
            absence_ms: 1_000,
            asked: 0,
            excused: false,
            open: false,
            pending: VecDeque::from([(Instant::default(), Arrival::Back)]),
            busy_until: Instant::default(),
            previous: Signature([0; 64]),
            nonce,
            complaint: None,
        }
    }

    /// Whether its port is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// What a host did that it must not do.
    #[must_use]
    pub const fn complaint(&self) -> Option<&'static str> {
        self.complaint
    }

    /// When something comes from it.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.pending.front().map(|(due, _)| *due)
    }

    /// What comes; bytes for a closed port are lost.
    pub fn arrive(&mut self) -> Option<Arrival> {
        let (_, arrival) = self.pending.pop_front()?;
        match &arrival {
            Arrival::Bytes(_) if !self.open => return None,
            Arrival::Bytes(_) => {}
            Arrival::Gone => self.open = false,
            Arrival::Back => self.open = true,
        }
        Some(arrival)
    }

    /// Its port is closed and opened again while it goes on.
    pub fn reopen(&mut self, now: Instant) {
        self.open = false;
        self.pending.push_front((now, Arrival::Back));
    }

    /// It loses power: what was on its way is gone. It is back after a while.
    pub fn lose_power(&mut self, now: Instant) {
        let back = now.plus_millis(self.absence_ms);
        self.pending.clear();
        self.busy_until = back;
        self.pending.push_back((now, Arrival::Gone));
        self.pending.push_back((back, Arrival::Back));
    }

    /// Host and device lose power together, and the host opens the port when it starts.
    pub fn restart(&mut self, now: Instant) {
        self.open = false;
        self.busy_until = now;
        self.pending.clear();
        self.pending.push_back((now, Arrival::Back));
    }

    /// The host alone starts again: what was on its way from the device still comes.
    pub fn meet_new_host(&mut self, now: Instant) {
        self.open = false;
        self.pending
            .retain(|(_, arrival)| matches!(arrival, Arrival::Bytes(_)));
        self.pending.push_front((now, Arrival::Back));
    }

    /// Takes a packet in; what comes of it arrives later.
    pub fn receive(&mut self, now: Instant, packet: &[u8]) {
        if !self.open {
            return self.complain("a packet for a closed port");
        }
        let Ok(request) = RequestPacket::parse(&packet[1..]) else {
            return self.complain("a broken packet");
        };
        match Opcode::from_byte(request.opcode) {
            None => self.reply(now, PROBE_MS, &[0xa2], None),
            Some(Opcode::Verify) => self.complain("asked to verify"),
            Some(Opcode::GetPublicKey) => self.show_key(now, &request),
            Some(Opcode::Sign) => self.sign(now, &request),
        }
    }

    fn complain(&mut self, what: &'static str) {
        self.complaint.get_or_insert(what);
    }

    fn expect_quiet_line(&mut self) {
        let mut pending = self.pending.iter();
        if !self.excused && pending.any(|(_, arrival)| matches!(arrival, Arrival::Bytes(_))) {
            self.complain("a command while a reply was on its way");
        }
    }

    fn show_key(&mut self, now: Instant, request: &RequestPacket<'_>) {
        self.expect_quiet_line();
        let text = alias(request).map(public_key_text);
        let body = text.map_or(&[0xa0][..], str::as_bytes);
        self.reply(now, PROBE_MS, body, None);
    }

    fn sign(&mut self, now: Instant, request: &RequestPacket<'_>) {
        self.expect_quiet_line();
        if request.param2.and_then(Mode::from_number) != Some(Mode::MessageRaw) {
            self.complain("a signature in a mode that hides the message");
        }
        let Some(alias) = alias(request) else {
            return self.complain("a key that is not here");
        };
        self.asked += 1;
        let fault = self.faults.pop_front();
        if fault == Some(Fault::Vanish) {
            return self.lose_power(now);
        }
        let body = self.body(alias, request.data, fault);
        self.reply(now, self.latency_ms, &body, fault);
    }

    fn body(&mut self, alias: KeyAlias, data: &[u8], fault: Option<Fault>) -> Vec<u8> {
        if let Some(Fault::Status(status)) = fault {
            return vec![status];
        }
        let by = if fault == Some(Fault::OtherKey) {
            STRANGER
        } else {
            secret(alias)
        };
        if fault != Some(Fault::OldNonce) {
            self.nonce = Prng::new(self.nonce).draw();
        }
        let signature = sign(by, &Digest::of(data), self.nonce);
        let previous = core::mem::replace(&mut self.previous, signature);
        if fault == Some(Fault::Previous) {
            previous.0.to_vec()
        } else {
            signature.0.to_vec()
        }
    }

    fn reply(&mut self, now: Instant, takes_ms: u32, body: &[u8], fault: Option<Fault>) {
        let Some(whole) = (ReplyPacket { body }).emit() else {
            return self.complain("asked for more than a reply can hold");
        };
        let late = if let Some(Fault::Late(millis)) = fault {
            millis
        } else {
            0
        };
        let ready = self.busy_until.max(now).plus_millis(takes_ms + late);
        self.busy_until = ready;
        let mut bytes = whole.to_vec();
        match fault {
            Some(Fault::Silent) => return,
            Some(Fault::Garbled) => bytes[2 + body.len() / 2] ^= 0x08,
            Some(Fault::Cut) => bytes.truncate(2 + body.len() / 2),
            Some(Fault::Longer) => bytes.push(0x5a),
            Some(Fault::Halves) => {
                let rest = bytes.split_off(body.len() / 2);
                self.send(ready, bytes);
                return self.send(ready.plus_millis(20), rest);
            }
            Some(
                Fault::Status(_)
                | Fault::OtherKey
                | Fault::Previous
                | Fault::OldNonce
                | Fault::Late(_)
                | Fault::Vanish,
            )
            | None => {}
        }
        self.send(ready, bytes);
    }

    fn send(&mut self, at: Instant, bytes: Vec<u8>) {
        self.pending.push_back((at, Arrival::Bytes(bytes)));
    }
}

fn alias(request: &RequestPacket<'_>) -> Option<KeyAlias> {
    let alias = request.param1.and_then(KeyAlias::from_number)?;
    KEYS.contains(&alias).then_some(alias)
}
