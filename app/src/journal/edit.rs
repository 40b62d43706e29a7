//! The marks in an operator's hands: what commands write into a journal while no daemon does.
//!
//! Records are kept in batches, each synced before the next is written, and either all of them have
//! room or none is written. A power cut between two batches leaves the first: run again, a command
//! does what is missing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use tezio_core::tezos::{ChainId, Level};
use tezio_core::watermark::{Anchor, BATCH, Mark, Record, Watermark};

use super::{Journal, disk_error};
use crate::driver::MARKS;

impl Journal {
    /// Keeps records as an operator sets them; their numbers are given here.
    ///
    /// # Errors
    ///
    /// When there would be too many marks, or what the disk says.
    pub(crate) fn keep(&mut self, records: &[Record]) -> Result<()> {
        self.ensure_room(records)?;
        for batch in records.chunks(BATCH) {
            let first = self.0.next_sequence();
            let numbered: Vec<Record> = (first..)
                .zip(batch)
                .map(|(sequence, record)| Record {
                    sequence,
                    ..*record
                })
                .collect();
            self.0.append(&numbered).map_err(disk_error)?;
        }
        Ok(())
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

    fn ensure_room(&self, records: &[Record]) -> Result<()> {
        let wanted = records.iter().map(|record| record.watermark);
        let new: BTreeSet<Watermark> = wanted.filter(|one| self.of(one).is_none()).collect();
        let count = self.0.marks().count() + new.len();
        ensure!(
            count <= MARKS,
            "more than {MARKS} high watermarks: every key takes three for each chain"
        );
        Ok(())
    }
}
