//! The witness: sees every request, record, reply and start, over all lives of the signer, and says
//! which promise was broken first.
//!
//! 1. A slot (key, chain, kind, level, round) has one released signature ever.
//! 2. Released marks do not fall, and recorded marks rise.
//! 3. What is released verifies, lies on the platter at that moment, and is in the journal that every
//!    later start reads.
//! 4. A start finds marks that were written, none that an earlier start has dropped, and none lower than
//!    one that was kept; a crash alone never leaves damage.
//! 5. A refusal is true: nothing is below a mark or in conflict that is not.
//! 6. Each request has at most one reply; after the disk failed no consensus signature leaves.
//! 7. Nothing is signed behind the level at which a key was handed over, or beyond a bound on jumps.
//! 8. One nonce of a key serves one message.

mod records;
mod refusals;
mod replies;
mod starts;

use std::collections::{HashMap, HashSet};

use tezio_core::signer::RequestId;
use tezio_core::tezos::{Digest, Level, Signature};
use tezio_core::watermark::{Mark, Record, Released};

use crate::messages::{Slot, WATERMARKS, Wanted};

/// What was seen.
#[derive(Debug, Default)]
pub struct Witness {
    violation: Option<String>,
    asked: HashMap<RequestId, Wanted>,
    open: HashSet<RequestId>,
    released: HashMap<Slot, (Digest, Signature)>,
    guards: [Seen; WATERMARKS],
    /// Nonces of signatures that left since the last start.
    nonces: HashMap<[u8; 32], (u8, Digest)>,
    /// Whether the disk has failed since the last start.
    failed: bool,
    /// Whether a journal was ever kept.
    created: bool,
    /// How far above the highest mark of its chain a level may be.
    pub jump_limit: Option<u32>,
}

/// What is known of one watermark.
#[derive(Debug, Default)]
struct Seen {
    /// The highest mark that was released.
    released: Option<Mark>,
    /// What is on the disk for good.
    kept: Option<Fact>,
    /// What a start may find: what it found last, and all that was written since.
    candidates: Vec<Fact>,
    /// The mark with which this life began.
    began: Mark,
    /// The highest mark handed to the journal in this life.
    stored: Option<Mark>,
}

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fact {
    mark: Mark,
    released: Option<Released>,
    last_level: Option<Level>,
}

impl From<&Record> for Fact {
    fn from(record: &Record) -> Self {
        Self {
            mark: record.mark,
            released: record.released().copied(),
            last_level: record.last_level,
        }
    }
}

impl Fact {
    /// Whether nothing of an earlier fact is lost in this one.
    fn keeps(&self, earlier: &Self) -> bool {
        let same = earlier.released.is_none() || earlier.released == self.released;
        let ends = earlier.last_level.is_none() || self.last_level.is_some();
        ends && (self.mark > earlier.mark || self.mark == earlier.mark && same)
    }
}

impl Witness {
    /// The promise that was broken first.
    #[must_use]
    pub fn violation(&self) -> Option<&str> {
        self.violation.as_deref()
    }

    /// Says that a promise is broken.
    pub fn blame(&mut self, what: core::fmt::Arguments<'_>) {
        self.violation.get_or_insert_with(|| what.to_string());
    }

    fn require(&mut self, holds: bool, what: core::fmt::Arguments<'_>) {
        if !holds {
            self.blame(what);
        }
    }

    /// A client asks.
    pub fn asked(&mut self, id: RequestId, wanted: &Wanted) {
        self.open.insert(id);
        self.asked.insert(id, wanted.clone());
    }

    /// A client has gone.
    pub fn gone(&mut self, id: RequestId) {
        self.open.remove(&id);
    }

    /// The requests without a reply, oldest first.
    #[must_use]
    pub fn unanswered(&self) -> Vec<RequestId> {
        let mut open: Vec<_> = self.open.iter().copied().collect();
        open.sort_unstable();
        open
    }

    /// The level up to which a watermark is kept, and the last one that may be signed there.
    #[must_use]
    pub fn kept(&self, at: usize) -> (Mark, Option<Level>) {
        let kept = self.guards[at].kept.as_ref();
        kept.map_or((Mark::default(), None), |kept| (kept.mark, kept.last_level))
    }

    /// The highest mark that anything may know of a watermark.
    #[must_use]
    pub fn highest(&self, at: usize) -> Mark {
        let marks = self.guards[at].candidates.iter().map(|fact| fact.mark);
        marks.max().unwrap_or_default()
    }
}
