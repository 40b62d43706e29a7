//! The marks: the one record that counts of each watermark.

use super::{Anchor, LedgerFull, Record, Watermark};
use crate::tezos::{ChainId, Level};

/// At most `N` watermarks, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Marks<const N: usize> {
    records: heapless::Vec<Record, N>,
}

impl<const N: usize> Marks<N> {
    /// None at all.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            records: heapless::Vec::new(),
        }
    }

    /// The record of a watermark.
    #[must_use]
    pub fn of(&self, watermark: &Watermark) -> Option<&Record> {
        self.iter().find(|record| record.watermark == *watermark)
    }

    /// All of them.
    pub fn iter(&self) -> core::slice::Iter<'_, Record> {
        self.records.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.records.len()
    }

    /// Takes over `record` if it counts more than the one known.
    ///
    /// # Errors
    ///
    /// [`LedgerFull`] when the watermark is new and there is no room.
    pub fn apply(&mut self, record: &Record) -> Result<(), LedgerFull> {
        let mut known = self.records.iter_mut();
        match known.find(|known| known.watermark == record.watermark) {
            Some(known) => {
                if record.supersedes(known) {
                    *known = *record;
                }
                Ok(())
            }
            None => self
                .records
                .push(*record)
                .map_err(|_| LedgerFull { capacity: N }),
        }
    }

    /// The highest level on a chain, of any key and kind, and the chain's latest anchor.
    #[must_use]
    pub fn reached(&self, chain: ChainId) -> (Level, Option<Anchor>) {
        let mut highest = Level::ZERO;
        let mut latest = None;
        for record in self.iter().filter(|one| one.watermark.chain == chain) {
            highest = highest.max(record.mark.level);
            if latest.is_none_or(|(sequence, _)| sequence < record.sequence) {
                latest = Some((record.sequence, record.anchor));
            }
        }
        (highest, latest.and_then(|(_, anchor)| anchor))
    }

    /// Gives the records new numbers, in their order, so that the last is `last`. Numbers would tell
    /// which of two came first; so they are sorted by them before.
    pub(super) fn renumber(&mut self, last: u64) {
        self.records.sort_unstable_by_key(|record| record.sequence);
        for (back, record) in (0_u64..).zip(self.records.iter_mut().rev()) {
            record.sequence = last.saturating_sub(back);
        }
    }
}

impl<'a, const N: usize> IntoIterator for &'a Marks<N> {
    type Item = &'a Record;
    type IntoIter = core::slice::Iter<'a, Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
