//! A Tezio HSM as a host sees it: one exchange after the other, each after a while, faults on cue.
//!
//! It signs with real keys and with fresh entropy each time, so that signing the same bytes twice
//! shows. It fails the test when a host sends what a careful host never sends.

use std::collections::VecDeque;

use tezio_core::crypto::Sign as _;
use tezio_core::hsm::extension::{Extension, Features, OFFER};
use tezio_core::hsm::{KeyAlias, Mode, Opcode, ReplyPacket, RequestPacket};
use tezio_core::tezos::Digest;
use tezio_core::time::Instant;
use tezio_crypto::SecretKey;
use tezio_crypto::firmware::sign_with_nonce;

use super::keys::Holder;

/// What goes wrong with one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing does.
    None,
    /// This status instead of what was asked for.
    Status(u8),
    /// This body in a sound packet.
    Body(Vec<u8>),
    /// It does the work and says nothing.
    Silent,
    /// One bit of the reply is flipped.
    Garbled,
    /// The reply stops in the middle.
    Cut,
    /// The reply and one byte more.
    Longer,
    /// A sound reply with a signature by another key.
    OtherKey,
    /// A sound reply with the signature of the exchange before.
    Previous,
    /// A sound reply with a signature made with this number as its nonce.
    Nonce(u8),
    /// All is well, so many milliseconds later.
    Late(u32),
}

/// One device.
#[derive(Debug)]
pub(crate) struct FakeHsm {
    keys: Vec<(KeyAlias, SecretKey)>,
    /// How long each exchange takes.
    pub(crate) latency_ms: u32,
    /// What befalls the next signing exchanges, one each.
    pub(crate) faults: VecDeque<Fault>,
    /// What befalls the next readings of a key, one each.
    pub(crate) key_faults: VecDeque<Fault>,
    /// What befalls the next offers of the extension, one each.
    pub(crate) offer_faults: VecDeque<Fault>,
    /// What it can do beyond the published firmware.
    pub(crate) features: Option<Features>,
    /// The features that a host wanted, offer by offer.
    pub(crate) offered: Vec<Features>,
    /// Whether it says nothing at all, to nothing.
    pub(crate) mute: bool,
    /// Whether its port is open.
    pub(crate) open: bool,
    /// Every message it was asked to sign, in order.
    pub(crate) asked: Vec<Vec<u8>>,
    pending: VecDeque<(Instant, Vec<u8>)>,
    busy_until: Instant,
    previous: Vec<u8>,
    signatures: u64,
}

impl FakeHsm {
    /// A device with the keys of `holders`.
    pub(crate) fn holding(holders: &[Holder]) -> Self {
        let keys = holders.iter().map(|held| (held.alias(), held.secret()));
        Self::with_keys(keys.collect())
    }

    pub(crate) fn with_keys(keys: Vec<(KeyAlias, SecretKey)>) -> Self {
        Self {
            keys,
            latency_ms: 100,
            faults: VecDeque::new(),
            key_faults: VecDeque::new(),
            offer_faults: VecDeque::new(),
            features: None,
            offered: Vec::new(),
            mute: false,
            open: false,
            asked: Vec::new(),
            pending: VecDeque::new(),
            busy_until: Instant::default(),
            previous: vec![0; 64],
            signatures: 0,
        }
    }

    /// Takes a packet in; its reply comes from [`FakeHsm::take_due`].
    pub(crate) fn receive(&mut self, now: Instant, packet: &[u8]) {
        assert!(self.open, "a packet for a closed port");
        let request = RequestPacket::parse(&packet[1..]).expect("a sound packet");
        let (body, fault) = self.answer(&request);
        let extra = if let Fault::Late(millis) = fault {
            millis
        } else {
            0
        };
        self.busy_until = self
            .busy_until
            .max(now)
            .plus_millis(self.latency_ms + extra);
        if let Some(bytes) = on_the_line(&body, &fault)
            && !self.mute
        {
            self.pending.push_back((self.busy_until, bytes));
        }
    }

