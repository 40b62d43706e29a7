//! What is remembered of a request until its verdict: who asked for what, and when it came how far.

use core::time::Duration;
use std::time::Instant;

use tezio_core::octez::Request;
use tezio_core::policy::{HsmId, Peer};
use tezio_core::signer::Step;
use tezio_core::tezos::operation::Operation;
use tezio_core::tezos::{ConsensusKind, Digest, MagicByte, Message, PublicKeyHash, Round};
use tezio_core::watermark::{Claim, Mark, Marks, Watermark};

use crate::request_name::RequestName;
use crate::round;

/// Who asks, and through which front end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) front: FrontEnd,
    pub(crate) peer: Peer,
}

/// What carries requests to the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrontEnd {
    Http,
    Https,
    Tcp,
    Unix,
}

impl FrontEnd {
    /// All of them, in order.
    pub(crate) const ALL: [Self; 4] = [Self::Http, Self::Https, Self::Tcp, Self::Unix];

    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Tcp => "tcp",
            Self::Unix => "unix",
        }
    }
}

/// A request without an answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) id: RequestName,
    pub(crate) client: Client,
    at: Instant,
    /// When it had been judged, and nothing but an HSM was missing.
    judged: Option<Instant>,
    /// When it was last sent to an HSM.
    at_hsm: Option<Instant>,
    /// The HSM that it was last sent to, unless that has failed at it.
    hsm: Option<HsmId>,
    /// When all of the HSM's answer had come.
    replied: Option<Instant>,
    /// When its signature had been verified.
    signed: Option<Instant>,
    pub(crate) sign: Option<SignRequest>,
}

/// A request for a signature.
#[derive(Debug)]
pub(crate) struct SignRequest {
    pub(crate) key: PublicKeyHash,
    pub(crate) kind: Option<ConsensusKind>,
    /// Of a block or vote.
    pub(crate) round: Option<Round>,
    /// When its round began, by a block's own word, in seconds since 1970.
    pub(crate) begun: Option<f64>,
    /// The watermark that guards it, and the mark that it would raise that to.
    pub(crate) claim: Option<(Watermark, Mark)>,
    /// The mark when the request came.
    pub(crate) held: Option<Mark>,
    pub(crate) bytes: usize,
    pub(crate) digest: Digest,
    pub(crate) what: String,
    /// The authorized key that signed the request; empty where none was asked for.
    pub(crate) by: String,
}

/// One input to the signer: when it was given, and when the signer had dealt with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
}

/// Where the time of a request has gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phases {
    /// Waiting for its turn among costly requests, and being judged, its authentication included.
    pub(crate) check: Option<Duration>,
    /// Waiting for an HSM.
    pub(crate) queue: Option<Duration>,
    /// On the way to the HSM, in it, and on the way back.
    pub(crate) hsm: Option<Duration>,
    /// Verifying what the HSM gave.
    pub(crate) verify: Option<Duration>,
    /// Waiting for the disk.
    pub(crate) store: Option<Duration>,
    pub(crate) total: Duration,
}

impl Asked {
    /// A request that came at `at`.
    pub(crate) fn new(id: RequestName, at: Instant, client: Client, request: &Request<'_>) -> Self {
        let sign = match request {
            Request::Sign { key, data, .. } => Some(SignRequest::new(*key, data)),
            Request::Hello
            | Request::PublicKey { .. }
            | Request::AuthorizedKeys
            | Request::KnownKeys
            | Request::DeterministicNonce { .. }
            | Request::SupportsDeterministicNonces { .. }
            | Request::ProvePossession { .. }
            | Request::Malformed(_) => None,
        };
        Self {
            id,
            client,
            at,
            judged: None,
            at_hsm: None,
            hsm: None,
            replied: None,
            signed: None,
            sign,
        }
    }

    /// Remembers the mark that guards the message now.
    pub(crate) fn find_mark<const N: usize>(&mut self, marks: &Marks<N>) {
        if let Some(sign) = &mut self.sign
            && let Some((watermark, _)) = &sign.claim
        {
            sign.held = marks.of(watermark).map(|record| record.mark);
        }
    }

