//! The log on the disk: entries are put behind one another, in files that follow one another.
//!
//! ```text
//! notes -> sealed lines -> written -> (a moment later) synced -> (file full) next file, oldest gone
//! ```
//!
//! Written bytes outlast the process, synced ones a power cut. What is not synced is kept in memory and
//! written once more when the disk failed: a sync that failed says nothing of what is there. A file that
//! somebody else has touched is left as it is, and the next one says so. A reserve of the disk is left
//! to the marks: the oldest files go for it, and then nothing more is written.

mod end;
mod room;

use core::time::Duration;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::{Instant, SystemTime};

use super::chain::{Hash, seal};
use super::entry::{self, Event, Note};
use super::folder::Folder;
use super::written::Position;
use crate::config::AuditBounds;
use end::End;
use room::Room;

/// How long to wait before another attempt at a next file.
const AGAIN: Duration = Duration::from_secs(1);

/// The end of the chain, with the file that it is in.
#[derive(Debug)]
pub(super) struct Log {
    folder: Folder,
    bounds: AuditBounds,
    /// The number of the file.
    number: u64,
    file: File,
    /// How much of it is on the disk for good.
    synced: u64,
    /// Lines behind that.
    pending: Vec<u8>,
    /// How much of them was written.
    written: usize,
    /// A write failed half-way, so the file may have more than was counted.
    ragged: bool,
    /// The first file to be kept, where older ones are still there.
    oldest: Option<u64>,
    /// When a next file could not be made last; that was said.
    stuck: Option<Instant>,
    last: u64,
    hash: Hash,
    start: u32,
}

impl Log {
    /// Opens the log, or begins one. What a crash left of a last line is dropped, and said; `begun` is the
    /// time of whatever is said, for notes may have waited since.
    ///
    /// # Errors
    ///
    /// What the disk says, or who else could write there.
    pub(super) fn open(folder: Folder, bounds: AuditBounds, begun: SystemTime) -> io::Result<Self> {
        folder.prepare()?;
        let mut numbers = folder.numbers()?;
        let Some(number) = numbers.pop() else {
            return Self::begin(folder, bounds, begun);
        };
        let file = folder.append(number)?;
        let mut end = End::of(&file, number, None)?;
        if end.sound == 0
            && let Some(before) = numbers.pop()
        {
            // The crash came while it was being made, or its begin is lost: what counts is the file before.
            let before = End::of(&folder.read(before)?, before, None)?;
            end = End {
                start: before.start,
                ..End::of(&file, number, Some(before.place))?
            };
        }
        let mut log = Self {
            synced: end.sound,
            last: end.place.number,
            hash: end.place.hash.unwrap_or(Hash::NONE),
            start: end.start,
            ..Self::on(folder, bounds, number, file)
        };
        log.go_on(end, begun)?;
        Ok(log)
    }

    fn begin(folder: Folder, bounds: AuditBounds, begun: SystemTime) -> io::Result<Self> {
        let file = folder.create(1)?;
        let mut log = Self::on(folder, bounds, 1, file);
        log.head(1, begun);
        Ok(log)
    }

    const fn on(folder: Folder, bounds: AuditBounds, number: u64, file: File) -> Self {
        Self {
            folder,
            bounds,
            number,
            file,
            synced: 0,
            pending: Vec::new(),
            written: 0,
            ragged: false,
            oldest: None,
            stuck: None,
            last: 0,
            hash: Hash::NONE,
            start: 0,
        }
    }

    /// Makes the end of the log ready for more.
    fn go_on(&mut self, end: End, at: SystemTime) -> io::Result<()> {
        if let Some((Position { line, offset }, fault)) = end.fault {
            let file = Folder::name(self.number);
            let why = format!("{file}, line {line}, byte {offset}: {fault}");
            tracing::error!(
                why,
                "the audit log was changed or is damaged: it is left as it is, and goes on in a new \
                 file. tezio-signer audit verify says more"
            );
            self.next_file(at)?;
            let event = Event::Disturbed { why };
            self.seal(&Note { at, event });
            return Ok(());
        }
        if end.torn > 0 {
            self.file.set_len(end.sound)?;
        }
        if end.sound == 0 {
            self.head(self.first_kept()?, at);
        }
        if end.torn > 0 {
            let event = Event::Recovered {
                torn_bytes: end.torn,
            };
            self.seal(&Note { at, event });
        }
        Ok(())
    }

    /// Writes again what is not known to be on the disk, and syncs it.
    ///
    /// # Errors
    ///
    /// What the disk says; it is kept to be tried once more.
    pub(super) fn write_again(&mut self) -> io::Result<()> {
        self.written = 0;
        self.sync()
    }

    /// How many entries are not known to be on the disk.
    pub(super) fn unsynced(&self) -> usize {
        self.pending.split_inclusive(|byte| *byte == b'\n').count()
    }

