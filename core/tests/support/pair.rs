//! The pair: a signer and all that it talks to, in virtual time.
//!
//! [`Pair::step`] lets the next thing happen, [`Pair::settle`] goes on until nothing is left to
//! happen. With [`Pair::fuel`] the power goes after so many actions.

use std::collections::HashMap;

use tezio_core::octez::Reply;
use tezio_core::policy::HsmId;
use tezio_core::policy::Policy;
use tezio_core::signer::{Input, Misuse, Notice, Output, RequestId, Signer, Step, Times};
use tezio_core::tezos::PublicKeyHash;
use tezio_core::time::Instant;
use tezio_core::watermark::Record;
use tezio_crypto::Verifier;

use super::heap::no_heap;
use super::hsm::FakeHsm;
use super::setup::Setup;
use super::store::FakeStore;
use super::witness::Witness;

/// How many signing requests the signer under test takes.
pub(crate) const JOBS: usize = 8;
const MARKS: usize = 21;
/// No script of these tests needs more steps to come to rest.
const MANY_STEPS: usize = 10_000;

/// The signer under test.
pub(crate) type Core = Signer<Verifier, JOBS, MARKS>;

/// A signer, its devices, its disk and its clients.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) signer: Core,
    pub(crate) now: Instant,
    pub(crate) hsms: Vec<FakeHsm>,
    pub(crate) store: FakeStore,
    pub(crate) witness: Witness,
    /// The replies, in the order they came.
    pub(crate) replies: Vec<(RequestId, Reply)>,
    pub(crate) notices: Vec<(HsmId, Notice)>,
    /// Which authorized key signed which request.
    pub(crate) authorized: Vec<(RequestId, PublicKeyHash)>,
    /// How far which request has come.
    pub(crate) progress: Vec<(RequestId, Step)>,
    /// The devices whose ports were asked to be opened anew.
    pub(crate) reopened: Vec<HsmId>,
    /// How many actions are left before the power goes.
    pub(crate) fuel: Option<usize>,
    policy: Policy,
    times: Times,
    pub(super) next_id: u64,
    pub(super) answers: HashMap<RequestId, Reply>,
}

/// An output, owned.
enum Act {
    Send(HsmId, Vec<u8>),
    Store(Record),
    Reply(RequestId, Box<Reply>),
    Reopen(HsmId),
    Notice(HsmId, Notice),
    Authorized(RequestId, PublicKeyHash),
    Progress(RequestId, Step),
}

impl Pair {
    pub(crate) fn new(mut setup: Setup) -> Self {
        let ledger = setup.store.recover();
        let signer = Signer::new(setup.policy.clone(), setup.times, Verifier, ledger).unwrap();
        let witness = Witness::new(setup.policy.switches.high_water_mark_check);
        Self {
            signer,
            now: Instant::from_millis(1_000),
            hsms: setup.hsms,
            store: setup.store,
            witness,
            replies: Vec::new(),
            notices: Vec::new(),
            authorized: Vec::new(),
            progress: Vec::new(),
            reopened: Vec::new(),
            fuel: None,
            policy: setup.policy,
            times: setup.times,
            next_id: 0,
            answers: HashMap::new(),
        }
    }

    pub(crate) fn open_all(&mut self) {
        for at in 0..self.hsms.len() {
            self.open(at);
        }
    }

    pub(crate) fn open(&mut self, at: usize) {
        self.hsms[at].open = true;
        self.input(Input::HsmOpened(number(at)));
    }

    pub(crate) fn unplug(&mut self, at: usize) {
        self.hsms[at].unplug();
        self.input(Input::HsmClosed(number(at)));
    }

    /// The first device's count of messages that it was asked to sign.
    pub(crate) fn asked(&self) -> usize {
        self.hsms.iter().map(|hsm| hsm.asked.len()).sum()
    }

    /// Writes what is on its way to the disk and says so.
    pub(crate) fn sync(&mut self) {
        if self.burn()
            && let Some(sequence) = self.store.sync()
            && self.burn()
        {
            self.input(Input::Stored(sequence));
        }
    }

    pub(crate) fn fail_store(&mut self, kept_bytes: usize) {
        self.store.fail(kept_bytes);
        self.input(Input::StoreFailed);
    }

    /// The power goes and comes back: `kept_bytes` of what was on its way reached the disk.
    pub(crate) fn restart(&mut self, kept_bytes: usize) {
        self.fuel = None;
        self.store.fail(kept_bytes);
        let ledger = self.store.recover();
        self.witness.all_gone();
        self.witness.restarted(&self.store);
        self.signer = Signer::new(self.policy.clone(), self.times, Verifier, ledger).unwrap();
        for hsm in &mut self.hsms {
            hsm.unplug();
        }
    }

