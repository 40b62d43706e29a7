//! The journal of marks on the disk: read whole at start, then only appended to and synced.
//!
//! ```text
//! start   read -> check -> marks -> (rewrite if torn or grown) -> ledger
//! run     record -> append -> fdatasync -> "stored"
//! ```
//!
//! A thread of its own does the appending, so that nothing waits for the disk but the signatures in
//! question. Records that arrive while a sync is under way are synced together by the next one. A
//! write or sync that fails is not tried again: what the disk holds is then not known, so the
//! journal says so once and ends, and the signer refuses consensus messages until it is restarted
//! and has read the disk.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::Receiver;

use anyhow::{Context as _, Result, bail};
use smol::channel::Sender;
use tezio_core::watermark::{self, HEADER, Ledger, Mark, RECORD_BYTES, Record, Watermark};

use crate::state::{StateDirectory, create_private};

/// A journal of this size is rewritten with one record for each watermark, in bytes.
const REWRITE_AT: u64 = 1 << 20;

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
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let Contents {
            latest,
            count,
            torn,
        } = read(&bytes).with_context(|| damage_advice(&path))?;
        if torn {
            tracing::warn!(
                path = %path.display(),
                "the last record was cut short by a crash; its signature was never released"
            );
        }
        let mut journal = Self::new(directory, latest)?;
        if torn || count > journal.latest.len() {
            journal.rewrite().context("cannot rewrite the marks")?;
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
        let mut file = create_private(&path)?;
        file.write_all(HEADER)?;
        file.sync_all()?;
        directory.sync()?;
        Self::new(directory, BTreeMap::new())
    }

    fn new(directory: StateDirectory, latest: BTreeMap<Watermark, Record>) -> Result<Self> {
        let path = directory.journal();
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        let last = latest.values().map(|record| record.sequence).max();
        Ok(Self {
            bytes: file.metadata()?.len(),
            directory,
            file,
            next_sequence: last.map_or(0, |last| last + 1),
            latest,
        })
    }

    /// The marks, in the order of chain, key and kind.
    pub(crate) fn marks(&self) -> impl Iterator<Item = (&Watermark, &Record)> {
        self.latest.iter()
    }

    /// Raises marks that an operator sets. Those that are not above what is known change nothing;
    /// how many did is returned.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn raise(&mut self, marks: &[(Watermark, Mark)]) -> Result<usize> {
        let mut raised = 0;
        for (watermark, mark) in marks {
            let known = self.latest.get(watermark).map(|record| record.mark);
            if known.is_none_or(|known| known < *mark) {
                let record = Record {
                    sequence: self.next_sequence,
                    watermark: *watermark,
                    mark: *mark,
                    released: None,
                };
                self.append(&[record])?;
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
        Ok(ledger)
    }

    /// Stores records as they come, until no more can come or the disk fails.
    pub(crate) fn run(mut self, records: &Receiver<Record>, reports: &Sender<Report>) {
        while let Ok(first) = records.recv() {
            let batch = core::iter::once(first)
                .chain(records.try_iter())
                .collect::<Vec<_>>();
            let report = match self.append(&batch) {
                Ok(()) => Report::Stored(self.next_sequence - 1),
                Err(error) => Report::Failed(error),
            };
            let failed = matches!(report, Report::Failed(_));
            if reports.send_blocking(report).is_err() || failed {
                return;
            }
        }
    }

    /// Writes records behind the others and syncs them, in one go.
    fn append(&mut self, records: &[Record]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(records.len() * RECORD_BYTES);
        for record in records {
            if record.sequence != self.next_sequence {
                return Err(io::Error::other("records out of order"));
            }
            bytes.extend_from_slice(&record.emit());
            self.next_sequence += 1;
            self.remember(*record);
        }
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.bytes += bytes.len() as u64;
        if self.bytes > REWRITE_AT {
            self.rewrite()?;
        }
        Ok(())
    }

    fn remember(&mut self, record: Record) {
        keep_higher(&mut self.latest, record);
    }

    /// Replaces the journal by one with a single record for each watermark. A crash at any moment
    /// leaves either the old one or the new one.
    fn rewrite(&mut self) -> io::Result<()> {
        let count = self.latest.len() as u64;
        let first = self.next_sequence.saturating_sub(count);
        for (sequence, record) in (first..).zip(self.latest.values_mut()) {
            record.sequence = sequence;
        }
        let path = self.directory.journal();
        let new = path.with_extension("journal.new");
        self.write_new(&new)?;
        std::fs::rename(&new, &path)?;
        self.directory.sync()?;
        self.file = OpenOptions::new().append(true).open(&path)?;
        self.bytes = self.file.metadata()?.len();
        Ok(())
    }

    fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut file = create_private(path)?;
        let mut bytes = HEADER.to_vec();
        for record in self.latest.values() {
            bytes.extend_from_slice(&record.emit());
        }
        file.write_all(&bytes)?;
        file.sync_all()
    }
}

/// What a journal's bytes hold.
struct Contents {
    latest: BTreeMap<Watermark, Record>,
    count: usize,
    torn: bool,
}

fn read(bytes: &[u8]) -> Result<Contents> {
    let mut journal = watermark::Journal::open(bytes)?;
    let (mut latest, mut count) = (BTreeMap::new(), 0);
    for record in journal.by_ref() {
        keep_higher(&mut latest, record?);
        count += 1;
    }
    let torn = journal.is_torn();
    if latest.len() > crate::driver::MARKS {
        bail!("more than {} high watermarks", crate::driver::MARKS);
    }
    Ok(Contents {
        latest,
        count,
        torn,
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
         have a sound copy, put it back. Otherwise set high_water_marks in the configuration above \
         everything that may have been signed, move the file away, and run: tezio-signer \
         watermarks init --config FILE",
        path = path.display()
    )
}
