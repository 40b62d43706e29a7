//! The end of an exchange: a signature to be recorded or released, or who tries next.
//!
//! An HSM that could not do it gives way to a twin that holds the same key; one that received a broken
//! packet has done nothing and is asked once more; and one that was unplugged is waited for. In all
//! cases the reservation is given back first, and what the HSM may still send is never taken for an
//! answer: a job is at one HSM at a time, and a watermark is reserved for one job.

use super::job::{Clearance, Job, Stage};
use super::{HeldKey, Session, Signer, Step};
use crate::crypto::{VerifiedSignature, Verify, VerifyBls};
use crate::hsm::{Answer, LinkFault, Outcome};
use crate::limits::{ATTEMPTS, TRIES};
use crate::octez::{Release, Reply};
use crate::policy::WithoutHsm;
use crate::time::Instant;
use crate::verdict::{HsmFault, Refusal};

impl<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize> Signer<V, JOBS, MARKS> {
    /// Takes in the end of a signing exchange at HSM `at`.
    pub(super) fn take_outcome(&mut self, now: Instant, at: usize, outcome: Outcome) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.is_at(at)) else {
            return;
        };
        let Some(clearance) = job.leave_hsm() else {
            return;
        };
        let verdict = signed(&self.verifier, &mut self.held, job, outcome);
        if let Some(session) = self.sessions.get_mut(at) {
            session.signed(now, verdict.as_ref().map(drop).map_err(|fault| *fault));
            if verdict == Err(HsmFault::InvalidSignature) {
                session.doubt(now);
            }
        }
        if verdict.is_ok() {
            job.step = Some(Step::Signed);
        }
        match (verdict, clearance) {
            (Ok(signature), Clearance::Unguarded(proof)) => {
                job.end(Reply::Signature(Release::unguarded(&signature, proof)));
            }
            (Ok(signature), Clearance::Approved(approved)) => {
                match self.ledger.record(approved, &signature) {
                    Ok(unstored) => job.stage = Stage::ToStore(unstored),
                    Err(refusal) => job.refuse(Refusal::Watermark(refusal)),
                }
            }
            (Err(fault), clearance) => {
                if let Clearance::Approved(approved) = clearance {
                    self.ledger.give_back(approved);
                }
                if let Some(counted) = job.counted.take() {
                    self.day.give_back(&counted);
                }
                let waits = self.policy.without_hsm == WithoutHsm::Wait;
                if is_tried_again(job, at, fault, &self.sessions, waits) {
                    job.stage = Stage::Queued;
                    if let Some(session) = self.sessions.get_mut(at) {
                        session.pass_over(fault);
                    }
                } else {
                    job.refuse(Refusal::Hsm(fault));
                }
            }
        }
    }
}

/// Whether a job that failed at HSM `at` goes on: there once more, at a twin, or when it is back.
fn is_tried_again(
    job: &mut Job,
    at: usize,
    fault: HsmFault,
    sessions: &[Session],
    waits: bool,
) -> bool {
    let broken = matches!(fault, HsmFault::Link(LinkFault::Framing(_)));
    if broken && job.attempts < ATTEMPTS {
        return true;
    }
    let gone = fault == HsmFault::Link(LinkFault::NotConnected);
    if !gone {
        job.mark_tried(at);
    }
    let served = sessions.iter().any(|session| session.serves(job.key));
    has_twin(job, sessions) || gone && (waits || served && job.attempts < TRIES)
}

/// Whether another HSM that can be used holds the job's key and has not failed at it.
fn has_twin(job: &Job, sessions: &[Session]) -> bool {
    let mut others = sessions.iter().enumerate();
    others.any(|(at, session)| job.may_try(at) && session.serves(job.key))
}

/// What an exchange brought: a verified signature of `job`'s message, or why not.
fn signed<V: Verify>(
    verifier: &V,
    held: &mut [HeldKey<V::Key>],
    job: &Job,
    outcome: Outcome,
) -> Result<VerifiedSignature, HsmFault> {
    let signature = match outcome.map_err(HsmFault::Link)? {
        Answer::Signature(signature) => signature,
        Answer::Status(status) => return Err(HsmFault::Status(status)),
        Answer::Key(_) | Answer::Address(_) | Answer::Verified(_) | Answer::Extension(_) => {
            return Err(HsmFault::Unexpected);
        }
    };
    let Some(HeldKey {
        shown: Some(shown),
        nonces,
    }) = held.get_mut(job.key)
    else {
        return Err(HsmFault::Link(LinkFault::NotConnected));
    };
    let prepared = &shown.prepared;
    let verified = VerifiedSignature::check(verifier, job.hash, prepared, job.digest, signature)?;
    if nonces.admit(job.hash.curve(), job.digest, &signature) {
        Ok(verified)
    } else {
        Err(HsmFault::RepeatedNonce)
    }
}