    pub(crate) fn authorized(&mut self, by: PublicKeyHash) {
        if let Some(sign) = &mut self.sign {
            sign.by = by.to_string();
        }
    }

    /// It was judged in this turn.
    pub(crate) fn judged(&mut self, turn: Turn) {
        self.judged = Some(turn.ended);
    }

    pub(crate) fn came_to(&mut self, step: Step, turn: Turn) {
        match step {
            Step::AtHsm(hsm) => {
                self.at_hsm = Some(turn.ended);
                self.hsm = Some(hsm);
            }
            Step::Signed => {
                self.replied = Some(turn.began);
                self.signed = Some(turn.ended);
            }
        }
    }

    /// Whether an HSM has signed for it, so that its signature is none from the record.
    pub(crate) const fn is_signed(&self) -> bool {
        self.signed.is_some()
    }

    /// What it waits for.
    pub(crate) const fn stage(&self) -> &'static str {
        match (self.at_hsm, self.signed) {
            (_, Some(_)) => "the disk",
            (Some(_), None) => "the HSM's signature",
            (None, None) => "an HSM",
        }
    }

    /// The HSM that it is at, or that has answered it.
    pub(crate) const fn hsm(&self) -> Option<HsmId> {
        self.hsm
    }

    /// `hsm` has failed, at this or at another.
    pub(crate) fn passed_over(&mut self, hsm: HsmId) {
        self.hsm = self.hsm.filter(|at| *at != hsm);
    }

    /// Where the time has gone until now.
    pub(crate) fn phases(&self) -> Phases {
        let between = |from: Option<Instant>, to: Option<Instant>| Some(to?.duration_since(from?));
        Phases {
            check: between(Some(self.at), self.judged),
            queue: between(self.judged, self.at_hsm),
            hsm: between(self.at_hsm, self.replied),
            verify: between(self.replied, self.signed),
            store: self.signed.map(|signed| signed.elapsed()),
            total: self.at.elapsed(),
        }
    }

    pub(crate) fn log_gone(&self) {
        let (id, peer) = (&self.id, &self.client.peer);
        if let Some(SignRequest { key, what, .. }) = &self.sign {
            tracing::warn!(%id, %peer, %key, what, "client went away before its answer");
        }
    }
}

impl SignRequest {
    fn new(key: PublicKeyHash, data: &[u8]) -> Self {
        let (message, digest) = (Message::parse(data), Digest::of(data));
        let consensus = message.as_ref().ok().and_then(Message::consensus);
        let what = match (&message, consensus) {
            (_, Some(consensus)) => format!(
                "{} at level {} round {} on {}",
                consensus.kind, consensus.level, consensus.round, consensus.chain
            ),
            (Ok(message), None) => unguarded(message),
            (Err(fault), None) => fault.to_string(),
        };
        Self {
            key,
            kind: consensus.map(|consensus| consensus.kind),
            round: consensus.map(|consensus| consensus.round),
            begun: consensus.and_then(|consensus| round::begun(consensus.kind, data)),
            claim: consensus.map(|consensus| {
                let claim = Claim::new(key, consensus, digest);
                (*claim.watermark(), claim.mark())
            }),
            held: None,
            bytes: data.len(),
            digest,
            what,
            by: String::new(),
        }
    }
}

/// A duration as the log writes it: milliseconds with a tenth.
pub(crate) fn tenths(duration: Option<Duration>) -> f64 {
    let micros = duration.unwrap_or_default().as_micros();
    let tenths = u32::try_from(micros / 100).unwrap_or(u32::MAX);
    f64::from(tenths) / 10.0
}

/// An operation by the kinds of its contents, each named once; anything else by its magic byte.
fn unguarded(message: &Message<'_>) -> String {
    let byte = message.magic_byte();
    if byte != MagicByte::OPERATION {
        return format!("magic byte {byte}");
    }
    let Ok(operation) = Operation::parse(message.data()) else {
        return "unreadable operation".to_owned();
    };
    let mut kinds: Vec<_> = operation.contents().map(|content| content.kind).collect();
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    format!("operation of {count}: {}", kinds.join(", "))
}
