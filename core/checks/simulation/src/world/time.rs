//! Time: what happens next, and to whom.

use tezio_core::policy::HsmId;
use tezio_core::signer::Input;
use tezio_core::time::Instant;

use super::World;
use crate::device::Arrival;
use crate::journal::{Done, Report};
use crate::machine::{Point, Step};
use crate::setup::number;
use crate::tally::Event;

/// Nothing needs more steps to come to rest.
const MANY_STEPS: u32 = 20_000;

/// What can happen next.
enum Next {
    Hsm(usize),
    Journal,
    Deadline,
}

impl World {
    /// Lets everything happen that is due within so many milliseconds.
    pub fn pass_time(&mut self, millis: u32) {
        let until = self.now.plus_millis(millis);
        for _ in 0..MANY_STEPS {
            if self.next().is_none_or(|(due, _)| due > until) || !self.step() {
                break;
            }
        }
        self.now = self.now.max(until);
    }

    /// The process is held up: deadlines pass before what came in the meantime is read.
    pub fn stall(&mut self, millis: u32) {
        self.now = self.now.plus_millis(millis);
        self.hsms.iter_mut().for_each(|hsm| hsm.excused = true);
        self.input(Input::Timeout);
    }

    /// Bytes come from a device that nobody asked for them. What was on its way comes all the same, so
    /// that the host may take it for something else.
    pub fn babble(&mut self, at: usize, bytes: &[u8]) {
        self.hsms[at].excused = true;
        if self.hsms[at].is_open() {
            self.read(number(at), bytes);
        }
    }

    /// Lets the next thing happen; says whether there was one.
    pub fn step(&mut self) -> bool {
        if self.is_off() {
            return false;
        }
        let Some((due, what)) = self.next() else {
            return false;
        };
        self.now = self.now.max(due);
        match what {
            Next::Hsm(at) => self.arrive(at),
            Next::Journal => self.act_journal(),
            Next::Deadline => self.input(Input::Timeout),
        }
        true
    }

    /// Goes on until nothing is left to happen, or the process has ended.
    pub fn settle(&mut self) {
        for _ in 0..MANY_STEPS {
            if !self.step() {
                return;
            }
        }
        self.witness.blame(format_args!("does not come to rest"));
    }

    /// What happens next, and when; of things due at once, any.
    fn next(&mut self) -> Option<(Instant, Next)> {
        let life = self.life.as_ref()?;
        let devices = self.hsms.iter().enumerate();
        let devices = devices.filter_map(|(at, hsm)| Some((hsm.due()?, Next::Hsm(at))));
        let journal = life.journal.due().map(|due| (due, Next::Journal));
        let deadline = life.signer.poll_timeout().map(|due| (due, Next::Deadline));
        let all = devices.chain(journal).chain(deadline);
        let prng = &mut self.prng;
        all.min_by_key(|(due, _)| (*due, prng.draw()))
    }

    fn arrive(&mut self, at: usize) {
        let hsm = number(at);
        match self.hsms[at].arrive() {
            None => {}
            Some(Arrival::Bytes(bytes)) => self.read(hsm, &bytes),
            Some(Arrival::Gone) => {
                self.machine.borrow_mut().count(Event::Unplugged);
                self.note(format_args!("HSM {at} is gone"));
                self.input(Input::HsmClosed(hsm));
            }
            Some(Arrival::Back) => self.input(Input::HsmOpened(hsm)),
        }
    }

    fn read(&mut self, hsm: HsmId, bytes: &[u8]) {
        if self.pass(Point::Before(Step::FromHsm)) {
            self.input(Input::FromHsm(hsm, bytes));
        }
    }

    fn act_journal(&mut self) {
        let Some(life) = &mut self.life else {
            return;
        };
        match life.journal.act(self.now, &mut self.prng) {
            Some(Done::Kept(records)) => self.witness.wrote(&records, &self.machine.borrow()),
            Some(Done::Reported(report)) => self.report(report),
            Some(Done::NotKept) | None => {}
        }
    }

    fn report(&mut self, report: Report) {
        if !self.pass(Point::Before(Step::Report)) {
            return;
        }
        self.note(format_args!("  journal: {report:?}"));
        match report {
            Report::Stored(last) => self.input(Input::Stored(last)),
            Report::Failed => {
                self.witness.failed();
                self.input(Input::StoreFailed);
            }
        }
        self.pass(Point::After(Step::Report));
    }
}
