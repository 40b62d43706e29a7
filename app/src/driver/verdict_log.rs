//! One line for each verdict on a signing request: who asked for what, and what came of it.
//!
//! Neither signatures nor authentications are ever logged.

use std::time::Instant;

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::signer::RequestId;
use tezio_core::tezos::{Message, PublicKeyHash};

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
}

impl Asked {
    pub(super) fn new(peer: Peer, request: &Request<'_>) -> Self {
        let sign = match request {
            Request::Sign { key, data, .. } => Some(SignRequest {
                key: *key,
                bytes: data.len(),
                what: describe(data),
            }),
            Request::Hello
            | Request::PublicKey { .. }
            | Request::AuthorizedKeys
            | Request::Malformed(_) => None,
        };
        let at = Instant::now();
        Self { peer, at, sign }
    }

    pub(super) fn log(&self, id: RequestId, reply: &Reply) {
        let (id, peer, ms) = (id.0, &self.peer, self.at.elapsed().as_millis());
        match (&self.sign, reply) {
            (Some(SignRequest { key, bytes, what }), Reply::Refused(refusal)) => {
                tracing::warn!(id, %peer, %key, bytes, what, ms, %refusal, "refused to sign");
            }
            (Some(SignRequest { key, bytes, what }), _) => {
                tracing::info!(id, %peer, %key, bytes, what, ms, "signed");
            }
            (None, Reply::Refused(refusal)) => tracing::warn!(id, %peer, %refusal, "refused"),
            (None, _) => tracing::debug!(id, %peer, "answered"),
        }
    }

    pub(super) fn log_gone(&self, id: RequestId) {
        let (id, peer) = (id.0, &self.peer);
        if let Some(SignRequest { key, what, .. }) = &self.sign {
            tracing::warn!(id, %peer, %key, what, "client went away before its answer");
        }
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
