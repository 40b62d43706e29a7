//! What is remembered of a request until its verdict: who asked for what, and when it came how far.

use core::time::Duration;
use std::time::Instant;

use tezio_core::octez::Request;
use tezio_core::policy::Peer;
use tezio_core::signer::Step;
use tezio_core::tezos::operation::Operation;
use tezio_core::tezos::{ConsensusKind, MagicByte, Message, PublicKeyHash};

use crate::request_name::RequestName;

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
    /// When it was last sent to an HSM.
    at_hsm: Option<Instant>,
    /// When its signature had been verified.
    signed: Option<Instant>,
    pub(crate) sign: Option<SignRequest>,
}

/// A request for a signature.
#[derive(Debug)]
pub(crate) struct SignRequest {
    pub(crate) key: PublicKeyHash,
    pub(crate) kind: Option<ConsensusKind>,
    pub(crate) bytes: usize,
    pub(crate) what: String,
    /// The authorized key that signed the request; empty where none was asked for.
    pub(crate) by: String,
}

/// Where the time of a request has gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phases {
    /// Waiting for an HSM.
    pub(crate) queue: Option<Duration>,
    /// At the HSM, and verifying.
    pub(crate) hsm: Option<Duration>,
    /// Waiting for the disk.
    pub(crate) store: Option<Duration>,
    pub(crate) total: Duration,
}

impl Asked {
    pub(crate) fn new(id: RequestName, client: Client, request: &Request<'_>) -> Self {
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
            at: Instant::now(),
            at_hsm: None,
            signed: None,
            sign,
        }
    }

    pub(crate) fn authorized(&mut self, by: PublicKeyHash) {
        if let Some(sign) = &mut self.sign {
            sign.by = by.to_string();
        }
    }

    pub(crate) fn came_to(&mut self, step: Step) {
        let now = Some(Instant::now());
        match step {
            Step::AtHsm(_) => self.at_hsm = now,
            Step::Signed => self.signed = now,
        }
    }

    /// What it waits for.
    pub(crate) const fn stage(&self) -> &'static str {
        match (self.at_hsm, self.signed) {
            (_, Some(_)) => "the disk",
            (Some(_), None) => "the HSM's signature",
            (None, None) => "an HSM",
        }
    }

    /// Where the time has gone until now.
    pub(crate) fn phases(&self) -> Phases {
        let between = |from: Option<Instant>, to: Option<Instant>| Some(to?.duration_since(from?));
        Phases {
            queue: between(Some(self.at), self.at_hsm),
            hsm: between(self.at_hsm, self.signed),
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
        let message = Message::parse(data);
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
            bytes: data.len(),
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
