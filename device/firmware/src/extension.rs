//! What this device can do beyond the published firmware, and only for a host that asks.
//!
//! | opcode | param1 | param2 | data | answer |
//! |---|---|---|---|---|
//! | `70` OFFER | features wanted | 1, the version | `TZHX` | version, features on, identity: 18 bytes |
//! | `71` MARK | alias | kind | – | `<level: u32 LE><round: u32 LE>` |
//! | `72` RAISE | alias | kind | the same, wanted | the same, as it stands now |
//!
//! Features are bits: 1 says A3 where the published firmware says D4, 2 answers MARK and RAISE, 4
//! keeps the marks in flash. Those of the last OFFER hold, none at the start. Marks once kept are
//! kept for good: they are loaded at every start and go on being written.
//!
//! Without its feature, with another version or other data, each of these is what it is to the
//! published firmware: an unknown opcode, A2. MARK and RAISE say AA for an alias and AB for a kind
//! that is none, RAISE AD for data of another size, both AF when the mark could not be kept. No
//! mark is ever lowered.

use tezio_core::hsm::device::{Operations, Reply, Request};
use tezio_core::hsm::extension::{
    Extension, Features, GREETING, IDENTITY, MARK, OFFER, RAISE, VERSION,
};
use tezio_core::hsm::{KeyAlias, RequestPacket, Status};
use tezio_soft_hsm::{AliasMarks, Hsm, Mark, SecureElement};

use crate::keeper::{Keeper, Marks, Unkept};
use crate::record::{mark_bytes, mark_of};

const KNOWN: Features = Features::CLEAR_REFUSALS
    .and(Features::MARKS)
    .and(Features::LASTING);
const KINDS: core::ops::RangeInclusive<u8> = 0x11..=0x13;

/// The operations of an [`Hsm`], and those of the extension.
#[derive(Debug)]
pub struct Extended<S, K> {
    hsm: Hsm<S>,
    keeper: K,
    identity: [u8; IDENTITY],
    features: Features,
    is_lasting: bool,
    /// Marks have moved that the keeper does not have.
    is_unsettled: bool,
}

impl<S: SecureElement, K: Keeper> Extended<S, K> {
    /// `hsm` with the extension, its marks raised to those that `keeper` has.
    ///
    /// # Errors
    ///
    /// [`Unkept`] when the keeper cannot be read: a device without its marks must not run.
    pub fn new(mut hsm: Hsm<S>, mut keeper: K, identity: [u8; IDENTITY]) -> Result<Self, Unkept> {
        let kept = keeper.load()?;
        if let Some(kept) = &kept {
            raise_all(&mut hsm, kept);
        }
        Ok(Self {
            hsm,
            keeper,
            identity,
            features: Features::default(),
            is_lasting: kept.is_some(),
            is_unsettled: false,
        })
    }

    /// What keeps the marks.
    pub const fn keeper(&self) -> &K {
        &self.keeper
    }

    /// Answers a request of the extension; `None` for what belongs to the published protocol.
    fn answer(&mut self, packet: &RequestPacket<'_>, reply: &mut Reply) -> Option<()> {
        match packet.opcode {
            OFFER if packet.data == GREETING && packet.param2 == Some(VERSION) => {
                self.offer(packet.param1.unwrap_or_default());
                let (features, identity) = (self.features, self.identity);
                reply.put_body(&Extension { features, identity }.emit());
            }
            MARK | RAISE if self.features.have(Features::MARKS) => match self.mark(packet) {
                Ok(mark) => reply.put_body(&mark_bytes(mark)),
                Err(status) => reply.put_status(status),
            },
            _ => return None,
        }
        Some(())
    }

    /// Switches features on and off. That marks are kept from now on is said only when they are.
    fn offer(&mut self, wanted: u8) {
        self.features = Features(wanted & KNOWN.0);
        if self.features.have(Features::LASTING) && !self.is_lasting {
            self.is_lasting = self.keeper.keep(self.hsm.marks()).is_ok();
        }
        if !self.is_lasting {
            self.features.0 &= !Features::LASTING.0;
        }
    }

    fn mark(&mut self, packet: &RequestPacket<'_>) -> Result<Mark, Status> {
        let alias = packet.param1.and_then(KeyAlias::from_number);
        let alias = alias.ok_or(Status::Param1)?;
        let kind = packet.param2.filter(|kind| KINDS.contains(kind));
        let kind = kind.ok_or(Status::Param2)?;
        if packet.opcode == RAISE {
            let mark = mark_of(packet.data).ok_or(Status::Data)?;
            self.hsm.raise(alias, kind, mark);
        }
        Ok(mark_in(self.hsm.marks().of(alias), kind))
    }

    /// Keeps the marks if they have moved. What moved one and could not be kept is not answered,
    /// nor is a RAISE before all is kept.
    fn settle(&mut self, before: &Marks, opcode: Option<u8>, reply: &mut Reply) {
        let after = self.hsm.marks();
        let has_moved = after != before;
        let asks = self.is_unsettled && opcode == Some(RAISE);
        if self.is_lasting && (has_moved || asks) {
            self.is_unsettled = self.keeper.keep(after).is_err();
            if self.is_unsettled {
                reply.put_status(Status::ChipSign);
            }
        }
    }
}

impl<S: SecureElement, K: Keeper> Operations for Extended<S, K> {
    fn run(&mut self, request: Result<Request<'_>, Status>, reply: &mut Reply) -> u32 {
        let before = *self.hsm.marks();
        let packet = request.as_ref().ok().map(|request| request.packet);
        let answered = packet.and_then(|packet| self.answer(&packet, reply));
        let millis = match answered {
            Some(()) => 0,
            None => self.hsm.run(request, reply),
        };
        if self.features.have(Features::CLEAR_REFUSALS) && *reply == published_refusal() {
            reply.put_status(Status::Watermark);
        }
        self.settle(&before, packet.map(|packet| packet.opcode), reply);
        millis
    }
}

fn raise_all<S: SecureElement>(hsm: &mut Hsm<S>, to: &Marks) {
    for alias in KeyAlias::ALL {
        for kind in KINDS {
            hsm.raise(alias, kind, mark_in(to.of(alias), kind));
        }
    }
}

const fn mark_in(marks: &AliasMarks, kind: u8) -> Mark {
    match kind {
        0x11 => marks.block,
        0x12 => marks.preattestation,
        _ => marks.attestation,
    }
}

/// D4, which the published firmware sends by mistake.
fn published_refusal() -> Reply {
    let mut reply = Reply::new();
    reply.put_status(Status::PacketParsed);
    reply
}
