//! The disk as the journal's keeper sees it: the calls of [`Disk`], made on the platter.
//!
//! It does what the daemon's does with real files (`app/src/journal/disk.rs`), one system call after the
//! other, and each of them is a step at which the power can go or that can fail.

use tezio_core::watermark::Disk;

use crate::machine::{Faults, Machine, Point, Shared, Step};
use crate::platter::SECTOR;
use crate::tally::Event;

/// Why a call did nothing, or not all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// The process has ended; nobody sees this.
    #[error("the process has ended")]
    Ended,
    /// The disk failed.
    #[error("the disk failed")]
    Failed,
    /// There is no room for a new file.
    #[error("no room on the disk")]
    NoRoom,
    /// There is no such file.
    #[error("no journal is open")]
    Missing,
}

/// The journal's file, and the one that will replace it while there is one.
#[derive(Debug)]
pub struct SimDisk {
    machine: Shared,
    journal: Option<usize>,
    new: Option<usize>,
}

impl SimDisk {
    /// The disk of a machine without a journal.
    #[must_use]
    pub const fn none(machine: Shared) -> Self {
        Self {
            machine,
            journal: None,
            new: None,
        }
    }

    /// The disk of a machine with one, and the journal's bytes; `None` when there is no journal.
    #[must_use]
    pub fn open(machine: Shared) -> Option<(Self, Vec<u8>)> {
        let mut disk = Self::none(machine);
        disk.journal = disk.machine.borrow().platter.journal();
        let bytes = disk.machine.borrow().platter.bytes(disk.journal?).to_vec();
        Some((disk, bytes))
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        self.call(Step::SyncDirectory, |machine| {
            if let Err(error) = machine.fail_if(|faults| &mut faults.directory) {
                machine.platter.fail_sync_directory();
                return Err(error);
            }
            machine.platter.sync_directory();
            Ok(())
        })
    }

    /// One system call: the process may end before or after it.
    fn call<T>(
        &self,
        step: Step,
        act: impl FnOnce(&mut Machine) -> Result<T, DiskError>,
    ) -> Result<T, DiskError> {
        let machine = &mut *self.machine.borrow_mut();
        if !machine.pass(Point::Before(step)) {
            return Err(DiskError::Ended);
        }
        let done = act(machine);
        match &done {
            Ok(_) => machine.note(format_args!("  disk: {step:?}")),
            Err(error) => machine.note(format_args!("  disk: {step:?} failed: {error}")),
        }
        if machine.pass(Point::After(step)) {
            done
        } else {
            Err(DiskError::Ended)
        }
    }
}

impl Disk for SimDisk {
    type Error = DiskError;

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let file = self.journal.ok_or(DiskError::Missing)?;
        self.call(Step::Write, |machine| {
            let fails = core::mem::take(&mut machine.faults.write);
            let start = place(offset);
            let length = if fails {
                machine.count(Event::FailedWrite);
                // A system stops between pages, which are whole sectors.
                let end = start + machine.prng.index(bytes.len() + 1);
                (end / SECTOR * SECTOR).saturating_sub(start)
            } else {
                bytes.len()
            };
            machine.platter.write(file, start, &bytes[..length]);
            if fails {
                Err(DiskError::Failed)
            } else {
                Ok(())
            }
        })
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        let file = self.journal.ok_or(DiskError::Missing)?;
        self.call(Step::Sync, |machine| {
            if core::mem::take(&mut machine.faults.sync) {
                machine.count(Event::FailedSync);
                machine.platter.fail_sync(file, &mut machine.prng);
                return Err(DiskError::Failed);
            }
            machine.platter.sync(file);
            Ok(())
        })
    }

    fn write_new(&mut self, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let new = self.new;
        let file = self.call(Step::WriteNew, |machine| {
            if core::mem::take(&mut machine.faults.room) {
                machine.count(Event::NoRoom);
                return Err(DiskError::NoRoom);
            }
            let file = if offset == 0 {
                machine.platter.create()
            } else {
                new.ok_or(DiskError::Missing)?
            };
            machine.platter.write(file, place(offset), bytes);
            Ok(file)
        })?;
        self.new = Some(file);
        Ok(())
    }

    fn sync_new(&mut self) -> Result<(), DiskError> {
        let file = self.new.ok_or(DiskError::Missing)?;
        self.call(Step::SyncNew, |machine| {
            machine.platter.sync(file);
            Ok(())
        })
    }

    fn discard_new(&mut self) {
        self.new = None;
        // An end of the process shows at the next call.
        let _ = self.call(Step::DiscardNew, |machine| {
            machine.platter.remove_new();
            Ok(())
        });
    }

    fn replace(&mut self) -> Result<(), DiskError> {
        let new = self.new.take().ok_or(DiskError::Missing)?;
        self.call(Step::Rename, |machine| {
            machine.fail_if(|faults| &mut faults.rename)?;
            machine.platter.replace();
            Ok(())
        })?;
        self.sync_directory()?;
        self.journal = Some(new);
        Ok(())
    }
}

impl Machine {
    fn fail_if(&mut self, fault: impl Fn(&mut Faults) -> &mut bool) -> Result<(), DiskError> {
        if core::mem::take(fault(&mut self.faults)) {
            self.count(Event::FailedReplace);
            return Err(DiskError::Failed);
        }
        Ok(())
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("a file that fits in memory")
}
