//! The machine: what outlives the signer's process. Its platter, its power, its log.
//!
//! Everything that the process does to the world is a [`Step`], and each step has two points at which
//! the power can go: right before it and right after it.

use core::cell::RefCell;
use std::rc::Rc;

use crate::platter::Platter;
use crate::prng::Prng;
use crate::tally::{Event, Tally};

/// Something that the signer's process does, or that is told to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A packet is written to a device.
    ToHsm,
    /// The bytes of a device's reply are read.
    FromHsm,
    /// A record is handed to the journal's thread.
    Store,
    /// The journal is written to.
    Write,
    /// The journal is synced.
    Sync,
    /// The journal's thread has told the signer what is kept.
    Report,
    /// A reply goes to a client.
    Reply,
    /// The new journal is written to.
    WriteNew,
    /// The new journal is synced.
    SyncNew,
    /// The new journal is given up.
    DiscardNew,
    /// The new journal gets the journal's name.
    Rename,
    /// The directory is synced.
    SyncDirectory,
}

/// Where the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Right before a step.
    Before(Step),
    /// Right after it.
    After(Step),
}

/// Whether the process runs, and until when.
#[derive(Clone, Copy, Debug, Default)]
pub struct Power {
    /// How many points are left.
    pub fuel: Option<u32>,
    /// The point at which it ends, and how often that is passed before.
    pub cut: Option<(Point, u32)>,
    off: bool,
}

/// What fails next on the disk, once each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// A write into the journal.
    pub write: bool,
    /// A sync of the journal.
    pub sync: bool,
    /// Making a new journal.
    pub room: bool,
    /// Giving the new journal the journal's name.
    pub rename: bool,
    /// Syncing the directory.
    pub directory: bool,
}

/// What there is besides the process.
#[derive(Debug)]
pub struct Machine {
    /// The disk's contents.
    pub platter: Platter,
    /// Whether the process runs.
    pub power: Power,
    /// What fails next.
    pub faults: Faults,
    /// What is kept of unsynced writes, and the like.
    pub prng: Prng,
    /// What happened how often.
    pub tally: Tally,
    /// Whether everything that happens is written to standard error.
    pub traced: bool,
}

/// The machine, as process and disk share it.
pub type Shared = Rc<RefCell<Machine>>;

impl Machine {
    /// A machine with an empty disk.
    #[must_use]
    pub fn new(seed: u64, traced: bool) -> Self {
        Self {
            platter: Platter::default(),
            power: Power::default(),
            faults: Faults::default(),
            prng: Prng::new(seed),
            tally: Tally::default(),
            traced,
        }
    }

    /// Passes a point; says whether the process is alive behind it.
    pub fn pass(&mut self, point: Point) -> bool {
        if !self.power.pass(point) {
            self.note(format_args!("  the process ends {point:?}"));
        }
        !self.power.off
    }

    /// Whether the process has ended.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.power.off
    }

    /// The process is started.
    pub const fn start(&mut self) {
        self.power.off = false;
    }

    /// Counts something.
    pub const fn count(&mut self, event: Event) {
        self.tally.count(event);
    }

    /// Writes a line, if somebody reads it.
    pub fn note(&self, line: core::fmt::Arguments<'_>) {
        if self.traced {
            eprintln!("{line}");
        }
    }
}

impl Power {
    /// The process ends here.
    pub const fn end(&mut self) {
        *self = Self {
            fuel: None,
            cut: None,
            off: true,
        };
    }

    /// Whether the point is passed alive; false once, for the one at which the process ends.
    fn pass(&mut self, point: Point) -> bool {
        if self.off {
            return true;
        }
        let burnt = self.fuel.as_mut().is_some_and(|fuel| {
            *fuel = fuel.saturating_sub(1);
            *fuel == 0
        });
        let cut = match &mut self.cut {
            Some((at, 0)) if *at == point => true,
            Some((at, times)) if *at == point => {
                *times -= 1;
                false
            }
            Some(_) | None => false,
        };
        if burnt || cut {
            self.end();
        }
        !self.off
    }
}