    /// When the next reply is on the line.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.pending.front().map(|(due, _)| *due)
    }

    pub(crate) fn take_due(&mut self) -> Option<Vec<u8>> {
        self.pending.pop_front().map(|(_, bytes)| bytes)
    }

    /// Its USB plug is pulled: what was on its way is gone.
    pub(crate) fn unplug(&mut self) {
        self.open = false;
        self.pending.clear();
        self.busy_until = Instant::default();
    }

    fn answer(&mut self, request: &RequestPacket<'_>) -> (Vec<u8>, Fault) {
        match Opcode::from_byte(request.opcode) {
            None if request.opcode == OFFER => self.offer(request),
            None => {
                assert_eq!(request.opcode, 0, "the probe, and no other unknown opcode");
                (vec![0xa2], Fault::None)
            }
            Some(Opcode::GetPublicKey) => {
                let fault = self.key_faults.pop_front().unwrap_or(Fault::None);
                let key = self.key(request).map(|key| key.public_key().to_base58());
                let body = key.map_or_else(|| vec![0xa0], |text| text.as_bytes().to_vec());
                (body, fault)
            }
            Some(Opcode::Sign) => self.sign(request),
            Some(Opcode::Verify) => panic!("a careful host never asks to verify"),
        }
    }

    fn offer(&mut self, request: &RequestPacket<'_>) -> (Vec<u8>, Fault) {
        assert_eq!((request.param2, request.data), (Some(1), &b"TZHX"[..]));
        let wanted = Features(request.param1.unwrap());
        self.offered.push(wanted);
        let answer = |features: Features| Extension {
            features: Features(features.0 & wanted.0),
            identity: *b"a board of tests",
        };
        let body = self.features.map(|features| answer(features).emit());
        let body = body.map_or_else(|| vec![0xa2], |body| body.to_vec());
        (body, self.offer_faults.pop_front().unwrap_or(Fault::None))
    }

    fn sign(&mut self, request: &RequestPacket<'_>) -> (Vec<u8>, Fault) {
        let mode = request.param2.and_then(Mode::from_number);
        assert_eq!(mode, Some(Mode::MessageRaw), "the mode of every signature");
        assert!(!request.data.is_empty(), "something is signed");
        self.asked.push(request.data.to_vec());
        let fault = self.faults.pop_front().unwrap_or(Fault::None);
        let key = if fault == Fault::OtherKey {
            Some(Holder::Stranger.secret())
        } else {
            self.key(request).cloned()
        };
        let Some(key) = key else {
            return (vec![0xa0], fault);
        };
        let signature = self.signature(&key, &Digest::of(request.data), &fault);
        let previous = core::mem::replace(&mut self.previous, signature.clone());
        let body = if fault == Fault::Previous {
            previous
        } else {
            signature
        };
        (body, fault)
    }

    fn signature(&mut self, key: &SecretKey, digest: &Digest, fault: &Fault) -> Vec<u8> {
        self.signatures += 1;
        if let Fault::Nonce(number) = fault {
            let signature = sign_with_nonce(key, digest, &[*number; 32]);
            return signature.expect("a nonce for ECDSA").0.to_vec();
        }
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&self.signatures.to_be_bytes());
        key.sign(digest, &entropy).0.to_vec()
    }

    fn key(&self, request: &RequestPacket<'_>) -> Option<&SecretKey> {
        let alias = request.param1.and_then(KeyAlias::from_number)?;
        let held = self.keys.iter().find(|(held, _)| *held == alias);
        held.map(|(_, key)| key)
    }
}

/// What comes over the line of a reply with `body`.
fn on_the_line(body: &[u8], fault: &Fault) -> Option<Vec<u8>> {
    let whole = |body: &[u8]| {
        ReplyPacket { body }
            .emit()
            .expect("a body that fits")
            .to_vec()
    };
    match fault {
        Fault::None | Fault::OtherKey | Fault::Previous | Fault::Nonce(_) | Fault::Late(_) => {
            Some(whole(body))
        }
        Fault::Status(status) => Some(whole(&[*status])),
        Fault::Body(body) => Some(whole(body)),
        Fault::Silent => None,
        Fault::Garbled => {
            let mut bytes = whole(body);
            bytes[10 % body.len() + 2] ^= 0x08;
            Some(bytes)
        }
        Fault::Cut => Some(whole(body)[..body.len()].to_vec()),
        Fault::Longer => {
            let mut bytes = whole(body);
            bytes.push(0x5a);
            Some(bytes)
        }
    }
}