    /// A restart after which every device is there again.
    pub(crate) fn restart_ready(&mut self, kept_bytes: usize) {
        self.restart(kept_bytes);
        self.open_all();
        self.settle();
    }

    /// Lets the next thing happen: a sync, bytes from a device, a deadline. Says whether there was
    /// one.
    pub(crate) fn step(&mut self) -> bool {
        if self.is_dead() {
            return false;
        }
        if self.store.is_dirty() && !self.store.held {
            self.sync();
            return true;
        }
        let dues = self.hsms.iter().enumerate();
        let reply = dues
            .filter_map(|(at, hsm)| hsm.due().map(|due| (due, at)))
            .min();
        let deadline = self.signer.poll_timeout();
        match (reply, deadline) {
            (Some((due, at)), deadline) if deadline.is_none_or(|deadline| due <= deadline) => {
                self.now = self.now.max(due);
                self.deliver(at);
            }
            (_, Some(deadline)) => {
                self.now = self.now.max(deadline);
                self.input(Input::Timeout);
            }
            (_, None) => return false,
        }
        true
    }

    /// Goes on until nothing is left to happen.
    pub(crate) fn settle(&mut self) {
        for _ in 0..MANY_STEPS {
            if !self.step() {
                return;
            }
        }
        panic!(
            "no rest after {MANY_STEPS} steps: {:?}",
            self.signer.poll_timeout()
        );
    }

    /// Goes on until so many records are on their way to the disk.
    pub(crate) fn run_until_unsynced(&mut self, count: usize) {
        self.run_until(|pair| pair.store.unsynced() == count);
    }

    /// Goes on until `reached` says so.
    pub(crate) fn run_until(&mut self, reached: impl Fn(&Self) -> bool) {
        for _ in 0..MANY_STEPS {
            if reached(self) {
                return;
            }
            assert!(self.step(), "came to rest before it was reached");
        }
        panic!("not reached in {MANY_STEPS} steps");
    }

    /// Lets the clock go on, whatever is due on the way.
    pub(crate) fn jump(&mut self, millis: u32) {
        self.now = self.now.plus_millis(millis);
        self.input(Input::Timeout);
    }

    /// Whether the power has gone.
    pub(crate) fn is_dead(&self) -> bool {
        self.fuel == Some(0)
    }

    /// Gives the signer one input and acts on all that it wants done.
    pub(crate) fn input(&mut self, input: Input<'_>) {
        if self.is_dead() {
            return;
        }
        let taken: Result<(), Misuse> = no_heap(|| self.signer.handle_input(self.now, input));
        assert_eq!(taken, Ok(()));
        self.drain();
    }

    fn deliver(&mut self, at: usize) {
        let bytes = self.hsms[at].take_due().unwrap();
        self.input(Input::FromHsm(number(at), &bytes));
    }

    pub(crate) fn drain(&mut self) {
        for _ in 0..MANY_STEPS {
            let Some(act) = no_heap(|| self.signer.poll_output()).map(owned) else {
                return;
            };
            if !self.burn() {
                return;
            }
            self.act(act);
        }
        panic!("no end of outputs");
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Send(hsm, packet) => {
                self.hsms[usize::from(hsm.0)].receive(self.now, &packet);
            }
            Act::Store(record) => {
                self.witness.recorded(&record);
                self.store.write(record);
            }
            Act::Reply(id, reply) => {
                self.witness.replied(id, &reply, &self.store);
                self.replies.push((id, (*reply).clone()));
                self.answers.insert(id, *reply);
            }
            Act::Reopen(hsm) => {
                self.hsms[usize::from(hsm.0)].unplug();
                self.reopened.push(hsm);
            }
            Act::Notice(hsm, notice) => self.notices.push((hsm, notice)),
            Act::Authorized(id, by) => self.authorized.push((id, by)),
            Act::Progress(id, step) => self.progress.push((id, step)),
        }
    }

    /// Takes one unit of fuel; `false` when the power goes with it.
    fn burn(&mut self) -> bool {
        if let Some(fuel) = &mut self.fuel {
            *fuel = fuel.saturating_sub(1);
        }
        !self.is_dead()
    }
}

fn owned(output: Output<'_>) -> Act {
    match output {
        Output::ToHsm(hsm, packet) => Act::Send(hsm, packet.to_vec()),
        Output::Store(record) => Act::Store(record),
        Output::Reply(id, reply) => Act::Reply(id, Box::new(reply)),
        Output::Reopen(hsm) => Act::Reopen(hsm),
        Output::Notice(hsm, notice) => Act::Notice(hsm, notice),
        Output::Authorized(id, by) => Act::Authorized(id, by),
        Output::Progress(id, step) => Act::Progress(id, step),
    }
}

pub(crate) fn number(at: usize) -> HsmId {
    HsmId(u8::try_from(at).unwrap())
}
