//! Faults on order: what a host's tests want a device to do wrong, and when.

use serde::{Deserialize, Serialize};
use tezio_core::hsm::Opcode;
use tezio_core::hsm::device::Reply;

/// The most injected faults that one profile can name.
pub const MAX_INJECTIONS: usize = 8;

/// Something that goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The reply is the one that the request before should have had; none to the first request.
    Stale,
    /// `GET_PK` answers as if the slot could not be read: with a key made of request bytes.
    GarbageKey,
    /// secp256k1 signs with a nonce that never changes: two signatures give the key away.
    RepeatedNonce,
    /// The signature is well-formed, and of another digest.
    WrongSignature,
    /// No reply.
    Silence,
    /// One bit in the middle of the reply is flipped.
    Garbled,
    /// The second half of the reply is missing.
    Short,
    /// The reply comes this many milliseconds later.
    Late(u32),
    /// Text stands before the reply: `15`, carriage return, line feed.
    Text,
}

/// Which requests a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// Every request.
    #[default]
    Always,
    /// One SIGN alone, counted from 1 since the device was started. Requests with another opcode
    /// and broken packets are not counted.
    Sign(u32),
}

/// A fault and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    /// What goes wrong.
    pub fault: Fault,
    /// When it does.
    #[serde(default)]
    pub when: When,
}

#[derive(Debug)]
pub(crate) struct Faults {
    injections: heapless::Vec<Injection, MAX_INJECTIONS>,
    signs: u32,
    current_sign: Option<u32>,
    last: Reply,
}

impl Faults {
    pub(crate) fn new(injections: &[Injection]) -> Self {
        Self {
            injections: injections.iter().copied().take(MAX_INJECTIONS).collect(),
            signs: 0,
            current_sign: None,
            last: Reply::new(),
        }
    }

    /// A request begins; `opcode` is `None` for a broken packet.
    pub(crate) fn begin(&mut self, opcode: Option<u8>) {
        self.current_sign = None;
        if opcode == Some(Opcode::Sign.byte()) {
            self.signs = self.signs.saturating_add(1);
            self.current_sign = Some(self.signs);
        }
    }

    /// Whether `fault` strikes the present request.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        self.striking().any(|striking| striking == fault)
    }

    /// By how many milliseconds the present reply is late.
    pub(crate) fn delay(&self) -> u32 {
        self.striking()
            .filter_map(|fault| match fault {
                Fault::Late(millis) => Some(millis),
                Fault::Stale
                | Fault::GarbageKey
                | Fault::RepeatedNonce
                | Fault::WrongSignature
                | Fault::Silence
                | Fault::Garbled
                | Fault::Short
                | Fault::Text => None,
            })
            .fold(0, u32::saturating_add)
    }

    /// Does to a finished reply what strikes it.
    pub(crate) fn damage(&mut self, reply: &mut Reply) {
        let earlier = core::mem::replace(&mut self.last, reply.clone());
        if self.strikes(Fault::Stale) {
            *reply = earlier;
        }
        let middle = reply.bytes().len().div_euclid(2);
        if self.strikes(Fault::Garbled)
            && let Some(byte) = reply.bytes_mut().get_mut(middle)
        {
            *byte ^= 0x10;
        }
        if self.strikes(Fault::Short) {
            reply.truncate(middle);
        }
        if self.strikes(Fault::Silence) {
            reply.clear();
        }
    }

    fn striking(&self) -> impl Iterator<Item = Fault> {
        let current = self.current_sign;
        self.injections
            .iter()
            .filter(move |injection| match injection.when {
                When::Always => true,
                When::Sign(number) => current == Some(number),
            })
            .map(|injection| injection.fault)
    }
}
