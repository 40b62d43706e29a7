//! The platter: files in sectors, as programs see them and as they outlive a power cut.
//!
//! What is written is seen at once and pending until its file is synced. A power cut keeps any of the
//! pending sectors and loses the others. Disks write a sector whole; here one may be torn all the same,
//! its first part new and the rest old: at any word where zeros are overwritten, as by a new record, and
//! between two records elsewhere. A file's
//! length is pending like its sectors, and so are names, in their order, until the directory is synced.
//! After a failed sync the sectors that it did not write are not pending any more, as Linux has it: they
//! are seen, a later sync does not write them, and the next power cut takes them. The same goes for names.

use std::collections::BTreeSet;

use tezio_core::watermark::RECORD_BYTES;

use crate::prng::Prng;

/// The least that a disk writes whole, in bytes.
pub const SECTOR: usize = 512;

/// What moves between memory and disk at once, so that no number of four bytes is torn.
const WORD: usize = 4;

/// What a power cut keeps of that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// None of it.
    Nothing,
    /// All of it.
    Everything,
    /// Any of it.
    Some,
}

/// What a power cut did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Some pending sectors were kept and some were lost.
    pub scattered: bool,
    /// One was torn.
    pub torn: bool,
}

/// One file.
#[derive(Clone, Debug, Default)]
struct File {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: BTreeSet<usize>,
}

/// Which files have names.
#[derive(Clone, Copy, Debug, Default)]
struct Names {
    journal: Option<usize>,
    new: Option<usize>,
}

/// All files and the directory.
#[derive(Clone, Debug, Default)]
pub struct Platter {
    files: Vec<File>,
    seen: Names,
    durable: Names,
    /// What the directory was after each change that is not synced.
    pending: Vec<Names>,
}

impl File {
    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.seen.len() < end {
            self.seen.resize(end, 0);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        if !bytes.is_empty() {
            self.pending.extend(offset / SECTOR..=(end - 1) / SECTOR);
        }
    }

    fn sync(&mut self) {
        self.durable.resize(self.seen.len(), 0);
        for sector in core::mem::take(&mut self.pending) {
            self.persist(sector, SECTOR);
        }
    }

    /// Brings some of what is pending to the platter; nothing is pending any more.
    fn sync_some(&mut self, prng: &mut Prng) -> Loss {
        let mut loss = Loss::default();
        let pending = core::mem::take(&mut self.pending);
        let lengths = [self.durable.len(), self.seen.len()];
        let grown = if prng.one_in(3) {
            let most = lengths[1].saturating_sub(lengths[0]);
            lengths[0] + prng.index(most / SECTOR + 1) * SECTOR
        } else {
            *prng.pick(&lengths)
        };
        self.durable.resize(grown, 0);
        let torn = prng.one_in(2).then(|| prng.index(pending.len().max(1)));
        let (mut kept, mut lost) = (0, 0);
        for (at, sector) in pending.into_iter().enumerate() {
            if torn == Some(at) {
                self.persist(sector, self.tear(sector, prng.index(SECTOR / WORD) * WORD));
                loss.torn = true;
            } else if prng.one_in(2) {
                self.persist(sector, SECTOR);
                kept += 1;
            } else {
                lost += 1;
            }
        }
        loss.scattered = kept > 0 && lost > 0;
        loss
    }

    /// Where a sector is torn that should be torn at `cut`: there, if nothing but zeros is overwritten,
    /// and otherwise between records.
    fn tear(&self, sector: usize, cut: usize) -> usize {
        let start = sector * SECTOR;
        let record_end = start + (cut / RECORD_BYTES + 1) * RECORD_BYTES;
        let old = self
            .durable
            .get(start + cut..record_end)
            .unwrap_or_default();
        if old.iter().all(|byte| *byte == 0) {
            cut
        } else {
            cut / RECORD_BYTES * RECORD_BYTES
        }
    }

    /// Writes the first `length` bytes of a sector, as far as the file on the platter goes.
    fn persist(&mut self, sector: usize, length: usize) {
        let start = sector * SECTOR;
        let end = (start + length)
            .min(self.durable.len())
            .min(self.seen.len());
        if start < end {
            self.durable[start..end].copy_from_slice(&self.seen[start..end]);
        }
    }

    fn forget(&mut self) {
        self.seen.clone_from(&self.durable);
        self.pending.clear();
    }
}

impl Platter {
    /// The file that is named the journal.
    #[must_use]
    pub const fn journal(&self) -> Option<usize> {
        self.seen.journal
    }

    /// What a program reads.
    #[must_use]
    pub fn bytes(&self, file: usize) -> &[u8] {
        &self.files[file].seen
    }

    /// What the journal would be after a power cut that keeps nothing else.
    #[must_use]
    pub fn durable_journal(&self) -> &[u8] {
        let file = self.durable.journal.map(|file| &self.files[file]);
        file.map_or(&[], |file| &file.durable)
    }

    /// Makes a file under the name of the new journal, in the place of any other.
    pub fn create(&mut self) -> usize {
        self.files.push(File::default());
        let file = self.files.len() - 1;
        self.rename(Names {
            new: Some(file),
            ..self.seen
        });
        file
    }

    /// Gives the new journal the journal's name.
    pub fn replace(&mut self) {
        self.rename(Names {
            journal: self.seen.new,
            new: None,
        });
    }

    /// Takes the new journal's name away.
    pub fn remove_new(&mut self) {
        self.rename(Names {
            new: None,
            ..self.seen
        });
    }

    fn rename(&mut self, names: Names) {
        self.seen = names;
        self.pending.push(names);
    }

    /// Writes into a file; it grows where it must.
    pub fn write(&mut self, file: usize, offset: usize, bytes: &[u8]) {
        self.files[file].write(offset, bytes);
    }

    /// Syncs a file.
    pub fn sync(&mut self, file: usize) {
        self.files[file].sync();
    }

    /// Tries to sync a file and fails on the way.
    pub fn fail_sync(&mut self, file: usize, prng: &mut Prng) {
        self.files[file].sync_some(prng);
    }

    /// Syncs the directory.
    pub fn sync_directory(&mut self) {
        if let Some(last) = self.pending.last() {
            self.durable = *last;
        }
        self.pending.clear();
    }

    /// Tries to sync the directory and fails.
    pub fn fail_sync_directory(&mut self) {
        self.pending.clear();
    }

    /// The power goes: what is seen from now on is what was kept.
    pub fn cut_power(&mut self, survival: Survival, prng: &mut Prng) -> Loss {
        let mut loss = Loss::default();
        let changes = match survival {
            Survival::Nothing => 0,
            Survival::Everything => self.pending.len(),
            Survival::Some => prng.index(self.pending.len() + 1),
        };
        if let Some(kept) = changes.checked_sub(1) {
            self.durable = self.pending[kept];
        }
        self.pending.clear();
        self.seen = self.durable;
        for file in &mut self.files {
            match survival {
                Survival::Nothing => {}
                Survival::Everything => file.sync(),
                Survival::Some
                    if file.pending.is_empty() && file.seen.len() == file.durable.len() => {}
                Survival::Some => {
                    let lost = file.sync_some(prng);
                    loss.scattered |= lost.scattered;
                    loss.torn |= lost.torn;
                }
            }
            file.forget();
        }
        loss
    }
}