    /// Syncs what was written; then files go that are too old.
    ///
    /// # Errors
    ///
    /// What the disk says; what is not on the disk is kept for [`Log::write_again`].
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.put()?;
        if let Err(error) = self.file.sync_data() {
            (self.written, self.ragged) = (0, true);
            return Err(error);
        }
        self.synced += self.pending.len() as u64;
        self.pending.clear();
        self.written = 0;
        self.remove_old();
        Ok(())
    }

    /// Sees that the file is ours still, and that it and the disk have room, before more is put into it.
    ///
    /// # Errors
    ///
    /// What the disk says, or that no more is free than what is left to the marks.
    pub(super) fn make_place(&mut self) -> io::Result<()> {
        let length = self.synced + self.written as u64;
        let expected = (!self.ragged).then_some(length);
        let disturbance = self.folder.disturbance(self.number, &self.file, expected);
        if let Some(why) = disturbance {
            let file = Folder::name(self.number);
            tracing::error!(file, why, "the audit log was touched by another program");
            self.next_file(SystemTime::now())?;
            let why = format!("{file}: {why}");
            self.seal(&now(Event::Disturbed { why }));
        } else if length >= self.bounds.bytes && !self.is_stuck() {
            self.rotate()?;
        }
        self.leave_room()
    }

    /// Lets the oldest files go when the disk has too little room for the marks.
    fn leave_room(&mut self) -> io::Result<()> {
        let Some(room) = Room::of(&self.file) else {
            return Ok(());
        };
        let Some(lacks) = room.lacks() else {
            return Ok(());
        };
        let Some(oldest) = self.oldest_without(lacks)? else {
            return Err(room.too_little());
        };
        let why = room.too_little().to_string();
        tracing::warn!(
            why,
            "files of the audit log before {} go, so that the signer has room",
            Folder::name(oldest)
        );
        self.seal(&now(Event::MadeRoom { oldest, why }));
        self.oldest = Some(oldest);
        self.sync().or_else(|_| {
            // There was no room for that either: what goes makes it.
            self.remove_old();
            self.sync()
        })
    }

    /// The first file to be kept when those before it shall give so many bytes, or all that there are;
    /// `None` without any.
    fn oldest_without(&self, bytes: u64) -> io::Result<Option<u64>> {
        let mut gone = 0;
        let mut oldest = None;
        for number in self.folder.numbers()? {
            if oldest.is_some() {
                oldest = Some(number);
            }
            if gone >= bytes || number >= self.number {
                break;
            }
            gone += self.folder.length(number)?;
            oldest = Some(self.number);
        }
        Ok(oldest)
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.sync()?;
        let next = self.next_file(SystemTime::now());
        if let Err(error) = &next
            && self.stuck.is_none()
        {
            tracing::warn!(%error, "the audit log's next file cannot be made: the last one grows on");
        }
        self.stuck = next.is_err().then(Instant::now);
        Ok(())
    }

    /// Whether a next file could not be made just now.
    fn is_stuck(&self) -> bool {
        self.stuck.is_some_and(|since| since.elapsed() < AGAIN)
    }

    /// Makes the next file; the old one is left as it is.
    fn next_file(&mut self, at: SystemTime) -> io::Result<()> {
        self.folder.prepare()?;
        let last = self.folder.numbers()?.last().copied();
        let number = last.unwrap_or(0).max(self.number) + 1;
        let (file, oldest) = (self.folder.create(number)?, self.first_kept()?);
        (self.number, self.file) = (number, file);
        (self.synced, self.written, self.ragged) = (0, 0, false);
        self.pending.clear();
        self.oldest = Some(oldest);
        self.head(oldest, at);
        Ok(())
    }

    /// The first of the files that are to be kept.
    fn first_kept(&self) -> io::Result<u64> {
        let numbers = self.folder.numbers()?;
        let first = numbers.len().saturating_sub(self.bounds.files);
        Ok(numbers.get(first).copied().unwrap_or(self.number))
    }

    /// Begins the file.
    fn head(&mut self, oldest: u64, at: SystemTime) {
        let head = entry::File::new(self.number, oldest, self.start, self.hash);
        let event = Event::File(head);
        self.seal(&Note { at, event });
    }

    /// Puts an entry behind the last one, in memory.
    pub(super) fn seal(&mut self, note: &Note) {
        if let Event::Started(started) = &note.event {
            self.start = started.start;
        }
        self.last = self.last.saturating_add(1);
        let (line, hash) = seal(self.hash, &entry::object(self.last, note));
        self.hash = hash;
        self.pending.extend_from_slice(line.as_bytes());
    }

    /// Writes what was not written yet.
    ///
    /// # Errors
    ///
    /// What the disk says; it is kept for [`Log::write_again`].
    pub(super) fn put(&mut self) -> io::Result<()> {
        let rest = &self.pending[self.written..];
        if !rest.is_empty() {
            let offset = self.synced + self.written as u64;
            self.ragged = true;
            self.file.write_all_at(rest, offset)?;
            self.ragged = false;
            self.written = self.pending.len();
        }
        Ok(())
    }

    fn remove_old(&mut self) {
        let Some(oldest) = self.oldest.take() else {
            return;
        };
        let old = self.folder.numbers().unwrap_or_default();
        for number in old.into_iter().filter(|number| *number < oldest) {
            if let Err(error) = self.folder.remove(number) {
                let file = Folder::name(number);
                tracing::warn!(file, %error, "an old file of the audit log cannot be removed");
            }
        }
    }
}

fn now(event: Event) -> Note {
    let at = SystemTime::now();
    Note { at, event }
}
