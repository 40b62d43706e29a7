//! The signer: joins the rooms. Requests, device bytes, store results and time go in; packets,
//! records and replies come out.
//!
//! ```text
//! Request -> policy -> ledger -> queue -> HSM -> verified -> Store ... Stored -> Reply
//! ```
//!
//! The driver waits for one thing to happen, tells it with [`Signer::handle_input`], takes every
//! [`Signer::poll_output`] until there is none, and waits again, at the latest until
//! [`Signer::poll_timeout`]. Nothing here blocks, reads a clock or allocates.
//!
//! Each request gets exactly one reply, unless its client went away first. Public keys and
//! authorized keys are answered at once, whatever the HSMs are doing. Promises kept here: a
//! consensus signature leaves only after its record is stored; the same message again gets the
//! stored signature; two requests for one watermark are never at an HSM together; every signature is
//! verified.

mod clients;
mod events;
mod held_key;
mod intake;
mod job;
mod outcome;
mod queue;
mod reload;
mod session;

use crate::crypto::{Verify, VerifyBls};
use crate::judge::Sent;
use crate::limits::{HSMS, KEYS};
use crate::octez::Reply;
use crate::policy::{ClientId, Day, HsmId, Peer, Policy};
use crate::tezos::PublicKeyHash;
use crate::time::Instant;
use crate::verdict::HsmFault;
use crate::watermark::{Ledger, Record};

use clients::Clients;
pub use events::{Caller, Input, Misuse, Notice, Output, RequestId, Step, Times};
use held_key::HeldKey;
use job::Job;
use queue::is_served;
pub use reload::Unfit;
use session::Session;

/// The whole signer, for at most `JOBS` signing requests at a time and `MARKS` watermarks.
#[derive(Debug)]
pub struct Signer<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize> {
    policy: Policy,
    times: Times,
    verifier: V,
    clients: Clients<V>,
    held: heapless::Vec<HeldKey<V::Key>, KEYS>,
    sessions: heapless::Vec<Session, HSMS>,
    ledger: Ledger<MARKS>,
    jobs: heapless::Vec<Job, JOBS>,
    /// What operations have sent away.
    day: Day,
    /// The authorized key that signed the last request, until it is polled.
    authorized_by: Option<(RequestId, PublicKeyHash)>,
    /// The answer to a request that needed no waiting, until it is polled.
    answer: Option<(RequestId, Reply)>,
}

impl<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize> Signer<V, JOBS, MARKS> {
    /// A signer under `policy`, with the marks that the journal holds.
    ///
    /// # Errors
    ///
    /// The address of an authorized key that is no point on its curve, or of a kind that `verifier`
    /// does not know.
    pub fn new(
        policy: Policy,
        times: Times,
        verifier: V,
        ledger: Ledger<MARKS>,
    ) -> Result<Self, PublicKeyHash> {
        Ok(Self {
            clients: Clients::prepare(&verifier, &policy.authorized_keys)?,
            sessions: session::sessions(&policy, times.hsm_reply_ms),
            held: held_keys(&policy, &ledger),
            policy,
            times,
            verifier,
            ledger,
            jobs: heapless::Vec::new(),
            day: Day::default(),
            authorized_by: None,
            answer: None,
        })
    }

