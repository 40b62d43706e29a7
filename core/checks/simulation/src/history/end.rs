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

/// No exchange takes longer, in milliseconds, with the journal's part.
const ONE_EXCHANGE_MS: u32 = 5_000;
/// How often an honest baker asks again.
const INSISTENCE: u32 = 3;

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
        if self.world.has_failed() || self.world.is_off() {
            self.restart(Crash::PowerCut(Survival::Some));
        }
        let unanswered = self.world.witness.unanswered();
        if !unanswered.is_empty() {
            self.blame(format_args!("without a reply: {unanswered:?}"));
        }
        self.world.date = UnixSeconds(self.latest_date.0 + 100_000);
        if self.world.patience_ms() >= ONE_EXCHANGE_MS {
            self.go_on_without_a_restart();
        }
        self.world.be_patient(60_000);
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

    /// Nothing that went wrong in this life may stand in the way for the rest of it.
    fn go_on_without_a_restart(&mut self) {
        for at in 0..WATERMARKS {
            let wanted = self.next_honest(at);
            self.expect(&[wanted]);
        }
    }

    fn restart(&mut self, how: Crash) {
        self.world.crash(how);
        self.world.boot();
        self.world.settle();
    }

    fn heal(&mut self) {
        {
            let mut machine = self.world.machine.borrow_mut();
            machine.power.fuel = None;
            machine.faults = Faults::default();
        }
        for hsm in &mut self.world.hsms {
            hsm.faults.clear();
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
                let id = self.insist(id, wanted);
                answers.push(self.judge(id, wanted));
            }
        }
        answers
    }

    /// Asks again while the device is to blame: after the host was held up, the first exchange may be
    /// what shows that the two are out of step.
    fn insist(&mut self, id: RequestId, wanted: &Wanted) -> RequestId {
        let mut id = id;
        for _ in 0..INSISTENCE {
            if !matches!(self.world.reply(id), Some(Reply::Refused(Refusal::Hsm(_)))) {
                break;
            }
            id = self.world.ask(wanted);
            self.world.settle();
        }
        id
    }

    /// The signature that an honest baker got, or nothing where the key was handed over.
    fn judge(&mut self, id: RequestId, wanted: &Wanted) -> Option<Vec<u8>> {
        match self.world.reply(id) {
            Some(Reply::Signature(release)) => Some(release.signature().0.to_vec()),
            Some(Reply::Refused(Refusal::Watermark(WatermarkRefusal::HandedOver { .. }))) => None,
            Some(_) | None => {
                self.blame(format_args!("no progress: no signature for {wanted}"));
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
