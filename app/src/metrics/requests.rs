//! Requests: how they ended, why they were refused, and which came to nothing for want of time.

use core::time::Duration;

use anyhow::Result;
use prometheus::IntCounter;
use tezio_core::octez::Reply;
use tezio_core::verdict::Refusal;

use super::family::Families;
use crate::asked::{Asked, FrontEnd, Phases};
use crate::config::Config;
use crate::reason::Reason;

/// How a request ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Answered,
    Refused,
    Gone,
}

/// The requests of all clients.
#[derive(Debug)]
pub(super) struct Requests {
    /// By front end, by whether a signature is asked for, by [`End`].
    ended: [[[IntCounter; 3]; 2]; 4],
    /// By [`Reason`].
    refusals: [IntCounter; Reason::ALL.len()],
    overdue: IntCounter,
    gone: IntCounter,
    unclaimed: IntCounter,
    /// How long a request may take.
    patience: Duration,
}

/// The core counts whole milliseconds, so that a deadline may come one early.
const MILLISECOND: Duration = Duration::from_millis(1);

impl Requests {
    pub(super) fn new(families: &Families<'_>, config: &Config) -> Result<Self> {
        let ended = families.counters(
            "tezio_requests_total",
            "Requests by front end, what was asked and how it ended",
            &["front", "request", "outcome"],
        )?;
        let refusals = families.counters(
            "tezio_refusals_total",
            "Requests refused, by reason",
            &["reason"],
        )?;
        let late = families.counters(
            "tezio_late_requests_total",
            "Signing requests that got no signature in time: refused at their deadline, or given up \
             by their client",
            &["reason"],
        )?;
        let series = |front: FrontEnd, request: &str, outcome: &str| {
            ended.with_label_values(&[front.name(), request, outcome])
        };
        Ok(Self {
            ended: FrontEnd::ALL.map(|front| {
                ["other", "sign"].map(|request| {
                    ["answered", "refused", "gone"].map(|outcome| series(front, request, outcome))
                })
            }),
            refusals: Reason::ALL.map(|reason| refusals.with_label_values(&[reason.name()])),
            overdue: late.with_label_values(&["deadline"]),
            gone: late.with_label_values(&["gone"]),
            unclaimed: families.counter(
                "tezio_unclaimed_signatures_total",
                "Signatures of blocks and votes made after their request had been refused or given \
                 up; they are kept for whoever asks again",
            )?,
            patience: Duration::from_millis(u64::from(config.times.request_ms)),
        })
    }

    pub(super) fn answered(&self, asked: &Asked, phases: &Phases, reply: &Reply) {
        let Reply::Refused(refusal) = reply else {
            return self.ended(asked, End::Answered);
        };
        self.ended(asked, End::Refused);
        self.refusals[Reason::of(refusal) as usize].inc();
        if asked.sign.is_some() && self.is_late(phases, refusal) {
            self.overdue.inc();
        }
    }

    pub(super) fn gone(&self, asked: &Asked) {
        self.ended(asked, End::Gone);
        if asked.sign.is_some() {
            self.gone.inc();
        }
    }

    pub(super) fn unclaimed(&self) {
        self.unclaimed.inc();
    }

    /// Whether it was the time that refused it, whatever the refusal says.
    pub(super) fn is_late(&self, phases: &Phases, refusal: &Refusal) -> bool {
        matches!(refusal, Refusal::Late(_)) || phases.total + MILLISECOND >= self.patience
    }

    fn ended(&self, asked: &Asked, end: End) {
        let front = &self.ended[asked.client.front as usize];
        front[usize::from(asked.sign.is_some())][end as usize].inc();
    }
}
