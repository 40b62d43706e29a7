//! The keeper of the journal: which bytes go where, what is synced when, and what a start makes of
//! what it finds.
//!
//! ```text
//! start    read -> recover -> compact
//! append   write a batch behind the others -> sync -> it is kept
//! compact  new file: header, one record each, zeros -> sync -> put in place -> sync the directory
//! keep all the same, with records that were not there before: all of them at once, or none
//! ```
//!
//! It orders; a [`Disk`] does. A crash between any two calls to the disk leaves a journal that the
//! next start reads, with everything that was synced before. After an error what the disk holds is
//! not known, so a keeper that reported one is not used again.

use super::{Damage, Journal, LedgerFull, Marks, RECORD_BYTES, Record, header};

/// Records written and synced together, at most.
pub const BATCH: usize = 16;

const ZEROS: [u8; 4096] = [0; 4096];

/// What keeps the journal's bytes: a file and, for a while, the one that will replace it.
pub trait Disk {
    /// Why something could not be done.
    type Error;

    /// Writes into the journal; past its end, it grows.
    ///
    /// # Errors
    ///
    /// What the disk says.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Sees that everything written is on the platter, in the file that the next start reads.
    ///
    /// # Errors
    ///
    /// What the disk says, or that another file stands in the journal's place.
    fn sync(&mut self) -> Result<(), Self::Error>;

    /// Writes into the new journal; at offset 0 it is begun afresh.
    ///
    /// # Errors
    ///
    /// What the disk says.
    fn write_new(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Sees that the new journal is on the platter.
    ///
    /// # Errors
    ///
    /// What the disk says.
    fn sync_new(&mut self) -> Result<(), Self::Error>;

    /// Gives up the new journal.
    fn discard_new(&mut self);

    /// Puts the new journal in the place of the old one, in one step and for good.
    ///
    /// # Errors
    ///
    /// What the disk says; then either may be there.
    fn replace(&mut self) -> Result<(), Self::Error>;
}

/// The journal of one state directory and the marks in it, at most `N`.
#[derive(Debug)]
pub struct Keeper<D, const N: usize> {
    disk: D,
    marks: Marks<N>,
    next_sequence: u64,
    /// Where the next record goes.
    end: u64,
    /// How many records a fresh journal has room for.
    room: u32,
    /// At which length to make a fresh one.
    compact_at: u64,
}

/// What a journal's bytes say.
#[derive(Clone, Debug)]
pub struct Recovered<const N: usize> {
    /// The marks.
    pub marks: Marks<N>,
    /// How many records there are.
    pub count: usize,
    /// The number of the next record.
    pub next_sequence: u64,
    /// Up to where the bytes are records.
    pub sound_bytes: usize,
    /// Whether a record behind them was being written when the power went.
    pub torn: bool,
}

/// Why a journal cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is damaged.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// It holds too much.
    #[error(transparent)]
    Full(#[from] LedgerFull),
}

/// Why records are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError<E> {
    /// The disk failed.
    #[error("{0}")]
    Disk(E),
    /// A record's number is not the next one.
    #[error("record {found} where {expected} was due")]
    Order {
        /// The number due.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// More than [`BATCH`] records at once.
    #[error("a batch of {0} records")]
    Batch(usize),
    /// There are too many watermarks.
    #[error(transparent)]
    Full(#[from] LedgerFull),
}

/// What came of compacting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compaction<E> {
    /// A fresh journal is in place.
    Done,
    /// A new one could not be written; the old one grows on.
    NoRoom(E),
}

impl<const N: usize> Recovered<N> {
    /// Reads a whole journal.
    ///
    /// # Errors
    ///
    /// [`Unreadable`]; then none of it counts.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut journal = Journal::open(bytes)?;
        let (mut marks, mut count, mut next_sequence) = (Marks::new(), 0_usize, 0);
        for record in journal.by_ref() {
            let record = record?;
            marks.apply(&record)?;
            next_sequence = record.sequence.saturating_add(1);
            count = count.saturating_add(1);
        }
        Ok(Self {
            marks,
            count,
            next_sequence,
            sound_bytes: journal.sound_bytes(),
            torn: journal.is_torn(),
        })
    }
}

impl<D: Disk, const N: usize> Keeper<D, N> {
    /// Goes on with the journal that `disk` holds and `recovered` was read from.
    ///
    /// What was read may be in memory alone, names of files included: after a sync that failed, a system
    /// counts as written what never was, and the next sync does nothing about it. So nothing is made of
    /// it before all of it stands in a fresh journal, synced and in place.
    ///
    /// # Errors
    ///
    /// What the disk says; the journal is then what it was, or the fresh one.
    pub fn open(disk: D, recovered: Recovered<N>, room: u32) -> Result<Self, D::Error> {
        Self::put(disk, recovered.marks, recovered.next_sequence, room)
    }

