//! What is demanded of starts: nothing kept is lost, and nothing dropped comes back.

use tezio_core::watermark::Record;

use super::{Fact, Witness};
use crate::messages::{WATERMARKS, position};

impl Witness {
    /// A journal is in place for good.
    pub const fn created(&mut self) {
        self.created = true;
    }

    /// Whether the disk has failed since the last start.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.failed
    }

    /// The disk has failed.
    pub const fn failed(&mut self) {
        self.failed = true;
    }

    /// A start finds no journal.
    pub fn found_none(&mut self) {
        let created = self.created;
        self.require(!created, format_args!("the journal is gone"));
    }

    /// A start found these records.
    pub fn found<'r>(&mut self, records: impl IntoIterator<Item = &'r Record>) {
        let mut found = [None; WATERMARKS];
        for record in records {
            found[position(&record.watermark)] = Some(Fact::from(record));
        }
        for (at, found) in found.into_iter().enumerate() {
            self.check_found(at, found);
        }
    }

    fn check_found(&mut self, at: usize, found: Option<Fact>) {
        let Some(found) = found else {
            let none = self.guards[at].kept.is_none();
            return self.require(none, format_args!("watermark {at} is gone"));
        };
        let known = self.guards[at].candidates.contains(&found);
        self.require(
            known,
            format_args!(
                "a start found {} of watermark {at}, dropped or never written",
                found.mark
            ),
        );
        let Some(kept) = self.guards[at].kept else {
            return;
        };
        self.require(
            found.keeps(&kept),
            format_args!(
                "a start found {}, kept was {} [watermark {at}]",
                found.mark, kept.mark
            ),
        );
    }

    /// A start has synced what it found, and the signer runs: only that counts from now on.
    pub fn runs<'r>(&mut self, records: impl IntoIterator<Item = &'r Record>) {
        for record in records {
            let guard = &mut self.guards[position(&record.watermark)];
            let fact = Fact::from(record);
            guard.kept = Some(fact);
            guard.candidates = vec![fact];
            guard.began = fact.mark;
            guard.stored = Some(fact.mark);
        }
        self.failed = false;
    }

    /// The process has ended, and every client with it.
    pub fn ended(&mut self) {
        self.open.clear();
        self.nonces.clear();
    }
}
