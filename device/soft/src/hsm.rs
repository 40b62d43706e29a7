//! The device itself: takes requests one by one, holds the marks, and answers.

use tezio_core::hsm::device::{Operations, Reply, Request};
use tezio_core::hsm::{KeyAlias, MAX_BODY, Opcode, RequestPacket, Status};

use crate::chip::ChipFault;
use crate::element::SecureElement;
use crate::faults::{Fault, Faults};
use crate::keys::InvalidKey;
use crate::latency::Latency;
use crate::marks::{AliasMarks, Mark};
use crate::per_alias::PerAlias;
use crate::policy::Policy;
use crate::profile::{Holes, Profile};
use crate::soft_element::{Entropy, SoftElement};

/// A reply's body.
pub(crate) type Body = heapless::Vec<u8, MAX_BODY>;

/// Text of the fault that prints on the host's line.
type Text = heapless::String<8>;

/// A Tezio HSM's operations: what runs behind the core's receive loop, around a secure element.
#[derive(Debug)]
pub struct Hsm<S> {
    pub(crate) policy: Policy,
    pub(crate) marks: PerAlias<AliasMarks>,
    pub(crate) holes: Holes,
    pub(crate) faults: Faults,
    pub(crate) element: S,
    latency: Latency,
}

/// The whole HSM in software.
pub type SoftHsm<E> = Hsm<SoftElement<E>>;

impl<E: Entropy> SoftHsm<E> {
    /// A device as `profile` says, just started. To cut its power, make another.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when a key of the profile is none.
    #[inline(never)]
    pub fn new(profile: &Profile, entropy: E) -> Result<Self, InvalidKey> {
        SoftElement::new(profile, entropy).map(|element| Self::around(element, profile))
    }

    /// Breaks the secure element, or mends it, while the device goes on running.
    pub const fn set_chip_fault(&mut self, fault: Option<ChipFault>) {
        self.element.set_fault(fault);
    }
}

impl<S: SecureElement> Hsm<S> {
    /// A device around `element`, just started, with all of `profile` but its keys.
    pub fn around(element: S, profile: &Profile) -> Self {
        Self {
            policy: Policy::new(profile),
            marks: profile.marks,
            holes: profile.holes,
            faults: Faults::new(&profile.faults),
            element,
            latency: profile.latency,
        }
    }

    /// The marks as they are now. No request of the published protocol asks for them.
    pub const fn marks(&self) -> &PerAlias<AliasMarks> {
        &self.marks
    }

    /// Raises the mark of `alias` and `kind`, a magic byte, to `mark`. What stands higher is left
    /// alone.
    pub fn raise(&mut self, alias: KeyAlias, kind: u8, mark: Mark) {
        self.marks.of_mut(alias).raise(kind, mark);
    }

    /// Raises every mark to that of `marks`, where that one is higher.
    pub fn raise_all(&mut self, marks: &PerAlias<AliasMarks>) {
        self.marks.raise_all(marks);
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
        let status = self.element.printed().filter(|_| failed);
        let ordered = self.faults.strikes(Fault::Text).then_some(15);
        let number = status.or(ordered)?;
        let mut text = Text::new();
        // Three digits and two more characters at most.
        let _ = core::fmt::Write::write_fmt(&mut text, format_args!("{number}\r\n"));
        Some(text)
    }
}

impl<S: SecureElement> Operations for Hsm<S> {
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
