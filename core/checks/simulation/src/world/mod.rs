//! The world: a signer and all that it talks to, in virtual time.
//!
//! [`World::step`] lets the next thing happen, [`World::settle`] goes on until nothing is left to
//! happen. When the process has ended ([`World::is_off`]), whether by the plan in
//! [`crate::machine::Power`] or by itself, [`World::crash`] and [`World::boot`] begin its next life.

mod outputs;
mod time;

use core::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::signer::{Caller, Input, RequestId, Signer, Times};
use tezio_core::time::{Instant, UnixSeconds};

use crate::device::SimHsm;
use crate::journal::Journal;
use crate::machine::{Machine, Point, Shared};
use crate::messages::{WATERMARKS, Wanted};
use crate::order::Order;
use crate::platter::Survival;
use crate::prng::Prng;
use crate::setup::{HOME, Setup, policy};
use crate::tally::Event;
use crate::toy::{KEYS, Toy, address};
use crate::witness::Witness;

/// How many signing requests the signer under test takes.
pub const JOBS: usize = 8;

/// The signer under test.
pub type Core = Signer<Toy, JOBS, WATERMARKS>;

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// It is killed; what it wrote is still in memory.
    Kill,
    /// The power goes, for the devices as well.
    PowerCut(Survival),
}

/// The signer and its surroundings.
#[derive(Debug)]
pub struct World {
    /// What outlives the process.
    pub machine: Shared,
    /// Who looks.
    pub witness: Witness,
    /// The devices.
    pub hsms: Vec<SimHsm>,
    /// What an operator does when the process is started next.
    pub orders: Vec<Order>,
    /// The date at virtual time zero.
    pub date: UnixSeconds,
    pub(crate) setup: Setup,
    pub(crate) prng: Prng,
    pub(crate) now: Instant,
    pub(crate) life: Option<Life>,
    replies: HashMap<RequestId, Reply>,
    next_id: u64,
}

/// What ends with the process.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) signer: Core,
    pub(crate) journal: Journal,
}

impl World {
    /// Everything there, nothing running.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let mut prng = Prng::new(setup.seed);
        let machine = Machine::new(prng.draw(), setup.traced);
        let latencies = setup.latencies_ms.iter();
        let hsms = latencies.map(|ms| SimHsm::new(prng.draw(), *ms)).collect();
        let mut witness = Witness::default();
        witness.jump_limit = setup.jumps.map(|guard| guard.levels);
        Self {
            machine: Rc::new(RefCell::new(machine)),
            witness,
            hsms,
            orders: Vec::new(),
            date: UnixSeconds(1_800_000_000),
            prng,
            now: Instant::from_millis(1_000),
            life: None,
            replies: HashMap::new(),
            next_id: 0,
            setup,
        }
    }

    /// Whether the process has ended, or does nothing any more after a broken promise.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.life.is_none() || self.machine.borrow().is_off() || self.witness.violation().is_some()
    }

    /// What was replied, if it was.
    #[must_use]
    pub fn reply(&self, id: RequestId) -> Option<&Reply> {
        self.replies.get(&id)
    }

    /// How many messages the devices were asked to sign.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.hsms.iter().map(|hsm| hsm.asked).sum()
    }

    /// A client asks.
    pub fn ask(&mut self, wanted: &Wanted) -> RequestId {
        self.next_id += 1;
        let id = RequestId(self.next_id);
        self.note(format_args!("{} asks for {wanted}", id.0));
        self.machine.borrow_mut().count(Event::Request);
        self.witness.asked(id, wanted);
        let request = Request::Sign {
            key: address(wanted.key),
            data: &wanted.bytes,
            authentication: None,
        };
        let from = Caller {
            id,
            peer: Peer::Address(HOME),
        };
        self.input(Input::Request { from, request });
        id
    }

    /// A client goes away.
    pub fn hang_up(&mut self, id: RequestId) {
        self.note(format_args!("{} hangs up", id.0));
        self.machine.borrow_mut().count(Event::HangUp);
        self.witness.gone(id);
        self.input(Input::Gone(id));
    }

    /// A device loses its power for a while, in milliseconds.
    pub fn unplug(&mut self, at: usize, absence_ms: u32) {
        self.hsms[at].absence_ms = absence_ms;
        self.hsms[at].lose_power(self.now);
    }

    /// Whether the signer was told that the disk failed.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.witness.has_failed()
    }

    /// How long clients wait, in milliseconds.
    #[must_use]
    pub const fn patience_ms(&self) -> u32 {
        self.setup.request_ms
    }

    /// How long clients wait, in milliseconds, from the next start on.
    pub const fn be_patient(&mut self, request_ms: u32) {
        self.setup.request_ms = request_ms;
    }

    /// From the next start on the journal's thread lets records wait for so many milliseconds.
    pub const fn slow_the_journal(&mut self, millis: u32) {
        self.setup.pace.wake = millis..millis + 1;
    }

    /// The process ends, if it has not yet.
    pub fn crash(&mut self, how: Crash) {
        self.note(format_args!("{how:?}"));
        self.life = None;
        self.witness.ended();
        let mut guard = self.machine.borrow_mut();
        let machine = &mut *guard;
        machine.power.end();
        match how {
            Crash::Kill => {
                machine.count(Event::Kill);
                self.hsms
                    .iter_mut()
                    .for_each(|hsm| hsm.meet_new_host(self.now));
            }
            Crash::PowerCut(survival) => {
                machine.count(Event::PowerCut);
                let loss = machine.platter.cut_power(survival, &mut machine.prng);
                if loss.scattered {
                    machine.count(Event::Scattered);
                }
                if loss.torn {
                    machine.count(Event::TornSector);
                }
                self.hsms.iter_mut().for_each(|hsm| hsm.restart(self.now));
            }
        }
    }

    /// The date, as the process is told it.
    fn date(&self) -> UnixSeconds {
        UnixSeconds(self.date.0 + self.now.as_millis() / 1_000)
    }

    fn pass(&self, point: Point) -> bool {
        self.machine.borrow_mut().pass(point)
    }

    pub(crate) fn note(&self, line: core::fmt::Arguments<'_>) {
        if self.setup.traced {
            let seconds = self.now.as_millis() / 1_000;
            let millis = self.now.as_millis() % 1_000;
            self.machine
                .borrow()
                .note(format_args!("{seconds:>5}.{millis:03} {line}"));
        }
    }

    /// A signer with what the journal holds.
    pub(crate) fn signer(&self, ledger: tezio_core::watermark::Ledger<WATERMARKS>) -> Core {
        let times = Times {
            request_ms: self.setup.request_ms,
            hsm_reply_ms: 3_000,
        };
        let ledger = match self.setup.jumps {
            Some(guard) => ledger.guarding_jumps(guard),
            None => ledger,
        };
        let policy = policy(&KEYS, self.hsms.len(), self.setup.without_hsm);
        Signer::new(policy, times, Toy, ledger).expect("no authorized keys")
    }
}
