//! What is demanded of records: marks rise, and what is said to be kept lies on the platter.

use tezio_core::watermark::Record;

use super::{Fact, Witness};
use crate::machine::Machine;
use crate::messages::{WATERMARKS, position, watermark};

impl Witness {
    /// An operator is about to write a record.
    pub fn set(&mut self, record: &Record) {
        let at = position(&record.watermark);
        self.guards[at].candidates.push(Fact::from(record));
    }

    /// The signer hands a record to the journal.
    pub fn stored(&mut self, record: &Record) {
        self.check_order(record);
        self.check_jump(record);
        let at = position(&record.watermark);
        let last_level = self.guards[at].kept.and_then(|kept| kept.last_level);
        self.require(
            record.last_level == last_level,
            format_args!("a record of watermark {at} forgets its last level"),
        );
        self.guards[at].candidates.push(Fact::from(record));
    }

    fn check_order(&mut self, record: &Record) {
        let at = position(&record.watermark);
        let mark = record.mark;
        if let Some(before) = self.guards[at].stored.replace(mark) {
            self.require(
                before < mark,
                format_args!("recorded {mark} after {before} [watermark {at}]"),
            );
        }
    }

    /// In a life that began with marks at level zero, the first signatures say where the chain is; the
    /// bound holds from the next start on.
    fn check_jump(&mut self, record: &Record) {
        let Some(limit) = self.jump_limit else {
            return;
        };
        let on_chain = (0..WATERMARKS).filter(|at| watermark(*at).chain == record.watermark.chain);
        let guards = on_chain.map(|at| &self.guards[at]);
        let began = guards.clone().map(|seen| seen.began.level.number()).max();
        let highest = guards.flat_map(|seen| &seen.candidates);
        let highest = highest
            .map(|fact| fact.mark.level.number())
            .max()
            .unwrap_or(0);
        let level = record.mark.level.number();
        self.require(
            began == Some(0) || level <= highest + limit,
            format_args!("jumped from level {highest} to {level}"),
        );
    }

    /// These records are on the platter for good.
    pub fn wrote(&mut self, records: &[Record], machine: &Machine) {
        for record in records {
            let at = position(&record.watermark);
            let fact = Fact::from(record);
            let known = self.guards[at].kept;
            if known.is_none_or(|known| fact.mark >= known.mark) {
                let hides = known.is_some_and(|known| {
                    known.mark == fact.mark && known.released.is_some() && fact.released.is_none()
                });
                if !hides {
                    self.guards[at].kept = Some(fact);
                }
            }
        }
        for record in records {
            let counts = self.guards[position(&record.watermark)].kept == Some(Fact::from(record));
            if counts && let Some(released) = record.released() {
                self.check_platter(released, machine);
            }
        }
    }
}