    /// Makes an empty journal.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn create(disk: D, room: u32) -> Result<Self, D::Error> {
        Self::create_with(disk, Marks::new(), room)
    }

    /// Makes a journal with these marks, whose records are numbered anew from zero.
    ///
    /// # Errors
    ///
    /// What the disk says; then it has either this journal or what was there before.
    pub fn create_with(disk: D, marks: Marks<N>, room: u32) -> Result<Self, D::Error> {
        let count = to_u64(marks.count());
        Self::put(disk, marks, count, room)
    }

    /// Puts a fresh journal with `marks` in place.
    fn put(disk: D, mut marks: Marks<N>, next_sequence: u64, room: u32) -> Result<Self, D::Error> {
        marks.renumber(next_sequence.saturating_sub(1));
        let mut keeper = Self {
            disk,
            marks,
            next_sequence,
            end: 0,
            room,
            compact_at: 0,
        };
        if let Err(error) = keeper.write_fresh() {
            keeper.disk.discard_new();
            return Err(error);
        }
        keeper.put_in_place()?;
        Ok(keeper)
    }

    /// The marks.
    #[must_use]
    pub const fn marks(&self) -> &Marks<N> {
        &self.marks
    }

    /// The number of the next record.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Where the bytes are.
    #[must_use]
    pub const fn disk(&self) -> &D {
        &self.disk
    }

    /// Keeps a batch of records: writes them in one go and syncs once. They are kept when this
    /// returns `Ok`, and not before.
    ///
    /// # Errors
    ///
    /// [`KeepError`]; then it is not known which of them will be found by the next start.
    pub fn append(&mut self, records: &[Record]) -> Result<(), KeepError<D::Error>> {
        if records.len() > BATCH {
            return Err(KeepError::Batch(records.len()));
        }
        let mut bytes = heapless::Vec::<u8, { BATCH * RECORD_BYTES }>::new();
        let mut due = self.next_sequence;
        for (position, record) in (0..).zip(records) {
            if record.sequence != due {
                return Err(KeepError::Order {
                    expected: due,
                    found: record.sequence,
                });
            }
            due = due.saturating_add(1);
            // There is room, as was just seen.
            let _ = bytes.extend_from_slice(&record.emit(position));
        }
        self.disk.write(self.end, &bytes).map_err(KeepError::Disk)?;
        self.disk.sync().map_err(KeepError::Disk)?;
        self.next_sequence = due;
        self.end = self.end.saturating_add(to_u64(bytes.len()));
        for record in records {
            self.marks.apply(record)?;
        }
        Ok(())
    }

    /// Keeps one mark that an operator sets.
    ///
    /// # Errors
    ///
    /// As for [`Keeper::append`].
    pub fn set(&mut self, mut record: Record) -> Result<(), KeepError<D::Error>> {
        if self.marks.of(&record.watermark).is_none() && self.marks.count() >= N {
            return Err(LedgerFull { capacity: N }.into());
        }
        record.sequence = self.next_sequence;
        self.append(&[record])
    }

    /// Keeps any number of records at once, numbered here, in a fresh journal: after a power cut the
    /// next start finds either all of them or none.
    ///
    /// # Errors
    ///
    /// [`KeepError`]; with [`KeepError::Full`] nothing was written.
    pub fn keep_all(&mut self, records: &[Record]) -> Result<(), KeepError<D::Error>> {
        let mut marks = self.marks.clone();
        let mut next = self.next_sequence;
        for record in records {
            marks.apply(&Record {
                sequence: next,
                ..*record
            })?;
            next = next.saturating_add(1);
        }
        marks.renumber(next.saturating_sub(1));
        let before = core::mem::replace(&mut self.marks, marks);
        if let Err(error) = self.write_fresh() {
            self.marks = before;
            self.disk.discard_new();
            return Err(KeepError::Disk(error));
        }
        self.next_sequence = next;
        self.put_in_place().map_err(KeepError::Disk)
    }

    /// Whether it is time to compact.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.end >= self.compact_at
    }

    /// Whether it is high time, so that records that wait must wait a little longer.
    #[must_use]
    pub fn is_overfull(&self) -> bool {
        self.end >= self.compact_at.saturating_add(self.room_bytes())
    }

    /// Replaces the journal by one with a single record for each watermark.
    ///
    /// # Errors
    ///
    /// What the disk says when the old one may be gone already. When a new one could not even be
    /// written, the old one goes on, which is [`Compaction::NoRoom`].
    pub fn compact(&mut self) -> Result<Compaction<D::Error>, D::Error> {
        let last = self.next_sequence.saturating_sub(1);
        self.marks.renumber(last);
        self.compact_at = self.end.saturating_add(self.room_bytes());
        if let Err(error) = self.write_fresh() {
            self.disk.discard_new();
            return Ok(Compaction::NoRoom(error));
        }
        self.put_in_place()?;
        Ok(Compaction::Done)
    }

    fn write_fresh(&mut self) -> Result<(), D::Error> {
        let count = to_u64(self.marks.count());
        self.disk.write_new(0, &header(count, self.fresh_size()))?;
        for (at, record) in self.marks.iter().enumerate() {
            self.disk.write_new(place(at), &record.emit(0))?;
        }
        let end = place(self.marks.count());
        let size = self.fresh_size();
        let disk = &mut self.disk;
        zeros(end, size, |offset, bytes| disk.write_new(offset, bytes))?;
        self.disk.sync_new()
    }

    fn put_in_place(&mut self) -> Result<(), D::Error> {
        self.disk.replace()?;
        self.end = place(self.marks.count());
        self.compact_at = self.fresh_size();
        Ok(())
    }

    /// The length of a journal just compacted.
    fn fresh_size(&self) -> u64 {
        place(self.marks.count()).saturating_add(self.room_bytes())
    }

    fn room_bytes(&self) -> u64 {
        u64::from(self.room).saturating_mul(PLACE)
    }
}

const PLACE: u64 = RECORD_BYTES as u64;

/// Where the record number `at` of a file begins.
fn place(at: usize) -> u64 {
    PLACE.saturating_add(PLACE.saturating_mul(to_u64(at)))
}

/// Writes zeros from `start` to `end`.
fn zeros<E>(
    start: u64,
    end: u64,
    mut write: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut offset = start;
    while offset < end {
        let left = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let bytes = ZEROS.get(..left).unwrap_or(&ZEROS);
        write(offset, bytes)?;
        offset = offset.saturating_add(to_u64(bytes.len()));
    }
    Ok(())
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
