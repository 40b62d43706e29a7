//! The end of a history: faults are over, everybody is answered, honest bakers go on, and a last power
//! cut changes nothing.

use tezio_core::octez::Reply;
use tezio_core::signer::RequestId;
use tezio_core::time::UnixSeconds;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;

use super::History;
use crate::machine::Faults;
use crate::messages::{WATERMARKS, Wanted, consensus, mark, watermark};
use crate::platter::Survival;
use crate::world::{Crash, JOBS};

impl History {
    /// Faults end, everybody is answered, honest bakers go on, and a last power cut changes nothing.
    pub(super) fn end(&mut self) {
        if self.world.witness.violation().is_some() {
            return;
        }
        self.world
            .note(format_args!("--- all is well from here on"));
        self.heal();
        self.world.settle();
        let unanswered = self.world.witness.unanswered();
        if !unanswered.is_empty() {
            self.blame(format_args!("without a reply: {unanswered:?}"));
        }
        self.world.be_patient(60_000);
        self.world.date = UnixSeconds(self.latest_date.0 + 100_000);
        let how = self.some_crash();
        self.restart(how);
        let next: Vec<Wanted> = (0..WATERMARKS).map(|at| self.next_honest(at)).collect();
        let first = self.expect(&next);
        self.restart(Crash::PowerCut(Survival::Nothing));
        let second = self.expect(&next);
        if first != second {
            self.blame(format_args!(
                "a retry after the last power cut was answered otherwise"
            ));
        }
        for wanted in &next {
            self.expect_conflict(wanted);
        }
    }

    fn restart(&mut self, how: Crash) {
        self.world.crash(how);
        self.world.boot();
        self.world.settle();
    }

    fn heal(&mut self) {
        let failed = self.world.has_failed();
        {
            let mut machine = self.world.machine.borrow_mut();
            machine.power.fuel = None;
            machine.faults = Faults::default();
        }
        for hsm in &mut self.world.hsms {
            hsm.faults.clear();
        }
        if failed || self.world.is_off() {
            self.world.crash(Crash::PowerCut(Survival::Some));
            self.world.boot();
        }
    }

    /// The message for the next level that a watermark can be asked for.
    fn next_honest(&self, at: usize) -> Wanted {
        let chain = watermark(at).chain;
        let on_chain = (0..WATERMARKS).filter(|at| watermark(*at).chain == chain);
        let highest = on_chain.map(|at| self.world.witness.highest(at).level.number());
        let level = highest.max().unwrap_or(0) + 1;
        consensus(watermark(at), mark(level, 0), 0)
    }

    /// Asks for all of these, a few at a time, and gives the signatures.
    fn expect(&mut self, wanted: &[Wanted]) -> Vec<Option<Vec<u8>>> {
        let mut answers = Vec::new();
        for few in wanted.chunks(JOBS) {
            let ids: Vec<_> = few.iter().map(|wanted| self.world.ask(wanted)).collect();
            self.world.settle();
            for (id, wanted) in ids.into_iter().zip(few) {
                answers.push(self.judge(id, wanted));
            }
        }
        answers
    }

    /// The signature that an honest baker got, or nothing where the key was handed over.
    fn judge(&mut self, id: RequestId, wanted: &Wanted) -> Option<Vec<u8>> {
        match self.world.reply(id) {
            Some(Reply::Signature(release)) => Some(release.signature().0.to_vec()),
            Some(Reply::Refused(Refusal::Watermark(WatermarkRefusal::HandedOver { .. }))) => None,
            other => {
                let what = format!("no progress: {wanted} got {other:?}");
                self.blame(format_args!("{what}"));
                None
            }
        }
    }

    fn expect_conflict(&mut self, signed: &Wanted) {
        let Some(slot) = signed.slot else {
            return;
        };
        let id = self.world.ask(&consensus(slot.watermark, slot.mark, 7));
        self.world.settle();
        if !matches!(
            self.world.reply(id),
            Some(Reply::Refused(Refusal::Watermark(_)))
        ) {
            self.blame(format_args!(
                "other bytes at a released slot were not refused"
            ));
        }
    }

    fn blame(&mut self, what: core::fmt::Arguments<'_>) {
        self.world.witness.blame(what);
    }
}
