//! Intake: from a request to an answer at once, or to a job.
//!
//! What the policy has to say comes first, from [`judge`]; the mark last. Nothing is learned by an
//! address that may not ask.

use crate::crypto::{Verify, VerifyBls};
use crate::hsm::{LinkFault, MAX_DATA};
use crate::judge::{Allowed, Asked, find, judge};
use crate::octez::{Release, Reply, Request};
use crate::tezos::{Message, PublicKeyHash};
use crate::time::Instant;
use crate::verdict::{HsmFault, Refusal, Unguarded, Unsupported};
use crate::watermark::{Claim, Standing, Stored, WatermarkRefusal};

use super::job::{Audience, Guard, Job, Stage, Urgency};
use super::queue::trouble;
use super::{Caller, RequestId, Signer};

impl<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize> Signer<V, JOBS, MARKS> {
    /// Takes a request in: answers it at once, or makes a job of it.
    pub(super) fn take_in(&mut self, now: Instant, from: Caller, request: Request<'_>) {
        let mut authorized_by = None;
        let judged = self.judge(now, from, request, &mut authorized_by);
        self.authorized_by = authorized_by.map(|by| (from.id, by));
        let taken = match judged {
            Ok(Taken::Answer(reply)) => Some((from.id, reply)),
            Ok(Taken::Job(job)) => self.enqueue(job),
            Err(refusal) => Some((from.id, Reply::Refused(refusal))),
        };
        self.answer = taken;
    }

    /// Queues a job. A full queue turns away the least urgent one that waits, which may be the new
    /// one; its refusal is returned.
    fn enqueue(&mut self, mut job: Job) -> Option<(RequestId, Reply)> {
        if self.jobs.is_full() {
            let waiting = self.jobs.iter_mut().filter(|other| other.is_queued());
            let last = waiting.max_by_key(|other| (other.urgency, other.deadline, other.id));
            if let Some(last) = last.filter(|last| last.urgency > job.urgency) {
                core::mem::swap(last, &mut job);
            }
            job.refuse(Refusal::Busy(JOBS));
            return job.take_reply();
        }
        // There is room, as was just seen.
        let _ = self.jobs.push(job);
        None
    }

    /// Judges a request. Who authorized it is told on the way, for the refusals behind that.
    fn judge(
        &self,
        now: Instant,
        from: Caller,
        request: Request<'_>,
        authorized_by: &mut Option<PublicKeyHash>,
    ) -> Result<Taken, Refusal> {
        if !self.policy.admits(&from.peer) {
            return Err(Refusal::Address(from.peer));
        }
        match request {
            Request::Hello => Ok(Taken::Answer(Reply::Hello)),
            Request::AuthorizedKeys => Ok(Taken::Answer(self.authorized_keys())),
            Request::PublicKey { key } => self.public_key(key).map(Taken::Answer),
            Request::KnownKeys => self.known_keys(),
            Request::DeterministicNonce { .. } => {
                Err(Refusal::Unsupported(Unsupported::DeterministicNonce))
            }
            Request::SupportsDeterministicNonces { key } => {
                find(&self.policy, key).map(|_| Taken::Answer(Reply::NoDeterministicNonces))
            }
            Request::ProvePossession { .. } => {
                Err(Refusal::Unsupported(Unsupported::ProofOfPossession))
            }
            Request::Malformed(malformed) => Err(Refusal::Malformed(malformed)),
            Request::Sign {
                key,
                data,
                authentication,
            } => {
                let asked = Asked {
                    peer: from.peer,
                    key,
                    data,
                    signed: authentication.is_some(),
                };
                let allowed = judge(&self.policy, &self.sent(now), &asked, |key| {
                    let authentication = authentication.as_ref()?;
                    let clients = &self.clients;
                    *authorized_by = clients.who_signed(&self.verifier, key, data, authentication);
                    *authorized_by
                })?;
                self.take_sign(now, from, &allowed)
            }
        }
    }

