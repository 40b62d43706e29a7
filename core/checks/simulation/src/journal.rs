//! The journal's thread, as the daemon runs it (`app/src/journal.rs`), in virtual time.
//!
//! ```text
//! records that wait -> one batch -> kept -> (after a while) report -> (compact when full)
//! ```
//!
//! After an error it reports once and ends; its keeper is not used again.

use std::collections::VecDeque;

use tezio_core::time::Instant;
use tezio_core::watermark::{BATCH, Compaction, KeepError, Keeper, Record};

use crate::disk::{DiskError, SimDisk};
use crate::machine::Shared;
use crate::messages::WATERMARKS;
use crate::prng::Prng;
use crate::tally::Event;

/// The keeper of the journal under test.
pub type Kept = Keeper<SimDisk, WATERMARKS>;

/// How long things take, each a range of milliseconds.
#[derive(Clone, Debug)]
pub struct Pace {
    /// From a record to the thread's taking it up.
    pub wake: core::ops::Range<u32>,
    /// From the sync to the report of it.
    pub report: core::ops::Range<u32>,
}

/// The thread and what waits for it.
#[derive(Debug)]
pub struct Journal {
    keeper: Kept,
    machine: Shared,
    pace: Pace,
    queue: VecDeque<Record>,
    state: State,
    extent: Extent,
}

/// What the journal's file has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Records with which it was put in its place.
    pub settled: usize,
    /// Records in all.
    pub records: usize,
    /// Records of the last batch behind the settled ones.
    pub last: usize,
}

impl Extent {
    /// The extent of a fresh journal.
    #[must_use]
    pub const fn fresh(records: usize) -> Self {
        Self {
            settled: records,
            records,
            last: 0,
        }
    }

    /// The same, with a batch behind it.
    #[must_use]
    pub const fn and(self, last: usize) -> Self {
        Self {
            records: self.records + last,
            last,
            ..self
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    Waking(Instant),
    Reporting(Instant, Report),
    Compacting(Instant),
    Ended,
}

/// What the thread tells the signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// All records up to this number are kept.
    Stored(u64),
    /// The disk failed.
    Failed,
}

/// What the thread has just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Kept these records.
    Kept(Vec<Record>),
    /// Failed to; it is not known what of them is there.
    NotKept,
    /// Told the signer.
    Reported(Report),
}

impl Journal {
    /// The thread around an open keeper.
    #[must_use]
    pub const fn new(keeper: Kept, machine: Shared, pace: Pace, extent: Extent) -> Self {
        Self {
            keeper,
            machine,
            pace,
            queue: VecDeque::new(),
            state: State::Idle,
            extent,
        }
    }

    /// What the file has in it; `None` after an error, when that is not known.
    #[must_use]
    pub const fn extent(&self) -> Option<Extent> {
        match self.state {
            State::Reporting(_, Report::Failed) | State::Ended => None,
            State::Idle
            | State::Waking(_)
            | State::Compacting(_)
            | State::Reporting(_, Report::Stored(_)) => Some(self.extent),
        }
    }

    /// A record is handed over.
    pub fn push(&mut self, now: Instant, record: Record, prng: &mut Prng) {
        self.queue.push_back(record);
        if matches!(self.state, State::Idle) {
            self.state = State::Waking(now.plus_millis(prng.within(&self.pace.wake)));
        }
    }

    /// When it does something next.
    #[must_use]
    pub const fn due(&self) -> Option<Instant> {
        match self.state {
            State::Idle | State::Ended => None,
            State::Waking(at) | State::Reporting(at, _) | State::Compacting(at) => Some(at),
        }
    }

    /// Does it. The process may end on the way; then it is not said what was done.
    pub fn act(&mut self, now: Instant, prng: &mut Prng) -> Option<Done> {
        match self.state {
            State::Idle | State::Ended => None,
            State::Waking(_) => self.keep(now, prng),
            State::Compacting(_) => {
                self.make_room(now, prng);
                None
            }
            State::Reporting(_, report) => {
                self.go_on(now, report, prng);
                Some(Done::Reported(report))
            }
        }
    }

    fn keep(&mut self, now: Instant, prng: &mut Prng) -> Option<Done> {
        let count = self.queue.len().min(BATCH);
        let batch: Vec<Record> = self.queue.drain(..count).collect();
        let kept = self.keeper.append(&batch);
        let at = now.plus_millis(prng.within(&self.pace.report));
        match kept {
            Ok(()) => {
                if count > 1 {
                    self.machine.borrow_mut().count(Event::Batch);
                }
                self.extent = self.extent.and(count);
                let last = self.keeper.next_sequence().saturating_sub(1);
                self.state = State::Reporting(at, Report::Stored(last));
                Some(Done::Kept(batch))
            }
            Err(KeepError::Disk(DiskError::Ended)) => None,
            Err(_) => {
                self.state = State::Reporting(at, Report::Failed);
                Some(Done::NotKept)
            }
        }
    }

    /// What follows a report. The signer acts on it while the thread goes on.
    fn go_on(&mut self, now: Instant, report: Report, prng: &mut Prng) {
        if report == Report::Failed {
            self.state = State::Ended;
        } else if self.keeper.is_full() && (self.queue.is_empty() || self.keeper.is_overfull()) {
            self.state = State::Compacting(now.plus_millis(prng.within(&self.pace.report)));
        } else {
            self.wait(now, prng);
        }
    }

    fn make_room(&mut self, now: Instant, prng: &mut Prng) {
        if self.compact().is_ok() {
            self.wait(now, prng);
        } else {
            self.state = State::Reporting(now, Report::Failed);
        }
    }

    fn wait(&mut self, now: Instant, prng: &mut Prng) {
        self.state = if self.queue.is_empty() {
            State::Idle
        } else {
            State::Waking(now.plus_millis(prng.within(&self.pace.wake)))
        };
    }

    fn compact(&mut self) -> Result<(), DiskError> {
        if compact(&mut self.keeper, &self.machine)? {
            self.extent = Extent::fresh(self.keeper.marks().count());
        }
        Ok(())
    }
}

/// Compacts, and says whether there was room for it.
///
/// # Errors
///
/// What the disk says when the old journal may be gone already.
pub fn compact(keeper: &mut Kept, machine: &Shared) -> Result<bool, DiskError> {
    match keeper.compact()? {
        Compaction::Done => {
            machine.borrow_mut().count(Event::Compaction);
            Ok(true)
        }
        Compaction::NoRoom(_) => Ok(false),
    }
}
