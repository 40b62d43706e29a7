//! Intake: from a request to an answer at once, or to a job.
//!
//! Checks go from cheap to costly, and nothing is learned by an address that may not ask: address,
//! key, presence of an authentication, magic byte, size, shape, the authentication itself, mark.

use crate::crypto::{Verify, VerifyBls};
use crate::hsm::{LinkFault, MAX_DATA};
use crate::octez::{Authentication, Release, Reply, Request};
use crate::policy::KeyPolicy;
use crate::tezos::{Curve, MagicByte, Message, PublicKeyHash};
use crate::time::Instant;
use crate::verdict::{HsmFault, Refusal, Unguarded, Unsupported};
use crate::watermark::{Claim, Standing, Stored, WatermarkRefusal};

use super::job::{Audience, Guard, Job, Stage, Urgency};
use super::{Caller, RequestId, Signer, trouble};

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
            Request::SupportsDeterministicNonces { key } => self
                .find(key)
                .map(|_| Taken::Answer(Reply::NoDeterministicNonces)),
            Request::ProvePossession { .. } => {
                Err(Refusal::Unsupported(Unsupported::ProofOfPossession))
            }
            Request::Malformed(malformed) => Err(Refusal::Malformed(malformed)),
            Request::Sign {
                key,
                data,
                authentication,
            } => {
                let (key, policy) = self.find(key)?;
                let message = self.check_message(policy, data, authentication.as_ref())?;
                *authorized_by = self.authorizer(policy, data, authentication.as_ref())?;
                self.take_sign(now, from.id, key, policy.hash, &message)
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

    /// The position and policy of a key that is served.
    fn find(&self, key: PublicKeyHash) -> Result<(usize, &KeyPolicy), Refusal> {
        if matches!(key.curve(), Curve::Bls12381 | Curve::MlDsa44) {
            return Err(Refusal::Unsupported(Unsupported::Curve(key.curve())));
        }
        let unknown = Refusal::UnknownKey(key);
        let at = self.policy.position(&key).ok_or(unknown)?;
        self.policy.keys.get(at).map(|key| (at, key)).ok_or(unknown)
    }

    fn public_key(&self, key: PublicKeyHash) -> Result<Reply, Refusal> {
        let (at, _) = self.find(key)?;
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
        id: RequestId,
        key: usize,
        hash: PublicKeyHash,
        message: &Message<'_>,
    ) -> Result<Taken, Refusal> {
        let data = message.data();
        let guard = match self.guard(hash, message)? {
            Passed::Guard(guard) => guard,
            Passed::Repeat(stored) => {
                let release = Release::stored(&stored, hash.curve());
                return Ok(Taken::Answer(Reply::Signature(release)));
            }
        };
        Ok(Taken::Job(Job {
            id,
            key,
            hash,
            data: heapless::Vec::from_slice(data).map_err(|_| too_large(data))?,
            digest: message.digest(),
            guard,
            urgency: Urgency::of(message),
            deadline: now.plus_millis(self.times.request_ms),
            attempts: 0,
            tried: 0,
            stage: Stage::Queued,
            audience: Audience::Waiting,
            step: None,
        }))
    }

    /// Everything about the message that costs next to nothing to find out.
    fn check_message<'a>(
        &self,
        key: &KeyPolicy,
        data: &'a [u8],
        authentication: Option<&Authentication>,
    ) -> Result<Message<'a>, Refusal> {
        let hash = key.hash;
        if self.policy.needs_authentication(key) && authentication.is_none() {
            return Err(Refusal::AuthenticationMissing(hash));
        }
        if let Some(byte) = data.first().map(|first| MagicByte(*first))
            && !self.policy.allows(key, byte)
        {
            return Err(Refusal::MagicByte { key: hash, byte });
        }
        if data.len() > MAX_DATA {
            return Err(too_large(data));
        }
        let message = Message::parse(data).map_err(Refusal::Message)?;
        match message.consensus() {
            Some(consensus) if !consensus.suits(hash.curve()) => Err(Refusal::Layout {
                kind: consensus.kind,
                key: hash,
            }),
            Some(_) | None => Ok(message),
        }
    }

    /// The authorized key that signed the request; `None` where none is asked for.
    fn authorizer(
        &self,
        key: &KeyPolicy,
        data: &[u8],
        authentication: Option<&Authentication>,
    ) -> Result<Option<PublicKeyHash>, Refusal> {
        if !self.policy.needs_authentication(key) {
            return Ok(None);
        }
        let missing = Refusal::AuthenticationMissing(key.hash);
        let authentication = authentication.ok_or(missing)?;
        self.clients
            .who_signed(&self.verifier, key, data, authentication)
            .map(Some)
            .ok_or(Refusal::AuthenticationInvalid)
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

const fn too_large(data: &[u8]) -> Refusal {
    Refusal::TooLarge {
        size: data.len(),
        limit: MAX_DATA,
    }
}