    /// What will be enforced: the authorized keys that count for a key that needs one, if any key
    /// does.
    fn authorized_keys(&self) -> Reply {
        let needed = self.policy.any_needs_authentication();
        let hashes = || {
            let enforced = |hash: &&PublicKeyHash| self.policy.is_enforced(hash);
            self.clients.hashes().filter(enforced).copied().collect()
        };
        Reply::AuthorizedKeys(needed.then(hashes))
    }

    /// The keys served, if the policy lets them be listed.
    fn known_keys(&self) -> Result<Taken, Refusal> {
        if !self.policy.known_keys_listed {
            return Err(Refusal::KnownKeys);
        }
        let hashes = self.policy.keys.iter().map(|key| key.hash).collect();
        Ok(Taken::Answer(Reply::KnownKeys(hashes)))
    }

    fn public_key(&self, key: PublicKeyHash) -> Result<Reply, Refusal> {
        let (at, _) = find(&self.policy, key)?;
        if let Some(shown) = self.held.get(at).and_then(|held| held.shown.as_ref()) {
            return Ok(Reply::PublicKey(shown.public));
        }
        let absent = HsmFault::Link(LinkFault::NotConnected);
        let fault = trouble(&self.sessions, at).unwrap_or(absent);
        Err(Refusal::Hsm(fault))
    }

    /// The job that a message makes, or the signature that it was given before.
    fn take_sign(
        &self,
        now: Instant,
        from: Caller,
        allowed: &Allowed<'_>,
    ) -> Result<Taken, Refusal> {
        let (message, hash) = (&allowed.message, allowed.hash);
        let data = message.data();
        let too_large = Refusal::TooLarge {
            size: data.len(),
            limit: MAX_DATA,
        };
        let guard = match self.guard(hash, message)? {
            Passed::Guard(guard) => guard,
            Passed::Repeat(stored) => {
                let release = Release::stored(&stored, hash.curve());
                return Ok(Taken::Answer(Reply::Signature(release)));
            }
        };
        Ok(Taken::Job(Job {
            id: from.id,
            peer: from.peer,
            authorized_by: allowed.authorized_by,
            key: allowed.key,
            hash,
            data: heapless::Vec::from_slice(data).map_err(|_| too_large)?,
            digest: message.digest(),
            guard,
            urgency: Urgency::of(message),
            deadline: now.plus_millis(self.times.request_ms),
            attempts: 0,
            tried: 0,
            counted: None,
            stage: Stage::Queued,
            audience: Audience::Waiting,
            step: None,
        }))
    }

    /// What a message must pass, refused at once if it stands no chance.
    fn guard(&self, key: PublicKeyHash, message: &Message<'_>) -> Result<Passed, Refusal> {
        let claim = match Unguarded::judge(&self.policy, message) {
            Ok(proof) => return Ok(Passed::Guard(Guard::Unguarded(proof))),
            Err(consensus) => Claim::new(key, consensus, message.digest()),
        };
        match self.ledger.check(&claim).map_err(Refusal::Watermark)? {
            Standing::Repeat(stored) => return Ok(Passed::Repeat(stored)),
            Standing::Free | Standing::Busy => {}
        }
        if self.jobs.iter().any(|job| job.conflicts(&claim)) {
            return Err(Refusal::Watermark(WatermarkRefusal::Underway {
                watermark: *claim.watermark(),
                asked: claim.mark(),
            }));
        }
        Ok(Passed::Guard(Guard::Claim(claim)))
    }
}

/// A request that is not refused.
#[expect(
    clippy::large_enum_variant,
    reason = "lives for a moment on the stack, without a heap"
)]
enum Taken {
    Answer(Reply),
    Job(Job),
}

/// A message that may go on, or needs not to.
enum Passed {
    Guard(Guard),
    Repeat(Stored),
}
