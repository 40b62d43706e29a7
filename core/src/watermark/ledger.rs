//! The ledger of marks: decides whether a consensus message may be signed, and keeps the order of
//! what follows.
//!
//! Marks enter from the journal and from the operator ([`Ledger::restore`]), and rise when a record
//! is known to be on the disk ([`Ledger::confirm`]). In between a reservation keeps a watermark for
//! one message. A watermark that has no mark signs nothing, so nobody can fill the ledger by asking.

use super::{LedgerFull, Mark, Record, Released, Watermark, WatermarkRefusal};
use crate::crypto::VerifiedSignature;
use crate::tezos::{ConsensusMessage, Digest, PublicKeyHash, Signature};

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
    entries: heapless::Vec<Entry, N>,
    next_sequence: u64,
    sealed: bool,
}

#[derive(Debug)]
struct Entry {
    watermark: Watermark,
    mark: Mark,
    released: Option<Released>,
    reserved: Option<(Mark, Digest)>,
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
    /// A ledger without marks: it refuses everything.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: heapless::Vec::new(),
            next_sequence: 0,
            sealed: false,
        }
    }

    /// Takes over a record of the journal, or a mark that an operator set. A mark that is not above
    /// the one already known changes nothing.
    ///
    /// # Errors
    ///
    /// [`LedgerFull`] when the watermark is new and there is no room.
    pub fn restore(&mut self, record: &Record) -> Result<(), LedgerFull> {
        self.next_sequence = self.next_sequence.max(record.sequence.saturating_add(1));
        match self.entry_mut(&record.watermark) {
            Some(entry) => {
                entry.raise(record);
                Ok(())
            }
            None => self.insert(record),
        }
    }

    /// Says which number the next record has; never one that was given before.
    pub fn continue_at(&mut self, sequence: u64) {
        self.next_sequence = self.next_sequence.max(sequence);
    }

    /// What has been signed last under each watermark, and with which key.
    pub fn released(&self) -> impl Iterator<Item = (PublicKeyHash, &Released)> {
        self.entries.iter().filter_map(|entry| {
            let released = entry.released.as_ref()?;
            Some((entry.watermark.key, released))
        })
    }

    /// The mark of a watermark, if there is one.
    #[must_use]
    pub fn mark(&self, watermark: &Watermark) -> Option<Mark> {
        self.entry(watermark).map(|entry| entry.mark)
    }

    /// Judges `claim` against marks and reservations, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`WatermarkRefusal`]: below the mark, different bytes at it, no mark at all, or sealed.
    pub fn check(&self, claim: &Claim) -> Result<Standing, WatermarkRefusal> {
        if self.sealed {
            return Err(WatermarkRefusal::Sealed);
        }
        let watermark = claim.watermark;
        self.entry(&watermark)
            .ok_or(WatermarkRefusal::Unknown { watermark })?
            .check(claim)
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
        if let Some(entry) = self.entry_mut(&claim.watermark) {
            entry.reserved = Some((claim.mark, claim.digest));
        }
        Ok(Approved(claim))
    }

    /// Ends a reservation for which no signature will be released: the watermark is free again.
    pub fn give_back(&mut self, approved: Approved) {
        let Approved(claim) = approved;
        if let Some(entry) = self.entry_mut(&claim.watermark) {
            entry.reserved = None;
        }
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
        Ok(Unstored(Record {
            sequence,
            watermark: claim.watermark,
            mark: claim.mark,
            released: Some(Released {
                digest: claim.digest,
                signature: *signature.signature(),
            }),
        }))
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
        let entry = self.entry_mut(&record.watermark)?;
        entry.raise(&record);
        entry.reserved = None;
        record.released.map(|released| Stored(released.signature))
    }

    /// Refuses everything from now on: the disk failed, and what it holds is not known. Only a new
    /// ledger, read from the disk, goes on.
    pub const fn seal(&mut self) {
        self.sealed = true;
    }

    fn entry(&self, watermark: &Watermark) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.watermark == *watermark)
    }

    fn entry_mut(&mut self, watermark: &Watermark) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.watermark == *watermark)
    }

    fn insert(&mut self, record: &Record) -> Result<(), LedgerFull> {
        self.entries
            .push(Entry {
                watermark: record.watermark,
                mark: record.mark,
                released: record.released,
                reserved: None,
            })
            .map_err(|_| LedgerFull { capacity: N })
    }
}

impl<const N: usize> Default for Ledger<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl Entry {
    fn check(&self, claim: &Claim) -> Result<Standing, WatermarkRefusal> {
        let (watermark, asked) = (claim.watermark, claim.mark);
        match (asked.cmp(&self.mark), self.released) {
            (core::cmp::Ordering::Less, _) => Err(WatermarkRefusal::Below {
                watermark,
                asked,
                mark: self.mark,
            }),
            (core::cmp::Ordering::Equal, None) => {
                Err(WatermarkRefusal::AtStart { watermark, asked })
            }
            (core::cmp::Ordering::Equal, Some(released)) if released.digest == claim.digest => {
                Ok(Standing::Repeat(Stored(released.signature)))
            }
            (core::cmp::Ordering::Equal, Some(_)) => {
                Err(WatermarkRefusal::Conflict { watermark, asked })
            }
            (core::cmp::Ordering::Greater, _) => self.check_reservation(claim),
        }
    }

    fn check_reservation(&self, claim: &Claim) -> Result<Standing, WatermarkRefusal> {
        let (watermark, asked) = (claim.watermark, claim.mark);
        match self.reserved {
            None => Ok(Standing::Free),
            Some((mark, digest)) if mark == asked && digest != claim.digest => {
                Err(WatermarkRefusal::Underway { watermark, asked })
            }
            Some(_) => Ok(Standing::Busy),
        }
    }

    /// Takes over a mark that is above the one held. At an equal mark the signature known wins over
    /// none: an operator's mark never hides what was signed there.
    fn raise(&mut self, record: &Record) {
        let known_at_last = record.mark == self.mark && self.released.is_none();
        if record.mark > self.mark || known_at_last {
            self.mark = record.mark;
            self.released = record.released;
        }
    }
}
