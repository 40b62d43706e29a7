//! A job: one signing request from its arrival to its reply.
//!
//! The reply and the work are apart: a client whose patience ends is told so while its message is
//! still at the HSM, and what comes of it is recorded all the same, so that a retry finds it.

use crate::hsm::MAX_DATA;
use crate::octez::{Release, Reply};
use crate::policy::{Counted, Peer};
use crate::tezos::{ConsensusKind, Digest, Message, PublicKeyHash};
use crate::time::Instant;
use crate::verdict::{Refusal, Unguarded};
use crate::watermark::{Approved, Claim, Record, Standing, Stored, Unstored, WatermarkRefusal};

use super::{RequestId, Step};

/// A signing request that the policy allowed when it came.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: RequestId,
    /// Who asked.
    pub(super) peer: Peer,
    /// The authorized key that signed the request, where one was asked for.
    pub(super) authorized_by: Option<PublicKeyHash>,
    /// Position of the key in the policy.
    pub(super) key: usize,
    /// Its address.
    pub(super) hash: PublicKeyHash,
    pub(super) data: heapless::Vec<u8, MAX_DATA>,
    pub(super) digest: Digest,
    pub(super) guard: Guard,
    pub(super) urgency: Urgency,
    pub(super) deadline: Instant,
    /// How often it was sent to an HSM.
    pub(super) attempts: u8,
    /// The HSMs that failed at it, one bit each.
    pub(super) tried: u8,
    /// What was counted for limits per day when it went to the HSM.
    pub(super) counted: Option<Counted>,
    pub(super) stage: Stage,
    pub(super) audience: Audience,
    /// How far it has come, until that is told.
    pub(super) step: Option<Step>,
}

/// What a message must pass besides the policy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Guard {
    Unguarded(Unguarded),
    Claim(Claim),
}

/// What a message has passed: consumed when its signature is recorded or released.
#[derive(Debug)]
pub(super) enum Clearance {
    Unguarded(Unguarded),
    Approved(Approved),
}

/// Where the work is.
#[derive(Debug)]
pub(super) enum Stage {
    Queued,
    /// At the HSM of this number.
    AtHsm(usize, Clearance),
    /// Signed and verified; its record waits to be sent to the disk.
    ToStore(Unstored),
    /// The record is on its way to the disk.
    Storing(Unstored),
    Over,
}

/// Whether anybody waits, and what for.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap to put a reply on"
)]
pub(super) enum Audience {
    Waiting,
    /// This is to be said next.
    Answered(Reply),
    /// Answered, or gone.
    Left,
}

/// Who goes first when several wait: what misses its slot soonest costs most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    Block,
    Attestation,
    Preattestation,
    Rest,
}

impl Urgency {
    pub(super) fn of(message: &Message<'_>) -> Self {
        match message.consensus().map(|consensus| consensus.kind) {
            Some(ConsensusKind::Block) => Self::Block,
            Some(ConsensusKind::Attestation) => Self::Attestation,
            Some(ConsensusKind::Preattestation) => Self::Preattestation,
            None => Self::Rest,
        }
    }
}

impl Stage {
    /// The record, taken if it has one and `wanted` says so.
    fn take_record(&mut self, wanted: impl Fn(&Self) -> bool) -> Option<Unstored> {
        let has_one = matches!(self, Self::ToStore(_) | Self::Storing(_));
        if !has_one || !wanted(self) {
            return None;
        }
        match core::mem::replace(self, Self::Over) {
            Self::ToStore(unstored) | Self::Storing(unstored) => Some(unstored),
            Self::Queued | Self::AtHsm(..) | Self::Over => None,
        }
    }
}

impl Job {
    pub(super) const fn is_queued(&self) -> bool {
        matches!(self.stage, Stage::Queued)
    }

    /// Whether the HSM of this number has not failed at it.
    pub(super) fn may_try(&self, hsm: usize) -> bool {
        self.tried & bit(hsm) == 0
    }

    pub(super) fn mark_tried(&mut self, hsm: usize) {
        self.tried |= bit(hsm);
    }

    pub(super) fn clear_tried(&mut self, hsm: usize) {
        self.tried &= !bit(hsm);
    }

    pub(super) const fn clear_all_tried(&mut self) {
        self.tried = 0;
    }

    pub(super) fn is_at(&self, hsm: usize) -> bool {
        matches!(self.stage, Stage::AtHsm(at, _) if at == hsm)
    }

