//! The queue: which job goes to which HSM next, and which need not wait any longer.
//!
//! The most urgent goes first, among those alike the one whose deadline comes first. A job waits while
//! its watermark is in use, and while a sounder HSM than the free one holds its key. Before it goes it is
//! judged once more, and its watermark reserved. Left to others: what the HSM makes of it.

use super::job::{Clearance, Guard, Job, Stage};
use super::{Session, Signer, Step};
use crate::crypto::{Verify, VerifyBls};
use crate::judge::{Asked, Sent, judge};
use crate::limits::TRIES;
use crate::policy::{Day, Policy, Spending, WithoutHsm};
use crate::tezos::PublicKeyHash;
use crate::time::Instant;
use crate::verdict::{HsmFault, Refusal};
use crate::watermark::Standing;

impl<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize> Signer<V, JOBS, MARKS> {
    /// Answers the queued jobs that need no HSM any more: what they ask for has been signed since, or
    /// can be signed no more.
    pub(super) fn settle_decided(&mut self) {
        for job in self.jobs.iter_mut().filter(|job| job.is_queued()) {
            if let Guard::Claim(claim) = &job.guard {
                job.settle(self.ledger.check(claim));
            }
        }
    }

    /// Tells the clients whose patience has ended.
    pub(super) fn give_up_late(&mut self, now: Instant) {
        let late = Refusal::Late(self.times.request_ms);
        for job in &mut self.jobs {
            if job.poll_timeout().is_some_and(|deadline| deadline <= now) {
                let trouble = trouble(&self.sessions, job.key).filter(|_| job.is_queued());
                job.give_up(trouble.map_or(late, Refusal::Hsm));
            }
        }
    }

    /// Where nobody shall wait for an HSM to come back, answers those whose HSMs are all gone.
    pub(super) fn give_up_unserved(&mut self) {
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
    pub(super) fn forgive(&mut self) {
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
    pub(super) fn try_again(&mut self, hsm: usize) {
        for job in &mut self.jobs {
            job.clear_tried(hsm);
        }
    }

    /// Gives HSM `at` its next job, if it is free. Jobs that the policy or the ledger decides on the
    /// way are answered without it.
    pub(super) fn dispatch(&mut self, now: Instant, at: usize) {
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
}

/// What a job spends, if it may still go on: others have spent since it came, and the policy may be
/// another.
pub(super) fn judge_again(
    policy: &Policy,
    day: &Day,
    now: Instant,
    job: &Job,
) -> Result<Spending, Refusal> {
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
pub(super) fn is_served(sessions: &[Session], key: usize) -> bool {
    sessions.iter().any(|session| session.serves(key))
}

/// Why nothing comes from the HSMs that hold the key at `key`, if that is so for one of them.
pub(super) fn trouble(sessions: &[Session], key: usize) -> Option<HsmFault> {
    let homes = sessions.iter().filter(|session| session.houses(key));
    homes.filter_map(Session::trouble).next()
}
