//! The ledger of marks: decides whether a consensus message may be signed, and keeps the order of
//! what follows.
//!
//! Marks enter from the journal ([`Ledger::new`]), and rise when a record is known to be on the disk
//! ([`Ledger::confirm`]). In between a reservation keeps a watermark for one message. A watermark that
//! has no mark signs nothing, so nobody can fill the ledger by asking.

use super::{Anchor, Cause, JumpGuard, Mark, Marks, Record, Released, Watermark, WatermarkRefusal};
use crate::crypto::VerifiedSignature;
use crate::tezos::{ChainId, ConsensusMessage, Digest, Level, PublicKeyHash, Signature};
use crate::time::UnixSeconds;

/// What a request claims: that one message may be signed under a watermark at a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    watermark: Watermark,
    mark: Mark,
    digest: Digest,
}

/// How a claim stands against what has been signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Above the mark, and the watermark is free.
    Free,
    /// Above the mark, but another message is on its way under this watermark: wait for its end.
    Busy,
    /// Signed already: this is the signature.
    Repeat(Stored),
}

/// Leave to have one message signed. It is given back or recorded, never copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved(Claim);

/// A verified signature whose record is on its way to the disk.
#[derive(Debug, PartialEq, Eq)]
pub struct Unstored(Record);

/// The proof that a signature's record is on the disk: it may be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored(Signature);

/// All marks of one signer, at most `N`.
#[derive(Debug)]
pub struct Ledger<const N: usize> {
    marks: Marks<N>,
    /// One for each watermark at most.
    reserved: heapless::Vec<Claim, N>,
    next_sequence: u64,
    jumps: Option<JumpGuard>,
    clock: Option<UnixSeconds>,
    sealed: bool,
}

impl Claim {
    /// The claim of `key` for a message with this meaning and digest.
    #[must_use]
    pub const fn new(key: PublicKeyHash, message: &ConsensusMessage, digest: Digest) -> Self {
        let ConsensusMessage {
            kind,
            chain,
            level,
            round,
            ..
        } = *message;
        Self {
            watermark: Watermark { chain, key, kind },
            mark: Mark { level, round },
            digest,
        }
    }

    /// The chain, key and kind.
    #[must_use]
    pub const fn watermark(&self) -> &Watermark {
        &self.watermark
    }

    /// The level and round.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.mark
    }

    /// Whether both are for one watermark at one mark, with different bytes.
    #[must_use]
    pub fn conflicts(&self, other: &Self) -> bool {
        self.watermark == other.watermark && self.mark == other.mark && self.digest != other.digest
    }
}

impl Approved {
    /// What was approved.
    #[must_use]
    pub const fn claim(&self) -> &Claim {
        &self.0
    }
}

impl Unstored {
    /// What is to be written.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.0
    }
}

impl Stored {
    /// The signature that may be released.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.0
    }
}

impl<const N: usize> Ledger<N> {
    /// A ledger with these marks, whose next record has the number `next_sequence`. Without marks it
    /// refuses everything.
    #[must_use]
    pub const fn new(marks: Marks<N>, next_sequence: u64) -> Self {
        Self {
            marks,
            reserved: heapless::Vec::new(),
            next_sequence,
            jumps: None,
            clock: None,
            sealed: false,
        }
    }

    /// The same, refusing levels that are too far ahead.
    #[must_use]
    pub const fn guarding_jumps(mut self, guard: JumpGuard) -> Self {
        self.jumps = Some(guard);
        self
    }

    /// Tells the date.
    pub const fn set_clock(&mut self, now: UnixSeconds) {
        self.clock = Some(now);
    }

    /// What has been signed last under each watermark, and with which key.
    pub fn released(&self) -> impl Iterator<Item = (PublicKeyHash, &Released)> {
        let marks = self.marks.iter();
        marks.filter_map(|record| Some((record.watermark.key, record.released()?)))
    }

    /// The marks.
    #[must_use]
    pub const fn marks(&self) -> &Marks<N> {
        &self.marks
    }

    /// Judges `claim` against marks and reservations, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`WatermarkRefusal`]: below the mark, different bytes at it, too far above it, no mark at all,
    /// handed over, or sealed.
    pub fn check(&self, claim: &Claim) -> Result<Standing, WatermarkRefusal> {
        if self.sealed {
            return Err(WatermarkRefusal::Sealed);
        }
        let watermark = claim.watermark;
        let known = self.marks.of(&watermark);
        let known = known.ok_or(WatermarkRefusal::Unknown { watermark })?;
        if let Some(stored) = claim.check_mark(known)? {
            return Ok(Standing::Repeat(stored));
        }
        claim.check_end(known)?;
        self.check_jump(claim)?;
        self.check_reservation(claim)
    }

    fn check_jump(&self, claim: &Claim) -> Result<(), WatermarkRefusal> {
        let Some(guard) = self.jumps else {
            return Ok(());
        };
        let (highest, anchor) = self.marks.reached(claim.watermark.chain);
        let (limit, bound) = guard.limit(highest, anchor, self.clock);
        if claim.mark.level <= limit {
            Ok(())
        } else {
            Err(WatermarkRefusal::Jump {
                watermark: claim.watermark,
                asked: claim.mark,
                limit,
                bound,
            })
        }
    }