    /// Whether nothing is left to be done or said.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over | Stage::Queued) && matches!(self.audience, Audience::Left)
    }

    /// Whether this is for the same watermark and mark as `claim`, with other bytes.
    pub(super) fn conflicts(&self, claim: &Claim) -> bool {
        matches!(&self.guard, Guard::Claim(own) if own.conflicts(claim))
            && !matches!(self.stage, Stage::Over)
    }

    /// How far it has come, to be told once.
    pub(super) fn take_step(&mut self) -> Option<(RequestId, Step)> {
        self.step.take().map(|step| (self.id, step))
    }

    /// The reply, to be given once.
    pub(super) fn take_reply(&mut self) -> Option<(RequestId, Reply)> {
        if !matches!(self.audience, Audience::Answered(_)) {
            return None;
        }
        match core::mem::replace(&mut self.audience, Audience::Left) {
            Audience::Answered(reply) => Some((self.id, reply)),
            Audience::Waiting | Audience::Left => None,
        }
    }

    /// Nobody waits any more. What is with the HSM or the disk goes on, so that a signature once
    /// made is recorded and a retry finds it.
    pub(super) fn forget(&mut self) {
        self.audience = Audience::Left;
    }

    /// When the client's patience ends.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        matches!(self.audience, Audience::Waiting).then_some(self.deadline)
    }

    /// Ends the work with `reply`.
    pub(super) fn end(&mut self, reply: Reply) {
        self.stage = Stage::Over;
        self.tell(reply);
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.end(Reply::Refused(refusal));
    }

    /// Tells a client whose deadline has passed; queued work ends with that.
    pub(super) fn give_up(&mut self, refusal: Refusal) {
        if self.is_queued() {
            self.stage = Stage::Over;
        }
        self.tell(Reply::Refused(refusal));
    }

    fn tell(&mut self, reply: Reply) {
        if matches!(self.audience, Audience::Waiting) {
            self.audience = Audience::Answered(reply);
        }
    }

    /// Takes the clearance back from the HSM's hands; the work is over unless it goes on from here.
    pub(super) fn leave_hsm(&mut self) -> Option<Clearance> {
        if !matches!(self.stage, Stage::AtHsm(..)) {
            return None;
        }
        match core::mem::replace(&mut self.stage, Stage::Over) {
            Stage::AtHsm(_, clearance) => Some(clearance),
            Stage::Queued | Stage::ToStore(_) | Stage::Storing(_) | Stage::Over => None,
        }
    }

    /// Acts on what the ledger said instead of leave to sign.
    pub(super) fn settle(&mut self, standing: Result<Standing, WatermarkRefusal>) {
        match standing {
            Ok(Standing::Repeat(stored)) => self.release(&stored),
            Ok(Standing::Free | Standing::Busy) => {}
            Err(refusal) => self.refuse(Refusal::Watermark(refusal)),
        }
    }

    /// Answers with a signature from the record.
    pub(super) fn release(&mut self, stored: &Stored) {
        let release = Release::stored(stored, self.hash.curve());
        self.end(Reply::Signature(release));
    }

    /// The number of the record that waits to be sent to the disk.
    pub(super) const fn unsent_record(&self) -> Option<u64> {
        if let Stage::ToStore(unstored) = &self.stage {
            Some(unstored.record().sequence)
        } else {
            None
        }
    }

    pub(super) fn send_record(&mut self) -> Option<Record> {
        let unsent = |stage: &Stage| matches!(stage, Stage::ToStore(_));
        let unstored = self.stage.take_record(unsent)?;
        let record = *unstored.record();
        self.stage = Stage::Storing(unstored);
        Some(record)
    }

    /// Takes the record if it is on its way to the disk and its number is at most `sequence`.
    pub(super) fn take_stored(&mut self, sequence: u64) -> Option<Unstored> {
        self.stage.take_record(|stage| {
            matches!(stage, Stage::Storing(unstored) if unstored.record().sequence <= sequence)
        })
    }

    /// The disk failed: a signature that is not known to be recorded is dropped.
    pub(super) fn seal(&mut self) {
        if self.stage.take_record(|_| true).is_some() {
            self.refuse(Refusal::Watermark(WatermarkRefusal::Sealed));
        }
    }
}

/// The bit of an HSM; there are fewer than eight.
fn bit(hsm: usize) -> u8 {
    u32::try_from(hsm)
        .ok()
        .and_then(|hsm| 1_u8.checked_shl(hsm))
        .unwrap_or(0)
}
