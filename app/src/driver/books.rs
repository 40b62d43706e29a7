//! The books: verdicts into log, metrics, audit log and history.
//!
//! ```text
//! reply -> its client, and a Verdict -> (a turn of the executor, in which the client is answered) -> written down
//! ```
//!
//! Writing down wakes the threads of both logs, which then take the processor from the client that is
//! to be answered. So it comes after the answer; and before anybody is shown anything, see
//! [`Desk::write_down`].

use tezio_core::policy::Peer;

use super::desk::Desk;
use super::verdicts::Verdict;
use crate::asked::{Asked, Phases};
use crate::audit::Outcome;

impl Desk {
    /// Writes down all verdicts, in their order.
    pub(super) fn write_down(&mut self) {
        let mut verdicts = self.verdicts.take();
        for verdict in verdicts.drain(..) {
            self.write_verdict(verdict);
        }
        self.verdicts.reuse(verdicts);
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
