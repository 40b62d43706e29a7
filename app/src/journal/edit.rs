//! The marks in an operator's hands: what commands write into a journal while no daemon does.
//!
//! What one command writes is kept in one step, in a fresh journal that takes the old one's place:
//! after a power cut either all of it is there or none.

use std::collections::BTreeMap;

use anyhow::Result;
use tezio_core::tezos::{ChainId, Level};
use tezio_core::watermark::{Anchor, KeepError, Mark, Record, Watermark};

use super::{Journal, disk_error};

impl Journal {
    /// Keeps records as an operator sets them, all of them or none; their numbers are given here.
    ///
    /// # Errors
    ///
    /// When there would be too many marks, or what the disk says.
    pub(crate) fn keep(&mut self, records: &[Record]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        self.0.keep_all(records).map_err(|error| match error {
            KeepError::Full(full) => anyhow::Error::new(full)
                .context("nothing was changed: every key takes three marks for each chain"),
            other @ (KeepError::Disk(_) | KeepError::Order { .. } | KeepError::Batch(_)) => {
                anyhow::Error::new(disk_error(other)).context("cannot replace the journal")
            }
        })
    }

    /// Raises marks, or makes them, as an operator sets them. Those that are not above what is known
    /// change nothing; how many did is returned.
    ///
    /// # Errors
    ///
    /// As for [`Journal::keep`].
    pub(crate) fn raise(&mut self, marks: &[(Watermark, Mark)]) -> Result<usize> {
        let mut highest = BTreeMap::<Watermark, Mark>::new();
        for (watermark, mark) in marks {
            let known = highest.entry(*watermark).or_default();
            *known = (*known).max(*mark);
        }
        let raised = highest.iter();
        let raised: Vec<Record> = raised
            .filter_map(|(watermark, mark)| self.raised(watermark, *mark))
            .collect();
        self.keep(&raised)?;
        Ok(raised.len())
    }

    /// The record that raises a watermark to `mark`, or makes it; `None` when it is that high already.
    pub(crate) fn raised(&self, watermark: &Watermark, mark: Mark) -> Option<Record> {
        let known = self.of(watermark);
        known.is_none_or(|known| known.mark < mark).then(|| Record {
            last_level: self.last_level(watermark),
            ..Record::set(0, *watermark, mark)
        })
    }

    /// The last level that may be signed under a watermark. One that has no mark yet has the lowest
    /// of its key on its chain: a key is handed over whole.
    pub(crate) fn last_level(&self, watermark: &Watermark) -> Option<Level> {
        if let Some(known) = self.of(watermark) {
            return known.last_level;
        }
        let marks = self.0.marks().iter().filter(|record| {
            (record.watermark.chain, record.watermark.key) == (watermark.chain, watermark.key)
        });
        marks.filter_map(|record| record.last_level).min()
    }

    /// What is known of a watermark, with another last level.
    pub(crate) fn ending_at(&self, known: &Record, last_level: Option<Level>) -> Record {
        Record {
            last_level,
            anchor: self.anchor(known.watermark.chain),
            ..*known
        }
    }

    /// Where the chain was seen to be last.
    pub(crate) fn anchor(&self, chain: ChainId) -> Option<Anchor> {
        let (_, anchor) = self.0.marks().reached(chain);
        anchor
    }
}
