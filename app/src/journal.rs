//! The journal of marks: opened at start, then appended to by a thread of its own.
//!
//! ```text
//! start   read -> recover -> marks -> written anew, synced, in place -> ledger
//! run     records that wait -> one write, one sync -> "stored" -> (compact when full)
//! ```
//!
//! What goes where is the core's to say ([`Keeper`]); here are the files and the thread, so that
//! nothing waits for the disk but the signatures in question. A write or sync that fails is not tried
//! again: what the disk holds is then not known, so the journal says so once and ends, and the signer
//! refuses consensus messages until it is restarted and has read the disk.

mod disk;
mod edit;
mod look;
mod mend;

use std::io;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use smol::channel::Sender;
use tezio_core::watermark::{
    BATCH, Compaction, Damage, KeepError, Keeper, Ledger, Record, Recovered, Unreadable, Watermark,
};

use crate::metrics::JournalMetrics;
use crate::signer::MARKS;
use crate::state::StateDirectory;
use disk::Files;

pub(crate) use look::{look, read};
pub(crate) use mend::Damaged;

/// Room for records in a fresh journal: a quarter of a mebibyte, some hundred minutes of a key that
/// signs every block of six seconds, a vote before it and another behind it.
const ROOM: u32 = 1_024;

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
pub(crate) struct Journal(Keeper<Files, MARKS>);

impl Journal {
    /// Reads the journal of a directory.
    ///
    /// # Errors
    ///
    /// When it is missing, damaged or cannot be read.
    pub(crate) fn open(directory: StateDirectory) -> Result<Self> {
        let path = directory.journal().to_owned();
        let (files, bytes) = Files::open(directory)?;
        let recovered = recover(&path, &bytes)?;
        if recovered.torn {
            tracing::warn!(
                path = %path.display(),
                "the last record was cut short by a crash, before its signature could be released"
            );
        }
        Keeper::open(files, recovered, ROOM)
            .map(Self)
            .with_context(|| format!("cannot write {} anew, as every start does", path.display()))
    }

    /// Makes an empty journal in a directory that has none.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn create(directory: StateDirectory) -> Result<Self> {
        let path = directory.journal().to_owned();
        ensure!(
            !directory.has_journal()?,
            "{} is there already",
            path.display()
        );
        Keeper::create(Files::none(directory), ROOM)
            .map(Self)
            .with_context(|| format!("cannot make {}", path.display()))
    }

    /// The directory it is in.
    pub(crate) const fn directory(&self) -> &StateDirectory {
        self.0.disk().directory()
    }

    /// The marks, in the order of chain, key and kind.
    pub(crate) fn marks(&self) -> Vec<Record> {
        sorted(self.0.marks())
    }

    /// The record of a watermark.
    pub(crate) fn of(&self, watermark: &Watermark) -> Option<&Record> {
        self.0.marks().of(watermark)
    }

    /// A ledger with all the marks.
    pub(crate) fn ledger(&self) -> Ledger<MARKS> {
        Ledger::new(self.0.marks().clone(), self.0.next_sequence())
    }

    /// Stores records as they come, until no more can come or the disk fails. Those that have come
    /// while others were being stored are stored together.
    pub(crate) fn run(
        &mut self,
        records: &Receiver<Record>,
        reports: &Sender<Report>,
        metrics: &JournalMetrics,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut next = None;
        while let Some(first) = next.take().or_else(|| records.recv().ok()) {
            batch.clear();
            batch.push(first);
            batch.extend(records.try_iter().take(BATCH - 1));
            let begun = Instant::now();
            let report = match self.store(&batch) {
                Ok(last) => Report::Stored(last),
                Err(error) => Report::Failed(error),
            };
            let took = begun.elapsed();
            let failed = matches!(report, Report::Failed(_));
            if reports.send_blocking(report).is_err() || failed {
                return;
            }
            metrics.stored(took, batch.len());
            if self.0.is_full() {
                // A signature that waits goes first, within reason.
                next = records.try_recv().ok();
                if next.is_none() || self.0.is_overfull() {
                    let begun = Instant::now();
                    if let Err(error) = compact(&mut self.0) {
                        return drop(reports.send_blocking(Report::Failed(error)));
                    }
                    metrics.compacted(begun.elapsed());
                }
            }
        }
    }

    /// Keeps records, and says which is the last that is kept now.
    fn store(&mut self, batch: &[Record]) -> io::Result<u64> {
        self.0.append(batch).map_err(disk_error)?;
        Ok(self.0.next_sequence().saturating_sub(1))
    }
}

fn recover(path: &Path, bytes: &[u8]) -> Result<Recovered<MARKS>> {
    Recovered::read(bytes).map_err(|fault| {
        let advice = advice(path, &fault);
        anyhow::Error::new(fault).context(advice)
    })
}

fn disk_error(error: KeepError<io::Error>) -> io::Error {
    match error {
        KeepError::Disk(error) => error,
        other @ (KeepError::Order { .. } | KeepError::Batch(_) | KeepError::Full(_)) => {
            io::Error::other(other.to_string())
        }
    }
}

fn sorted<'a>(marks: impl IntoIterator<Item = &'a Record>) -> Vec<Record> {
    let mut records: Vec<Record> = marks.into_iter().copied().collect();
    records.sort_unstable_by_key(|record| record.watermark);
    records
}

fn compact(keeper: &mut Keeper<Files, MARKS>) -> io::Result<()> {
    if let Compaction::NoRoom(error) = keeper.compact()? {
        tracing::warn!(%error, "no new journal could be written; the old one grows on");
    }
    Ok(())
}

/// What to do where there are no marks.
pub(crate) const NONE_YET: &str =
    "watermarks init makes marks, watermarks import takes over those of another signer";

/// What to do about a journal that cannot be read.
pub(crate) fn advice(path: &Path, fault: &Unreadable) -> String {
    let shown = path.display();
    match fault {
        Unreadable::Damaged(Damage::Version) => format!(
            "{shown} was written by another version of tezio-signer: run that one. If none has ever \
             run here the file is damaged: tezio-signer watermarks mend --config FILE --level N, \
             where N is a level above which nothing has been signed yet"
        ),
        Unreadable::Damaged(_) => format!(
            "{shown} is damaged, and the marks in it are not known: nothing is signed from it. If \
             you have a sound copy that is not older, put it back. Otherwise say above which level \
             nothing has been signed yet, the chain's head for example: \
             tezio-signer watermarks mend --config FILE --level N"
        ),
        Unreadable::Full(_) => format!("{shown} holds more than this version can"),
    }
}
