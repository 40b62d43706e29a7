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
mod reload;
mod session;

use crate::crypto::{Verify, VerifyBls};
use crate::judge::{Asked, Sent, judge};
use crate::limits::{HSMS, KEYS, TRIES};
use crate::octez::Reply;
use crate::policy::{ClientId, Day, HsmId, Peer, Policy, Spending, WithoutHsm};
use crate::tezos::PublicKeyHash;
use crate::time::Instant;
use crate::verdict::{HsmFault, Refusal};
use crate::watermark::{Ledger, Record, Standing};

use clients::Clients;
pub use events::{Caller, Input, Misuse, Notice, Output, RequestId, Step, Times};
use held_key::HeldKey;
use job::{Clearance, Guard, Job, Stage};
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

    /// Answers the queued jobs that need no HSM any more: what they ask for has been signed since, or
    /// can be signed no more.
    fn settle_decided(&mut self) {
        for job in self.jobs.iter_mut().filter(|job| job.is_queued()) {
            if let Guard::Claim(claim) = &job.guard {
                job.settle(self.ledger.check(claim));
            }
        }
    }

    /// Tells the clients whose patience has ended.
    fn give_up_late(&mut self, now: Instant) {
        let late = Refusal::Late(self.times.request_ms);
        for job in &mut self.jobs {
            if job.poll_timeout().is_some_and(|deadline| deadline <= now) {
                let trouble = trouble(&self.sessions, job.key).filter(|_| job.is_queued());
                job.give_up(trouble.map_or(late, Refusal::Hsm));
            }
        }
    }

    /// Where nobody shall wait for an HSM to come back, answers those whose HSMs are all gone.
    fn give_up_unserved(&mut self) {
        if self.policy.without_hsm == WithoutHsm::Wait {
            return;
        }
        for job in self.jobs.iter_mut().filter(|job| job.is_queued()) {
            if !is_served(&self.sessions, job.key)
                && let Some(fault) = trouble(&self.sessions, job.key)
            {
                job.refuse(Refusal::Hsm(fault));
            }
        }
    }

    /// Jobs that all HSMs failed at which could be used now may try those again, as long as they have not
    /// been tried too often: the ones that were to do better have gone.
    fn forgive(&mut self) {
        for job in self.jobs.iter_mut().filter(|job| job.is_queued()) {
            let usable =
                |at: usize, session: &Session| session.serves(job.key).then(|| job.may_try(at));
            let mut sessions = self.sessions.iter().enumerate();
            let stuck = sessions.all(|(at, session)| usable(at, session) != Some(true));
            if stuck && job.attempts < TRIES {
                job.clear_all_tried();
            }
        }
    }

    /// An HSM that has been opened anew knows nothing of what it failed at before.
    fn try_again(&mut self, hsm: usize) {
        for job in &mut self.jobs {
            job.clear_tried(hsm);
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

    /// Gives HSM `at` its next job, if it is free. Jobs that the policy or the ledger decides on the
    /// way are answered without it.
    fn dispatch(&mut self, now: Instant, at: usize) {
        while self.sessions.get(at).is_some_and(Session::is_free) {
            let Some(position) = self.most_urgent(now, at) else {
                return;
            };
            let (Some(job), Some(session)) =
                (self.jobs.get_mut(position), self.sessions.get_mut(at))
            else {
                return;
            };
            let spending = match judge_again(&self.policy, &self.day, now, job) {
                Ok(spending) => spending,
                Err(refusal) => {
                    job.refuse(refusal);
                    continue;
                }
            };
            let clearance = match job.guard {
                Guard::Unguarded(proof) => Clearance::Unguarded(proof),
                Guard::Claim(claim) => match self.ledger.reserve(claim) {
                    Ok(approved) => Clearance::Approved(approved),
                    Err(standing) => {
                        job.settle(standing);
                        continue;
                    }
                },
            };
            job.counted = Some(self.day.count(now, spending));
            session.sign(now, job.key, &job.data);
            job.attempts = job.attempts.saturating_add(1);
            job.stage = Stage::AtHsm(at, clearance);
            job.step = Some(Step::AtHsm(session.number()));
        }
    }

    /// The queued job that HSM `at` should do next: one that it holds the key for, that no other HSM
    /// should rather do, and whose watermark is not in use.
    fn most_urgent(&self, now: Instant, at: usize) -> Option<usize> {
        let session = self.sessions.get(at)?;
        let waits = |job: &Job| {
            job.is_queued()
                && job.may_try(at)
                && session.serves(job.key)
                && !(session.is_failing(now) && self.has_sounder(now, job))
                && !self.must_wait(job)
        };
        self.jobs
            .iter()
            .enumerate()
            .filter(|(_, job)| waits(job))
            .min_by_key(|(_, job)| (job.urgency, job.deadline, job.id))
            .map(|(position, _)| position)
    }

    /// Whether an HSM that is not failing may do `job`.
    fn has_sounder(&self, now: Instant, job: &Job) -> bool {
        let mut sessions = self.sessions.iter().enumerate();
        sessions.any(|(at, session)| {
            job.may_try(at) && session.serves(job.key) && !session.is_failing(now)
        })
    }

    fn must_wait(&self, job: &Job) -> bool {
        match &job.guard {
            Guard::Unguarded(_) => false,
            Guard::Claim(claim) => self.ledger.check(claim) == Ok(Standing::Busy),
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

/// What a job spends, if it may still go on: others have spent since it came, and the policy may be
/// another.
fn judge_again(policy: &Policy, day: &Day, now: Instant, job: &Job) -> Result<Spending, Refusal> {
    let asked = Asked {
        peer: job.peer,
        key: job.hash,
        data: &job.data,
        signed: job.authorized_by.is_some(),
    };
    let counts = |by: &PublicKeyHash| policy.authorized_keys.iter().any(|key| key.hash() == *by);
    let allowed = judge(policy, &Sent { day, now }, &asked, |key| {
        let by = job.authorized_by.filter(counts);
        by.filter(|by| key.is_authorized_by(by))
    });
    allowed.map(|allowed| allowed.spending)
}

/// Whether an HSM that holds the key at `key` can be used.
fn is_served(sessions: &[Session], key: usize) -> bool {
    sessions.iter().any(|session| session.serves(key))
}

/// Why nothing comes from the HSMs that hold the key at `key`, if that is so for one of them.
fn trouble(sessions: &[Session], key: usize) -> Option<HsmFault> {
    let homes = sessions.iter().filter(|session| session.houses(key));
    homes.filter_map(Session::trouble).next()
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
