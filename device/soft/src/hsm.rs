//! The device itself: takes requests one by one, holds the marks, and answers.

use tezio_core::hsm::device::{Operations, Reply, Request};
use tezio_core::hsm::{KeyAlias, MAX_BODY, Opcode, RequestPacket, Status};

use crate::chip::{Chip, ChipFault};
use crate::faults::{Fault, Faults};
use crate::keys::{InvalidKey, Keys};
use crate::latency::Latency;
use crate::marks::AliasMarks;
use crate::per_alias::PerAlias;
use crate::policy::Policy;
use crate::profile::Profile;

/// A reply's body.
pub(crate) type Body = heapless::Vec<u8, MAX_BODY>;

/// Text of the fault that prints on the host's line.
type Text = heapless::String<8>;

/// Where fresh randomness comes from: 32 bytes for each signature.
pub trait Entropy {
    /// 32 bytes that nobody can guess.
    fn bytes(&mut self) -> [u8; 32];
}

impl<F: FnMut() -> [u8; 32]> Entropy for F {
    fn bytes(&mut self) -> [u8; 32] {
        self()
    }
}

/// A Tezio HSM's operations: what runs behind the core's receive loop.
#[derive(Debug)]
pub struct SoftHsm<E> {
    pub(crate) keys: Keys,
    pub(crate) policy: Policy,
    pub(crate) marks: PerAlias<AliasMarks>,
    pub(crate) chip: Chip,
    pub(crate) faults: Faults,
    pub(crate) entropy: E,
    latency: Latency,
}

impl<E: Entropy> SoftHsm<E> {
    /// A device as `profile` says, just started. To cut its power, make another.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when a key of the profile is none.
    pub fn new(profile: &Profile, entropy: E) -> Result<Self, InvalidKey> {
        Ok(Self {
            keys: Keys::new(profile)?,
            policy: Policy::new(profile),
            marks: profile.marks,
            chip: Chip(profile.chip_fault),
            faults: Faults::new(&profile.faults),
            entropy,
            latency: profile.latency,
        })
    }

    /// The marks as they are now. No request can ask for them.
    pub const fn marks(&self) -> &PerAlias<AliasMarks> {
        &self.marks
    }

    /// Breaks the secure element, or mends it, while the device goes on running.
    pub const fn set_chip_fault(&mut self, fault: Option<ChipFault>) {
        self.chip = Chip(fault);
    }

    /// The alias that `packet` names, if it may do what the packet asks: AA, then B0.
    pub(crate) fn permitted(&self, packet: &RequestPacket<'_>) -> Result<KeyAlias, Status> {
        let number = packet.param1.unwrap_or_default();
        let alias = KeyAlias::from_number(number).ok_or(Status::Param1)?;
        if self.policy.allows_operation(alias, packet.opcode) {
            Ok(alias)
        } else {
            Err(Status::OperationDisabled)
        }
    }

    fn answer(&mut self, request: &Request<'_>) -> Result<Body, Status> {
        match Opcode::from_byte(request.packet.opcode) {
            Some(Opcode::GetPublicKey) => self.get_pk(request),
            Some(Opcode::Sign) => self.sign(request),
            Some(Opcode::Verify) => self.verify(request),
            None => Err(Status::UnknownOpcode),
        }
    }

    /// What a library prints on the port before the reply: the status of a key derivation gone
    /// wrong, in decimal.
    fn printed(&self, answer: &Result<Body, Status>) -> Option<Text> {
        let failed = *answer == Err(Status::SecretKeyRead);
        let status = self.chip.derivation_status().filter(|_| failed);
        let ordered = self.faults.strikes(Fault::Text).then_some(15);
        let number = status.or(ordered)?;
        let mut text = Text::new();
        // Three digits and two more characters at most.
        let _ = core::fmt::Write::write_fmt(&mut text, format_args!("{number}\r\n"));
        Some(text)
    }
}

impl<E: Entropy> Operations for SoftHsm<E> {
    fn run(&mut self, request: Result<Request<'_>, Status>, reply: &mut Reply) -> u32 {
        let packet = request.as_ref().map(|request| request.packet);
        self.faults.begin(packet.ok().map(|packet| packet.opcode));
        let answer = request.and_then(|request| self.answer(&request));
        if let Some(text) = self.printed(&answer) {
            reply.put_text(text.as_bytes());
        }
        match &answer {
            Ok(body) => reply.put_body(body),
            Err(status) => reply.put_status(*status),
        }
        self.faults.damage(reply);
        self.latency
            .of(&packet.unwrap_or_default(), answer.map(|_| ()))
            .saturating_add(self.faults.delay())
    }
}

/// Bytes as a body. What the protocol sends fits by its types; anything longer would be cut to
/// nothing.
pub(crate) fn body(bytes: &[u8]) -> Body {
    Body::from_slice(bytes).unwrap_or_default()
}
