//! One line for each verdict on a signing request: who asked for what, and what came of it.
//!
//! Neither signatures nor authentications are ever logged.

use core::time::Duration;
use std::time::Instant;

use tezio_core::octez::Reply;
use tezio_core::verdict::Refusal;

use crate::asked::{Asked, Phases, SignRequest, tenths};

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
    pub(super) fn verdict(&mut self, asked: &Asked, phases: &Phases, reply: &Reply) {
        if matches!(reply, Reply::Refused(Refusal::Address(_))) {
            return self.stranger(asked);
        }
        let (id, peer) = (&asked.id, &asked.client.peer);
        match (&asked.sign, reply) {
            (Some(sign), reply) => verdict_on_signing(asked, (sign, phases), reply),
            (None, Reply::Refused(refusal)) => tracing::warn!(%id, %peer, %refusal, "refused"),
            (None, _) => tracing::debug!(%id, %peer, "answered"),
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
        let (peer, unsaid) = (&asked.client.peer, core::mem::take(&mut self.unsaid));
        self.strangers = Some(Instant::now());
        tracing::warn!(%peer, unsaid, "refused: this peer is not among those allowed");
    }
}

/// Times are in milliseconds: in all, checking the request, waiting for an HSM, at the HSM, verifying
/// what it gave, and waiting for the disk.
fn verdict_on_signing(asked: &Asked, (sign, phases): (&SignRequest, &Phases), reply: &Reply) {
    let SignRequest {
        key,
        bytes,
        what,
        by,
        ..
    } = sign;
    let (id, peer) = (&asked.id, &asked.client.peer);
    let (ms, check) = (tenths(Some(phases.total)), tenths(phases.check));
    let (queue, hsm) = (tenths(phases.queue), tenths(phases.hsm));
    let (verify, store) = (tenths(phases.verify), tenths(phases.store));
    if let Reply::Refused(refusal) = reply {
        tracing::warn!(%id, %peer, by, %key, bytes, what, ms, %refusal, "refused to sign");
    } else {
        tracing::info!(
            %id, %peer, by, %key, bytes, what, ms, check, queue, hsm, verify, store, "signed"
        );
    }
}
