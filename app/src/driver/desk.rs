//! The desk: the signer, what is remembered of requests without an answer, and where each output goes.
//!
//! ```text
//! outputs -> HSM's port, journal, slot of whoever waits
//!         -> log, audit log, metrics, history: of each HSM that comes and goes
//!         -> verdicts, to be written down after their replies
//! ```

use std::collections::HashMap;
use std::time::Instant;

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::HsmId;
use tezio_core::signer::{Input, Notice, Output, RequestId, Step};
use tezio_core::tezos::PublicKeyHash;
use tezio_core::time::Instant as CoreInstant;
use tezio_core::watermark::Record;

use super::verdict_log::VerdictLog;
use super::verdicts::{Verdict, Verdicts};
use super::waiting::Slot;
use crate::asked::{Asked, Client, Turn};
use crate::audit::Audit;
use crate::certificates::Certificates;
use crate::hsm::{Hsm, PortOrder, with};
use crate::metrics::Metrics;
use crate::request_name::RequestName;
use crate::shadow::Shadow;
use crate::signer::DaemonSigner;
use crate::status::{History, Warning};

/// All that one turn of the driver works on.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) signer: Box<DaemonSigner>,
    /// The number of this start, and of the last request.
    pub(super) last: RequestName,
    pub(super) slots: HashMap<RequestId, Slot>,
    pub(super) asked: HashMap<RequestId, Asked>,
    pub(super) log: VerdictLog,
    pub(super) audit: Audit,
    pub(super) metrics: Metrics,
    pub(super) history: History,
    /// What the configuration leaves open.
    pub(super) open_doors: Vec<Warning>,
    /// What HTTPS listeners show.
    pub(super) certificates: Certificates,
    /// By number.
    pub(super) hsms: Vec<Hsm>,
    /// Gone once the daemon ends.
    pub(super) journal: Option<std::sync::mpsc::Sender<Record>>,
    pub(super) armed: Option<CoreInstant>,
    /// A policy that is tried beside the signer's.
    pub(super) shadow: Option<Shadow>,
    /// What came of requests and is still to be written down.
    pub(super) verdicts: Verdicts,
    /// Who signed the last request that was found authentic.
    pub(super) authentic: Option<(RequestId, PublicKeyHash)>,
}

impl Desk {
    pub(super) fn new(
        start: u32,
        signer: Box<DaemonSigner>,
        hsms: Vec<Hsm>,
        journal: std::sync::mpsc::Sender<Record>,
        metrics: Metrics,
        audit: Audit,
    ) -> Self {
        Self {
            signer,
            last: RequestName { start, number: 0 },
            slots: HashMap::new(),
            asked: HashMap::new(),
            log: VerdictLog::default(),
            audit,
            metrics,
            history: History::begin(hsms.len()),
            open_doors: Vec::new(),
            certificates: Certificates::default(),
            hsms,
            journal: Some(journal),
            armed: None,
            shadow: None,
            verdicts: Verdicts::default(),
            authentic: None,
        }
    }

    pub(super) fn expect_reply(
        &mut self,
        came: Instant,
        client: Client,
        request: &Request<'_>,
    ) -> RequestId {
        self.last.number += 1;
        let id = RequestId(self.last.number);
        self.slots.insert(id, Slot::default());
        let mut asked = Asked::new(self.last, came, client, request);
        asked.find_mark(self.signer.ledger().marks());
        self.asked.insert(id, asked);
        id
    }

    /// Says where the policy that is tried would have said otherwise.
    pub(super) fn try_other_policy(
        &mut self,
        now: CoreInstant,
        (id, client): (RequestId, Client),
        request: &Request<'_>,
    ) {
        let authentic = self.authentic.take().filter(|(of, _)| *of == id);
        if let Some(shadow) = &mut self.shadow {
            let by = authentic.map(|(_, by)| by);
            let name = RequestName {
                start: self.last.start,
                number: id.0,
            };
            shadow.compare(self.signer.policy(), now, (name, client), request, by);
        }
    }

    /// Notes when a request had been judged.
    pub(super) fn judged(&mut self, input: &Input<'_>, turn: Turn) {
        if let Input::Request { from, .. } = input
            && let Some(asked) = self.asked.get_mut(&from.id)
        {
            asked.judged(turn);
        }
    }

    pub(super) fn drain(&mut self, turn: Turn) {
        while let Some(output) = self.signer.poll_output() {
            match output {
                Output::ToHsm(hsm, bytes) => {
                    let order = PortOrder::Write(bytes.to_vec());
                    with(&self.hsms, hsm, |hsm| hsm.order(order));
                }
                Output::Reopen(hsm) => with(&self.hsms, hsm, |hsm| hsm.order(PortOrder::Reopen)),
                Output::Store(record) => self.store(record),
                Output::Authorized(id, by) => self.authorized(id, by),
                Output::Progress(id, step) => self.progress(id, step, turn),
                Output::Reply(id, reply) => self.deliver(id, reply),
                Output::Notice(hsm, notice) => self.noticed(hsm, &notice),
            }
        }
    }

    /// Without a journal no confirmation comes, and without that no signature leaves.
    fn store(&self, record: Record) {
        if let Some(journal) = &self.journal
            && journal.send(record).is_err()
        {
            tracing::error!("a signature is not released: its record cannot be stored");
        }
    }

    fn authorized(&mut self, id: RequestId, by: PublicKeyHash) {
        self.authentic = Some((id, by));
        if let Some(asked) = self.asked.get_mut(&id) {
            asked.authorized(by);
        }
    }

    fn progress(&mut self, id: RequestId, step: Step, turn: Turn) {
        match (self.asked.get_mut(&id), step) {
            (Some(asked), step) => asked.came_to(step, turn),
            (None, Step::Signed) => self.unclaimed(id),
            (None, Step::AtHsm(_)) => {}
        }
    }

    fn unclaimed(&mut self, id: RequestId) {
        let id = RequestName {
            start: self.last.start,
            number: id.0,
        };
        tracing::warn!(%id, "signed too late for its client: kept for whoever asks again");
        self.audit.signed_late(id);
        self.metrics.unclaimed();
    }

    fn noticed(&mut self, hsm: HsmId, notice: &Notice) {
        self.history.noticed(hsm, notice);
        with(&self.hsms, hsm, |hsm| hsm.announce(notice));
        with(&self.hsms, hsm, |hsm| self.audit.hsm(&hsm.name, notice));
        self.metrics.noticed(hsm, notice);
        if let Notice::PassedOver(_) = notice {
            let asked = self.asked.values_mut();
            asked.for_each(|asked| asked.passed_over(hsm));
        }
    }

    /// The reply first: nobody waits for what is written of it.
    fn deliver(&mut self, id: RequestId, reply: Reply) {
        let asked = self.asked.remove(&id);
        let verdict = asked.map(|asked| Verdict::new(asked, reply.clone()));
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.fill(reply);
        }
        self.verdicts.extend(verdict);
    }
}
