//! What this device can do beyond the published firmware, and only for a host that asks.
//!
//! | opcode | param1 | param2 | data | answer |
//! |---|---|---|---|---|
//! | `70` OFFER | features wanted | 1, the version | `TZHX` | version, features on, identity: 18 bytes |
//! | `71` MARK | alias | kind | – | `<level: u32 LE><round: u32 LE>` |
//! | `72` RAISE | alias | kind | the same, wanted | the same, as it stands now |
//!
//! Features are bits: 1 says A3 where the published firmware says D4, 2 answers MARK and RAISE, 4
//! keeps the marks in flash. Those of the last OFFER hold, none at the start. That 4 is on is said
//! only once the marks are there. Marks once kept are kept for good: they are loaded at every start
//! and go on being written.
//!
//! Without its feature, with another version or other data, each of these is what it is to the
//! published firmware: an unknown opcode, A2. MARK and RAISE say AA for an alias and AB for a kind
//! that is none, RAISE AD for data of another size. AF says that a mark could not be kept that
//! should be: no signature leaves then, and MARK and RAISE try again and say nothing else until it
//! is kept. The mark holds meanwhile, as long as there is power. No mark is ever lowered.

use tezio_core::hsm::device::{Operations, Reply, Request};
use tezio_core::hsm::extension::{
    Extension, Features, GREETING, IDENTITY, MARK, OFFER, RAISE, VERSION,
};
use tezio_core::hsm::{KeyAlias, RequestPacket, Status};
use tezio_soft_hsm::{Hsm, Mark, SecureElement};

use crate::keeper::{Keeper, Marks, Unkept};
use crate::record::{mark_bytes, mark_of};

const KNOWN: Features = Features::CLEAR_REFUSALS
    .and(Features::MARKS)
    .and(Features::LASTING);

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
            hsm.raise_all(kept);
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
        if self.features.have(Features::LASTING) {
            match self.keep() {
                Ok(()) => self.is_lasting = true,
                Err(Unkept) => self.features.0 &= !Features::LASTING.0,
            }
        }
    }

    fn mark(&mut self, packet: &RequestPacket<'_>) -> Result<Mark, Status> {
        let alias = packet.param1.and_then(KeyAlias::from_number);
        let alias = alias.ok_or(Status::Param1)?;
        let kind = packet.param2.unwrap_or_default();
        self.mark_of(alias, kind)?;
        if packet.opcode == RAISE {
            let mark = mark_of(packet.data).ok_or(Status::Data)?;
            self.hsm.raise(alias, kind, mark);
        }
        self.mark_of(alias, kind)
    }

    fn mark_of(&self, alias: KeyAlias, kind: u8) -> Result<Mark, Status> {
        let mark = self.hsm.marks().of(alias).of_kind(kind);
        mark.ok_or(Status::Param2)
    }

    fn keep(&mut self) -> Result<(), Unkept> {
        let kept = self.keeper.keep(self.hsm.marks());
        self.is_unsettled = kept.is_err();
        kept
    }

    /// Whether marks have to be kept before the answer to `opcode` may leave: if they have moved,
    /// and before they are told if they are not kept yet.
    fn has_to_keep(&self, before: &Marks, opcode: Option<u8>) -> bool {
        let has_moved = self.hsm.marks() != before;
        let tells = self.features.have(Features::MARKS) && matches!(opcode, Some(MARK | RAISE));
        self.is_lasting && (has_moved || tells && self.is_unsettled)
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
        let opcode = packet.map(|packet| packet.opcode);
        if self.has_to_keep(&before, opcode) && self.keep() == Err(Unkept) {
            reply.put_status(Status::ChipSign);
        }
        millis
    }
}

/// D4, which the published firmware sends by mistake.
fn published_refusal() -> Reply {
    let mut reply = Reply::new();
    reply.put_status(Status::PacketParsed);
    reply
}
