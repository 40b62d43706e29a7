//! Verdicts on their way into log, metrics, audit log and history.
//!
//! ```text
//! reply -> its client, and a Verdict -> (a turn of the executor, in which the client is answered) -> written down
//! ```
//!
//! Writing down wakes the threads of both logs, which then take the processor from the client that is
//! to be answered. So it comes after the answer; and before anybody is shown anything, see
//! [`Desk::write_down`].

use core::task::{Context, Poll, Waker};

use tezio_core::octez::Reply;
use tezio_core::policy::Peer;

use super::desk::Desk;
use crate::asked::{Asked, Phases};
use crate::audit::Outcome;

/// What came of a request.
#[derive(Debug)]
pub(super) struct Verdict {
    asked: Asked,
    phases: Phases,
    reply: Reply,
}

/// Those that are not written down yet: no more than are answered in one turn of the executor.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    waiting: Vec<Verdict>,
    /// Wakes who writes them down.
    writer: Option<Waker>,
}

impl Verdict {
    /// The verdict that `reply` is, at this moment.
    pub(super) fn new(asked: Asked, reply: Reply) -> Self {
        let phases = asked.phases();
        Self {
            asked,
            phases,
            reply,
        }
    }
}

impl Extend<Verdict> for Verdicts {
    fn extend<V: IntoIterator<Item = Verdict>>(&mut self, verdicts: V) {
        self.waiting.extend(verdicts);
        if !self.waiting.is_empty()
            && let Some(writer) = self.writer.take()
        {
            writer.wake();
        }
    }
}

impl Desk {
    /// Ready when there is a verdict to be written down.
    pub(super) fn poll_verdict(&mut self, context: &Context<'_>) -> Poll<()> {
        if !self.verdicts.waiting.is_empty() {
            return Poll::Ready(());
        }
        self.verdicts.writer = Some(context.waker().clone());
        Poll::Pending
    }

    /// Writes down all verdicts, in their order.
    pub(super) fn write_down(&mut self) {
        let mut waiting = core::mem::take(&mut self.verdicts.waiting);
        for verdict in waiting.drain(..) {
            self.write_verdict(verdict);
        }
        self.verdicts.waiting = waiting;
    }

    fn write_verdict(&mut self, verdict: Verdict) {
        let Verdict {
            asked,
            phases,
            reply,
        } = verdict;
        self.log.verdict(&asked, &phases, &reply);
        self.metrics.answered(&asked, &phases, &reply);
        self.note_end(&asked, &phases, Outcome::Answered(&reply));
        self.history.answered(asked, &phases, &reply);
    }

    /// A request's client has gone before its answer.
    pub(super) fn write_gone(&mut self, asked: Asked) {
        self.write_down();
        asked.log_gone();
        self.metrics.gone(&asked);
        self.note_end(&asked, &asked.phases(), Outcome::Gone);
        self.history.gone(asked);
    }

    fn note_end(&mut self, asked: &Asked, phases: &Phases, outcome: Outcome<'_>) {
        let certificate = match asked.client.peer {
            Peer::Certified { client, .. } => client,
            Peer::Address(_) | Peer::User { .. } => None,
        };
        let certificate = certificate.and_then(|client| self.signer.policy().client_name(client));
        let hsm = asked
            .hsm()
            .and_then(|hsm| self.hsms.get(usize::from(hsm.0)));
        let hsm = hsm.map(|hsm| hsm.name.as_str());
        self.audit
            .request((asked, phases), outcome, certificate, hsm);
    }
}