    /// Takes in what happened at `now`, which is never before the time of an earlier call.
    ///
    /// # Errors
    ///
    /// [`Misuse`] when the driver did not keep to the order of calls; the input is not taken.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) -> Result<(), Misuse> {
        match input {
            Input::Request { .. } if self.answer.is_some() => return Err(Misuse::NotDrained),
            Input::Request { from, request } => self.take_in(now, from, request),
            Input::Gone(id) => self.forget(id),
            Input::HsmOpened(hsm) => {
                self.session(hsm)?.handle_opened(now);
                self.try_again(usize::from(hsm.0));
            }
            Input::FromHsm(hsm, bytes) => self.session(hsm)?.handle_bytes(now, bytes),
            Input::HsmClosed(hsm) => self.session(hsm)?.handle_closed(),
            Input::Stored(sequence) => self.release(sequence),
            Input::StoreFailed => self.seal(),
            Input::Date(date) => {
                self.ledger.set_clock(date);
                return Ok(());
            }
            Input::Timeout => {}
        }
        self.advance(now);
        Ok(())
    }

    /// What is to be done next. Call until `None` after every input.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        if let Some(at) = self.sessions.iter().position(Session::has_output) {
            return self.sessions.get_mut(at)?.poll_output();
        }
        if let Some((id, by)) = self.authorized_by.take() {
            return Some(Output::Authorized(id, by));
        }
        if let Some((id, step)) = self.jobs.iter_mut().find_map(Job::take_step) {
            return Some(Output::Progress(id, step));
        }
        if let Some(record) = self.next_record() {
            return Some(Output::Store(record));
        }
        if let Some((id, reply)) = self.answer.take() {
            return Some(Output::Reply(id, reply));
        }
        let (id, reply) = self.jobs.iter_mut().find_map(Job::take_reply)?;
        self.jobs.retain(|job| !job.is_over());
        Some(Output::Reply(id, reply))
    }

    /// When to call again with [`Input::Timeout`] if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let sessions = self.sessions.iter().filter_map(Session::poll_timeout);
        let jobs = self.jobs.iter().filter_map(Job::poll_timeout);
        sessions.chain(jobs).min()
    }

    /// Whether requests from `peer` are listened to.
    #[must_use]
    pub fn admits(&self, peer: &Peer) -> bool {
        self.policy.admits(peer)
    }

    /// Which of the policy's clients bears one of these names.
    pub fn recognise<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<ClientId> {
        self.policy.recognise(names)
    }

    /// Whether nothing is on its way: no signature in the making and none waiting to be stored.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.jobs.is_empty() && self.answer.is_none()
    }

    /// Why each HSM cannot be used now, if that is so; by number.
    pub fn hsms(&self) -> impl Iterator<Item = (HsmId, Option<HsmFault>)> {
        let sessions = self.sessions.iter();
        sessions.map(|session| (session.number(), session.trouble()))
    }

    /// Each key, and whether an HSM that holds it can be used now.
    pub fn keys(&self) -> impl Iterator<Item = (PublicKeyHash, bool)> {
        let keys = self.policy.keys.iter().enumerate();
        keys.map(|(at, key)| (key.hash, is_served(&self.sessions, at)))
    }

    /// How many signing requests are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.jobs.len()
    }

    /// The ledger, to look at.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger<MARKS> {
        &self.ledger
    }

    fn sent(&self, now: Instant) -> Sent<'_> {
        Sent {
            day: &self.day,
            now,
        }
    }

    fn session(&mut self, hsm: HsmId) -> Result<&mut Session, Misuse> {
        self.sessions
            .get_mut(usize::from(hsm.0))
            .ok_or(Misuse::UnknownHsm(hsm))
    }

    /// Lets deadlines take effect, takes in what the HSMs answered and gives idle ones work.
    fn advance(&mut self, now: Instant) {
        for at in 0..self.sessions.len() {
            self.advance_session(now, at);
        }
        self.give_up_late(now);
        self.forgive();
        self.give_up_unserved();
        self.settle_decided();
        self.jobs.retain(|job| !job.is_over());
        for at in 0..self.sessions.len() {
            self.dispatch(now, at);
        }
    }

    fn advance_session(&mut self, now: Instant, at: usize) {
        let Some(session) = self.sessions.get_mut(at) else {
            return;
        };
        session.handle_timeout(now);
        if let Some(outcome) = session.identify(now, &self.policy, &self.verifier, &mut self.held) {
            self.take_outcome(now, at, outcome);
        }
    }

    /// The record to be stored next, in the order of their numbers.
    fn next_record(&mut self) -> Option<Record> {
        let sequence = self.jobs.iter().filter_map(Job::unsent_record).min()?;
        self.jobs
            .iter_mut()
            .find(|job| job.unsent_record() == Some(sequence))?
            .send_record()
    }

    /// Everything up to `sequence` is on the disk: those signatures may go.
    fn release(&mut self, sequence: u64) {
        for job in &mut self.jobs {
            if let Some(unstored) = job.take_stored(sequence)
                && let Some(stored) = self.ledger.confirm(unstored)
            {
                job.release(&stored);
            }
        }
    }

    /// The disk failed: no consensus signature leaves any more.
    fn seal(&mut self) {
        self.ledger.seal();
        for job in &mut self.jobs {
            job.seal();
        }
    }

    fn forget(&mut self, id: RequestId) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) {
            job.forget();
        }
    }
}

/// The keys of the policy, with the signatures that the marks hold.
fn held_keys<K, const MARKS: usize>(
    policy: &Policy,
    ledger: &Ledger<MARKS>,
) -> heapless::Vec<HeldKey<K>, KEYS> {
    let held = |hash: PublicKeyHash| {
        let made = ledger.released().filter(move |(key, _)| *key == hash);
        HeldKey::new(hash.curve(), made.map(|(_, released)| released))
    };
    policy.keys.iter().map(|key| held(key.hash)).collect()
}
