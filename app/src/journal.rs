//! The journal of marks on the disk: read whole at start, then only appended to and synced.
//!
//! ```text
//! start   read -> check -> marks -> (rewrite if torn or grown) -> ledger
//! run     record -> append -> fdatasync -> still the same file? -> "stored" -> (rewrite if grown)
//! ```
//!
//! A thread of its own does the appending, so that nothing waits for the disk but the signatures in
//! question. One record is written and synced at a time, so a power cut tears one at most. A write or
//! sync that fails is not tried again: what the disk holds is then not known, so the journal says so
//! once and ends, and the signer refuses consensus messages until it is restarted and has read the
//! disk.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::mpsc::Receiver;

use anyhow::{Context as _, Result, ensure};
use smol::channel::Sender;
use tezio_core::watermark::{self, HEADER, Ledger, Mark, RECORD_BYTES, Record, Watermark};

use crate::driver::MARKS;
use crate::state::{StateDirectory, create_new_private, create_private};

/// A journal is rewritten with one record for each watermark when it has grown by so many bytes.
const GROWTH: u64 = 1 << 20;

/// What the journal's thread reports.
#[derive(Debug)]
pub(crate) enum Report {
    /// Everything up to this sequence number is on the disk.
    Stored(u64),
    /// The disk failed.
    Failed(io::Error),
}

/// The journal of one state directory, and the marks in it.
#[derive(Debug)]
pub(crate) struct Journal {
    directory: StateDirectory,
    file: File,
    bytes: u64,
    rewrite_at: u64,
    latest: BTreeMap<Watermark, Record>,
    next_sequence: u64,
}

impl Journal {
    /// Reads the journal of a directory.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged or cannot be read.
    pub(crate) fn open(directory: StateDirectory) -> Result<Self> {
        let path = directory.journal();
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let contents = read(&bytes).with_context(|| damage_advice(path))?;
        ensure!(
            contents.latest.len() <= MARKS,
            "{} holds more than {MARKS} high watermarks",
            path.display()
        );
        let grown = contents.count > contents.latest.len();
        let mut journal = Self::new(directory, contents)?;
        if grown {
            journal.rewrite().context("cannot replace the journal")?;
        }
        Ok(journal)
    }

