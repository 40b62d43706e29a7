//! A disk that keeps a journal, loses what was not synced, and fails on cue.
//!
//! It holds the very bytes that a file would hold, so a restart goes through the journal's reader.

use tezio_core::watermark::{Journal, Ledger, RECORD_BYTES, Record, Recovered, header};

/// The journal, as it is on the platter and as it is on its way there.
#[derive(Clone, Debug)]
pub(crate) struct FakeStore {
    durable: Vec<u8>,
    unsynced: Vec<Record>,
    /// Whether records stay on their way until [`FakeStore::sync`] is called by hand.
    pub(crate) held: bool,
}

impl FakeStore {
    pub(crate) fn new() -> Self {
        Self {
            durable: header(0, RECORD_BYTES as u64).to_vec(),
            unsynced: Vec::new(),
            held: false,
        }
    }

    /// Takes a record that belongs behind all others.
    pub(crate) fn write(&mut self, record: Record) {
        let last = self.unsynced.last().copied();
        let last = last.or_else(|| self.records().last().copied());
        if let Some(last) = last {
            assert_eq!(
                record.sequence,
                last.sequence + 1,
                "records go out in order"
            );
        }
        self.unsynced.push(record);
    }

    /// Whether anything is on its way.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.unsynced.is_empty()
    }

    /// How many records are on their way.
    pub(crate) fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// Brings everything to the platter; the number of the last record if there was any.
    pub(crate) fn sync(&mut self) -> Option<u64> {
        let last = self.unsynced.last()?.sequence;
        for record in self.unsynced.drain(..) {
            self.durable.extend_from_slice(&record.emit(0));
        }
        Some(last)
    }

    /// The disk fails: what was on its way may be there up to any byte.
    pub(crate) fn fail(&mut self, kept_bytes: usize) {
        let unsynced: Vec<u8> = self
            .unsynced
            .drain(..)
            .flat_map(|one| one.emit(0))
            .collect();
        let kept = kept_bytes.min(unsynced.len());
        self.durable.extend_from_slice(&unsynced[..kept]);
    }

    /// What a start after a power cut reads; a torn record is cut off.
    pub(crate) fn recover<const N: usize>(&mut self) -> Ledger<N> {
        let recovered = Recovered::read(&self.durable).expect("damage is never made here");
        self.durable.truncate(recovered.sound_bytes);
        Ledger::new(recovered.marks, recovered.next_sequence)
    }

    /// Every record on the platter.
    pub(crate) fn records(&self) -> Vec<Record> {
        let sound = self.durable.len() / RECORD_BYTES * RECORD_BYTES;
        let journal = Journal::open(&self.durable[..sound]).expect("a journal");
        journal.map_while(Result::ok).collect()
    }
}
