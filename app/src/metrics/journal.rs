//! The journal, as its own thread sees it: what writing and syncing take, without the way there and back.

use core::time::Duration;

use anyhow::Result;
use prometheus::Histogram;
use tezio_core::watermark::BATCH;

use super::family::Families;

/// From a disk with a battery to one that stalls.
const SECONDS: [f64; 12] = [
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0,
];

/// Up to [`BATCH`].
const RECORDS: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

const _: () = assert!(BATCH == 16, "the last bucket is the largest batch");

/// What counts in the journal's thread.
#[derive(Clone, Debug)]
pub(crate) struct JournalMetrics {
    sync: Histogram,
    records: Histogram,
    compaction: Histogram,
}

impl JournalMetrics {
    pub(super) fn new(families: &Families<'_>) -> Result<Self> {
        Ok(Self {
            sync: families.histogram(
                "tezio_journal_sync_seconds",
                "What it took to write and sync a batch of records",
                &SECONDS,
            )?,
            records: families.histogram(
                "tezio_journal_batch_records",
                "Records that were written and synced together",
                &RECORDS,
            )?,
            compaction: families.histogram(
                "tezio_journal_compaction_seconds",
                "What it took to write the journal anew, during which no record is stored",
                &SECONDS,
            )?,
        })
    }

    /// So many records were stored together.
    pub(crate) fn stored(&self, took: Duration, records: usize) {
        self.sync.observe(took.as_secs_f64());
        let records = u32::try_from(records).unwrap_or(u32::MAX);
        self.records.observe(records.into());
    }

    /// The journal was written anew.
    pub(crate) fn compacted(&self, took: Duration) {
        self.compaction.observe(took.as_secs_f64());
    }
}