    /// Makes an empty journal in a directory that has none.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn create(directory: StateDirectory) -> Result<Self> {
        let path = directory.journal();
        let mut file =
            create_new_private(path).with_context(|| format!("cannot make {}", path.display()))?;
        file.write_all(HEADER)?;
        file.sync_all()?;
        directory.sync()?;
        Self::new(directory, read(HEADER)?)
    }

    /// Goes on behind what was read; a torn record is cut off first.
    fn new(directory: StateDirectory, contents: Contents) -> Result<Self> {
        let path = directory.journal();
        let file =
            open_to_append(path).with_context(|| format!("cannot write {}", path.display()))?;
        if file.metadata()?.len() != contents.sound_bytes {
            tracing::warn!(
                path = %path.display(),
                "the last record was cut short by a crash; its signature was never released"
            );
            file.set_len(contents.sound_bytes)?;
        }
        // What was read may be in memory alone, when the last sync failed or never came.
        file.sync_all()?;
        Ok(Self {
            bytes: contents.sound_bytes,
            rewrite_at: contents.sound_bytes + GROWTH,
            directory,
            file,
            next_sequence: contents.next_sequence,
            latest: contents.latest,
        })
    }

    /// The directory it is in.
    pub(crate) const fn directory(&self) -> &StateDirectory {
        &self.directory
    }

    /// The marks, in the order of chain, key and kind.
    pub(crate) fn marks(&self) -> impl Iterator<Item = (&Watermark, &Record)> {
        self.latest.iter()
    }

    /// Whether there is a mark.
    pub(crate) fn knows(&self, watermark: &Watermark) -> bool {
        self.latest.contains_key(watermark)
    }

    /// Raises marks, or makes them, as an operator sets them. Those that are not above what is known
    /// change nothing; how many did is returned.
    ///
    /// # Errors
    ///
    /// When there would be too many, or what the disk says.
    pub(crate) fn raise(&mut self, marks: &[(Watermark, Mark)]) -> Result<usize> {
        let new = marks.iter().filter(|(watermark, _)| !self.knows(watermark));
        let new = new
            .map(|(watermark, _)| watermark)
            .collect::<std::collections::BTreeSet<_>>();
        ensure!(
            self.latest.len() + new.len() <= MARKS,
            "more than {MARKS} high watermarks: every key takes three for each chain"
        );
        let mut raised = 0;
        for (watermark, mark) in marks {
            let known = self.latest.get(watermark).map(|record| record.mark);
            if known.is_none_or(|known| known < *mark) {
                self.append(Record {
                    sequence: self.next_sequence,
                    watermark: *watermark,
                    mark: *mark,
                    released: None,
                })?;
                raised += 1;
            }
        }
        Ok(raised)
    }

    /// A ledger with all the marks.
    ///
    /// # Errors
    ///
    /// When there are more than it has room for.
    pub(crate) fn ledger<const N: usize>(&self) -> Result<Ledger<N>> {
        let mut ledger = Ledger::new();
        for record in self.latest.values() {
            ledger.restore(record)?;
        }
        ledger.continue_at(self.next_sequence);
        Ok(ledger)
    }

    /// Stores records as they come, until no more can come or the disk fails.
    pub(crate) fn run(&mut self, records: &Receiver<Record>, reports: &Sender<Report>) {
        while let Ok(record) = records.recv() {
            let outcome = self.append(record).and_then(|()| self.check_place());
            let report = match outcome {
                Ok(()) => Report::Stored(record.sequence),
                Err(error) => Report::Failed(error),
            };
            let failed = matches!(report, Report::Failed(_));
            if reports.send_blocking(report).is_err() || failed {
                return;
            }
            if self.bytes >= self.rewrite_at
                && let Err(error) = self.rewrite()
            {
                return drop(reports.send_blocking(Report::Failed(error)));
            }
        }
    }

    /// Writes a record behind the others and syncs it.
    fn append(&mut self, record: Record) -> io::Result<()> {
        if record.sequence != self.next_sequence {
            return Err(io::Error::other("records out of order"));
        }
        let bytes = record.emit();
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.next_sequence += 1;
        self.bytes += RECORD_BYTES as u64;
        keep_higher(&mut self.latest, record);
        Ok(())
    }

    /// Whether what was written is what the next start will read: nobody has put another file in
    /// the journal's place.
    fn check_place(&self) -> io::Result<()> {
        let (held, found) = (
            self.file.metadata()?,
            std::fs::metadata(self.directory.journal())?,
        );
        let same = (held.dev(), held.ino()) == (found.dev(), found.ino());
        if same && held.len() == self.bytes {
            Ok(())
        } else {
            Err(io::Error::other(
                "the journal was replaced or changed by another program",
            ))
        }
    }

    /// Replaces the journal by one with a single record for each watermark. A crash at any moment
    /// leaves either the old one or the new one. Where there is no room for a new one, the old one
    /// goes on growing.
    ///
    /// An error is the end of this journal: which of the two the next start will find is not known.
    fn rewrite(&mut self) -> io::Result<()> {
        self.rewrite_at = self.bytes + GROWTH;
        let path = self.directory.journal();
        let new = path.with_extension("journal.new");
        let latest = self.renumbered();
        let file = match write_new(&new, latest.values()) {
            Ok(file) => file,
            Err(error) => {
                // What there is of it would only take up room.
                let _ = std::fs::remove_file(&new);
                tracing::warn!(%error, "no new journal could be written; the old one grows on");
                return Ok(());
            }
        };
        std::fs::rename(&new, path)?;
        self.directory.sync()?;
        self.bytes = file.metadata()?.len();
        self.rewrite_at = self.bytes + GROWTH;
        (self.file, self.latest) = (file, latest);
        Ok(())
    }

    /// The marks with numbers that end where the journal's do.
    fn renumbered(&self) -> BTreeMap<Watermark, Record> {
        let mut latest = self.latest.clone();
        let first = self.next_sequence.saturating_sub(latest.len() as u64);
        for (sequence, record) in (first..).zip(latest.values_mut()) {
            record.sequence = sequence;
        }
        latest
    }
}

fn open_to_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

/// Writes a whole journal, and opens it to be appended to.
fn write_new<'a>(path: &Path, records: impl Iterator<Item = &'a Record>) -> io::Result<File> {
    let mut bytes = HEADER.to_vec();
    for record in records {
        bytes.extend_from_slice(&record.emit());
    }
    let mut file = create_private(path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    open_to_append(path)
}

/// What a journal's bytes hold.
struct Contents {
    latest: BTreeMap<Watermark, Record>,
    count: usize,
    next_sequence: u64,
    /// Up to where there is nothing torn.
    sound_bytes: u64,
}

fn read(bytes: &[u8]) -> Result<Contents> {
    let mut journal = watermark::Journal::open(bytes)?;
    let (mut latest, mut count, mut next_sequence) = (BTreeMap::new(), 0, 0);
    for record in journal.by_ref() {
        let record = record?;
        next_sequence = record.sequence + 1;
        keep_higher(&mut latest, record);
        count += 1;
    }
    Ok(Contents {
        latest,
        count,
        next_sequence,
        sound_bytes: journal.sound_bytes() as u64,
    })
}

/// Marks only rise, on the way from the disk as well.
fn keep_higher(latest: &mut BTreeMap<Watermark, Record>, record: Record) {
    let kept = latest.entry(record.watermark).or_insert(record);
    if record.mark >= kept.mark && (record.released.is_some() || record.mark > kept.mark) {
        *kept = record;
    }
}

fn damage_advice(path: &Path) -> String {
    format!(
        "{path} is damaged, and the marks in it are not known: nothing is signed from it. If you \
         have a sound copy that is not older, put it back. Otherwise set high_water_marks in the \
         configuration above everything that may have been signed, move the file away, and run: \
         tezio-signer watermarks init --config FILE",
        path = path.display()
    )
}