    fn check_reservation(&self, claim: &Claim) -> Result<Standing, WatermarkRefusal> {
        let mut reserved = self.reserved.iter();
        match reserved.find(|other| other.watermark == claim.watermark) {
            None => Ok(Standing::Free),
            Some(other) if other.conflicts(claim) => Err(WatermarkRefusal::Underway {
                watermark: claim.watermark,
                asked: claim.mark,
            }),
            Some(_) => Ok(Standing::Busy),
        }
    }

    /// Checks `claim` and keeps its watermark for it. `Err` holds what [`Ledger::check`] says when
    /// that is not [`Standing::Free`].
    ///
    /// # Errors
    ///
    /// The standing or refusal that stands in the way.
    pub fn reserve(
        &mut self,
        claim: Claim,
    ) -> Result<Approved, Result<Standing, WatermarkRefusal>> {
        match self.check(&claim) {
            Ok(Standing::Free) => {}
            other => return Err(other),
        }
        // There is room for one of each watermark, and this one was free.
        let _ = self.reserved.push(claim);
        Ok(Approved(claim))
    }

    /// Ends a reservation for which no signature will be released: the watermark is free again.
    pub fn give_back(&mut self, approved: Approved) {
        let Approved(claim) = approved;
        self.free(&claim.watermark);
    }

    /// Turns a verified signature into the record that must be stored before it is released.
    ///
    /// # Errors
    ///
    /// [`WatermarkRefusal`]: sealed in the meantime, or a signature over other bytes or by another
    /// key than was approved. The reservation is given back.
    pub fn record(
        &mut self,
        approved: Approved,
        signature: &VerifiedSignature,
    ) -> Result<Unstored, WatermarkRefusal> {
        let claim = approved.0;
        if let Err(refusal) = self.recordable(&claim, signature) {
            self.give_back(approved);
            return Err(refusal);
        }
        let sequence = self.next_sequence;
        self.next_sequence = sequence.saturating_add(1);
        let known = self.marks.of(&claim.watermark);
        Ok(Unstored(Record {
            sequence,
            watermark: claim.watermark,
            mark: claim.mark,
            cause: Cause::Signed(Released {
                digest: claim.digest,
                signature: *signature.signature(),
            }),
            last_level: known.and_then(|known| known.last_level),
            anchor: self.anchor(claim.watermark.chain, claim.mark.level),
        }))
    }

    /// The chain's anchor once `level` is signed.
    fn anchor(&self, chain: ChainId, level: Level) -> Option<Anchor> {
        let (highest, before) = self.marks.reached(chain);
        match (self.jumps, self.clock) {
            (Some(guard), Some(now)) => {
                Some(guard.anchor(before, highest, highest.max(level), now))
            }
            (None, _) | (_, None) => before,
        }
    }

    fn recordable(
        &self,
        claim: &Claim,
        signature: &VerifiedSignature,
    ) -> Result<(), WatermarkRefusal> {
        if self.sealed {
            return Err(WatermarkRefusal::Sealed);
        }
        if *signature.digest() == claim.digest && *signature.key() == claim.watermark.key {
            Ok(())
        } else {
            Err(WatermarkRefusal::Foreign)
        }
    }

    /// The record is on the disk: raises the mark, frees the watermark, and lets the signature go.
    pub fn confirm(&mut self, unstored: Unstored) -> Option<Stored> {
        let Unstored(record) = unstored;
        self.free(&record.watermark);
        // The mark is known, so that there is room.
        self.marks.apply(&record).ok()?;
        record.released().map(|released| Stored(released.signature))
    }

    /// Whether it refuses everything because the disk failed.
    #[must_use]
    pub const fn is_sealed(&self) -> bool {
        self.sealed
    }

    fn free(&mut self, watermark: &Watermark) {
        self.reserved.retain(|claim| claim.watermark != *watermark);
    }

    /// Refuses everything from now on: the disk failed, and what it holds is not known. Only a new
    /// ledger, read from the disk, goes on.
    pub const fn seal(&mut self) {
        self.sealed = true;
    }
}

impl Claim {
    /// Compares with the mark: the signature stored there if it is this message's, nothing if the
    /// claim is above.
    fn check_mark(&self, known: &Record) -> Result<Option<Stored>, WatermarkRefusal> {
        let (watermark, asked) = (self.watermark, self.mark);
        match (asked.cmp(&known.mark), known.released()) {
            (core::cmp::Ordering::Less, _) => Err(WatermarkRefusal::Below {
                watermark,
                asked,
                mark: known.mark,
            }),
            (core::cmp::Ordering::Equal, None) => {
                Err(WatermarkRefusal::AtStart { watermark, asked })
            }
            (core::cmp::Ordering::Equal, Some(released)) if released.digest == self.digest => {
                Ok(Some(Stored(released.signature)))
            }
            (core::cmp::Ordering::Equal, Some(_)) => {
                Err(WatermarkRefusal::Conflict { watermark, asked })
            }
            (core::cmp::Ordering::Greater, _) => Ok(None),
        }
    }

    fn check_end(&self, known: &Record) -> Result<(), WatermarkRefusal> {
        match known.last_level {
            Some(last) if self.mark.level > last => Err(WatermarkRefusal::HandedOver {
                watermark: self.watermark,
                asked: self.mark,
                last,
            }),
            Some(_) | None => Ok(()),
        }
    }
}
