//! One line for each verdict on a signing request: who asked for what, and what came of it.
//!
//! Neither signatures nor authentications are ever logged.

use core::time::Duration;
use std::time::Instant;

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::signer::RequestId;
use tezio_core::tezos::{Message, PublicKeyHash};
use tezio_core::verdict::Refusal;

/// What is remembered of a request until its verdict.
#[derive(Debug)]
pub(super) struct Asked {
    peer: Peer,
    at: Instant,
    sign: Option<SignRequest>,
}

#[derive(Debug)]
struct SignRequest {
    key: PublicKeyHash,
    bytes: usize,
    what: String,
    /// The authorized key that signed the request; empty where none was asked for.
    by: String,
}

impl Asked {
    pub(super) fn new(peer: Peer, request: &Request<'_>) -> Self {
        let sign = match request {
            Request::Sign { key, data, .. } => Some(SignRequest {
                key: *key,
                bytes: data.len(),
                what: describe(data),
                by: String::new(),
            }),
            Request::Hello
            | Request::PublicKey { .. }
            | Request::AuthorizedKeys
            | Request::KnownKeys
            | Request::DeterministicNonce { .. }
            | Request::SupportsDeterministicNonces { .. }
            | Request::ProvePossession { .. }
            | Request::Malformed(_) => None,
        };
        let at = Instant::now();
        Self { peer, at, sign }
    }

    pub(super) fn authorized(&mut self, by: PublicKeyHash) {
        if let Some(sign) = &mut self.sign {
            sign.by = by.to_string();
        }
    }

    pub(super) fn log_gone(&self, id: RequestId) {
        let (id, peer) = (id.0, &self.peer);
        if let Some(SignRequest { key, what, .. }) = &self.sign {
            tracing::warn!(id, %peer, %key, what, "client went away before its answer");
        }
    }
}

/// The log of verdicts.
#[derive(Debug, Default)]
pub(super) struct VerdictLog {
    /// When a refused address was last spoken of, and how many requests have been kept quiet since.
    strangers: Option<Instant>,
    unsaid: u64,
}

/// Addresses that may not ask could fill the disk with lines: one is written in this time.
const STRANGERS_EVERY: Duration = Duration::from_secs(10);

impl VerdictLog {
    pub(super) fn verdict(&mut self, id: RequestId, asked: &Asked, reply: &Reply) {
        if matches!(reply, Reply::Refused(Refusal::Address(_))) {
            return self.stranger(asked);
        }
        let (id, peer, ms) = (id.0, &asked.peer, asked.at.elapsed().as_millis());
        match (&asked.sign, reply) {
            (Some(asked), Reply::Refused(refusal)) => {
                let SignRequest {
                    key,
                    bytes,
                    what,
                    by,
                } = asked;
                tracing::warn!(id, %peer, by, %key, bytes, what, ms, %refusal, "refused to sign");
            }
            (
                Some(SignRequest {
                    key,
                    bytes,
                    what,
                    by,
                }),
                _,
            ) => {
                tracing::info!(id, %peer, by, %key, bytes, what, ms, "signed");
            }
            (None, Reply::Refused(refusal)) => tracing::warn!(id, %peer, %refusal, "refused"),
            (None, _) => tracing::debug!(id, %peer, "answered"),
        }
    }

    fn stranger(&mut self, asked: &Asked) {
        if self
            .strangers
            .is_some_and(|last| last.elapsed() < STRANGERS_EVERY)
        {
            self.unsaid += 1;
            return;
        }
        let (peer, unsaid) = (&asked.peer, core::mem::take(&mut self.unsaid));
        self.strangers = Some(Instant::now());
        tracing::warn!(%peer, unsaid, "refused: this peer is not among those allowed");
    }
}

/// Kind, level and round, or the magic byte.
fn describe(data: &[u8]) -> String {
    match Message::parse(data) {
        Ok(message) => match message.consensus() {
            Some(consensus) => format!(
                "{} at level {} round {} on {}",
                consensus.kind, consensus.level, consensus.round, consensus.chain
            ),
            None => format!("magic byte {}", message.magic_byte()),
        },
        Err(fault) => fault.to_string(),
    }
}
