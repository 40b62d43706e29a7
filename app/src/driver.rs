//! The driver: the one place that touches the [`Signer`].
//!
//! ```text
//! front ends ask -> input -> Signer -> outputs -> port, journal, waiting front ends
//! ```
//!
//! Everything runs on one thread. An input is handled and its outputs are handed on in one go,
//! without waiting for anything; nobody but the HSM waits for the HSM. One line is logged for each
//! verdict on a signing request.

mod verdict_log;
mod waiting;

use core::cell::RefCell;
use core::net::IpAddr;
use core::time::Duration;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use prometheus::Histogram;
use smol::channel::{Receiver, Sender};
use smol::future::{FutureExt as _, yield_now};
use tezio_core::octez::{Authentication, Reply, Request};
use tezio_core::policy::{HsmId, Peer, Policy};
use tezio_core::signer::{Caller, Input, Notice, Output, RequestId, Signer, Step, Unfit};
use tezio_core::tezos::PublicKeyHash;
use tezio_core::time::{Instant as CoreInstant, UnixSeconds};
use tezio_core::watermark::Record;
use tezio_crypto::Verifier;

use crate::asked::{Asked, Client, Phases, Turn};
use crate::audit::{self, Audit, Outcome};
use crate::front::Certificates;
use crate::metrics::{Metrics, Snapshot};
use crate::readiness::Readiness;
use crate::request_name::RequestName;
use crate::shadow::Shadow;
use crate::status::{History, PortState, Sources, Status, Warning};

use verdict_log::VerdictLog;
use waiting::Slot;
pub(crate) use waiting::Waiting;

/// Signing requests that may be under way at a time.
pub(crate) const JOBS: usize = 64;

/// Watermarks: the most keys, three kinds, four chains.
pub(crate) const MARKS: usize = 192;

/// The daemon's signer.
pub(crate) type DaemonSigner = Signer<Verifier, JOBS, MARKS>;

/// What the task at a port is told.
#[derive(Debug)]
pub(crate) enum PortOrder {
    /// Write these bytes in one go.
    Write(Vec<u8>),
    /// Close the port and open it again.
    Reopen,
}

/// An HSM as the driver knows it.
#[derive(Debug)]
pub(crate) struct Hsm {
    /// What it is called in the log.
    pub(crate) name: String,
    /// Which one it is, as configured.
    pub(crate) wanted: String,
    /// The way to the task at its port.
    pub(crate) port: Sender<PortOrder>,
}

impl Hsm {
    fn order(&self, order: PortOrder) {
        if self.port.try_send(order).is_err() {
            tracing::error!("a fault of this program: the task at the HSM's port is gone");
        }
    }

    fn announce(&self, notice: &Notice) {
        let hsm = &self.name;
        match notice {
            Notice::Ready => tracing::info!(hsm, "HSM ready: its keys are the configured ones"),
            Notice::PassedOver(fault) => {
                tracing::warn!(hsm, %fault, "HSM failed at a request, which goes elsewhere or waits");
            }
            Notice::LastingMarks(true) => {
                tracing::info!(hsm, "HSM keeps its own marks in flash from now on");
            }
            Notice::LastingMarks(false) => tracing::warn!(
                hsm,
                "lasting_marks: this HSM cannot keep marks of its own in flash; it serves without"
            ),
            Notice::Unusable(fault) => tracing::warn!(hsm, %fault, "HSM cannot be used"),
        }
    }
}

/// The signer with its clock and the ways out. Shared by all tasks of the daemon.
#[derive(Debug)]
pub(crate) struct Driver {
    inner: RefCell<Inner>,
    started: Instant,
    /// Held by the costly request whose turn it is.
    costly: smol::lock::Mutex<()>,
    /// Wakes the clock when a deadline comes nearer.
    nearer: (Sender<()>, Receiver<()>),
}

#[derive(Debug)]
struct Inner {
    signer: Box<DaemonSigner>,
    /// The number of this start, and of the last request.
    last: RequestName,
    slots: HashMap<RequestId, Slot>,
    asked: HashMap<RequestId, Asked>,
    log: VerdictLog,
    audit: Audit,
    metrics: Metrics,
    history: History,
    /// What the configuration leaves open.
    open_doors: Vec<Warning>,
    /// What HTTPS listeners show.
    certificates: Certificates,
    /// By number.
    hsms: Vec<Hsm>,
    /// Gone once the daemon ends.
    journal: Option<std::sync::mpsc::Sender<Record>>,
    armed: Option<CoreInstant>,
    /// A policy that is tried beside the signer's.
    shadow: Option<Shadow>,
    /// Who signed the last request that was found authentic.
    authentic: Option<(RequestId, PublicKeyHash)>,
}

impl Driver {
    /// A driver for `signer`, in the daemon's start of this number, whose packets go to `hsms`, whose
    /// records go to `journal`, and whose verdicts go to `audit`.
    pub(crate) fn new(
        start: u32,
        signer: Box<DaemonSigner>,
        hsms: Vec<Hsm>,
        journal: std::sync::mpsc::Sender<Record>,
        metrics: Metrics,
        audit: Audit,
    ) -> Rc<Self> {
        Rc::new(Self {
            inner: RefCell::new(Inner {
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
                authentic: None,
            }),
            started: Instant::now(),
            costly: smol::lock::Mutex::new(()),
            nearer: smol::channel::bounded(1),
        })
    }

    /// Puts a request to the signer. The reply comes from the future that this one ends with;
    /// dropping that tells the signer that nobody waits any more.
    ///
    /// Requests that keep the thread busy for long come one after another, and between two of them
    /// everybody else has a turn.
    pub(crate) async fn ask(self: &Rc<Self>, client: Client, request: Request<'_>) -> Waiting {
        let came = Instant::now();
        if !is_costly(&request) {
            return self.put(came, client, request);
        }
        let _turn = self.costly.lock().await;
        let waiting = self.put(came, client, request);
        yield_now().await;
        waiting
    }

    fn put(self: &Rc<Self>, came: Instant, client: Client, request: Request<'_>) -> Waiting {
        let id = self.inner.borrow_mut().expect_reply(came, client, &request);
        let from = Caller {
            id,
            peer: client.peer,
        };
        self.handle(Input::Request { from, request });
        let now = self.now();
        self.inner
            .borrow_mut()
            .try_other_policy(now, (id, client), &request);
        Waiting::new(Rc::clone(self), id)
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> Policy {
        self.inner.borrow().signer.policy().clone()
    }

    /// Puts another policy in force.
    ///
    /// # Errors
    ///
    /// Why it cannot be; the old one stays.
    pub(crate) fn set_policy(&self, policy: Policy) -> Result<(), Unfit> {
        let now = self.now();
        {
            let inner = &mut *self.inner.borrow_mut();
            inner.signer.set_policy(now, policy)?;
            // They stand for names of the old one.
            inner.history.forget_names();
            inner.metrics.expect(inner.signer.policy());
        }
        self.handle(Input::Timeout);
        Ok(())
    }

    /// Tries this policy beside the one in force, or none.
    pub(crate) fn set_shadow(&self, shadow: Option<Shadow>) {
        self.inner.borrow_mut().shadow = shadow;
    }

    /// Says what the configuration leaves open, from now on.
    pub(crate) fn set_open_doors(&self, open_doors: Vec<Warning>) {
        self.inner.borrow_mut().open_doors = open_doors;
    }

    /// Says which certificates are shown.
    pub(crate) fn set_certificates(&self, certificates: Certificates) {
        self.inner.borrow_mut().certificates = certificates;
    }

    /// An HSM's port is in another state.
    pub(crate) fn set_port(&self, hsm: HsmId, state: PortState) {
        self.inner.borrow_mut().history.port(hsm, state);
    }

    /// Tells the signer what happened and does what it says.
    pub(crate) fn handle(&self, input: Input<'_>) {
        let began = Instant::now();
        let now = self.core_time(began);
        let mut inner = self.inner.borrow_mut();
        // The date cannot be refused.
        let _ = inner.signer.handle_input(now, Input::Date(date()));
        if let Err(misuse) = inner.signer.handle_input(now, input) {
            tracing::error!(%misuse, "a fault of this program: an input was not taken");
        }
        let ended = Instant::now();
        let turn = Turn { began, ended };
        inner.judged(&input, turn);
        inner.drain(turn);
        let deadline = inner.signer.poll_timeout();
        if deadline.is_some_and(|next| inner.armed.is_none_or(|armed| next < armed)) {
            // A full channel means that the clock is about to wake anyway.
            let _ = self.nearer.0.try_send(());
        }
    }

    /// Keeps the signer's deadlines, for ever.
    pub(crate) async fn keep_time(&self) {
        loop {
            let deadline = self.inner.borrow().signer.poll_timeout();
            self.inner.borrow_mut().armed = deadline;
            let due = async {
                match deadline {
                    Some(at) => drop(smol::Timer::at(self.moment(at)).await),
                    None => core::future::pending().await,
                }
                true
            };
            let nearer = async {
                let _ = self.nearer.1.recv().await;
                false
            };
            if due.or(nearer).await {
                self.handle(Input::Timeout);
            }
        }
    }

    /// Whether requests from `peer` are listened to. They are refused anyway; this is for giving them
    /// less.
    pub(crate) fn admits(&self, peer: &Peer) -> bool {
        self.inner.borrow().signer.admits(peer)
    }

    /// The peer at `address` whose certificate bears these names.
    pub(crate) fn certified(&self, address: IpAddr, names: &[String]) -> Peer {
        let names = names.iter().map(String::as_str);
        let client = self.inner.borrow().signer.recognise(names);
        Peer::Certified { address, client }
    }

    /// By how much the signer's next deadline has been missed.
    pub(crate) fn lateness(&self) -> Duration {
        let deadline = self.inner.borrow().signer.poll_timeout();
        deadline.map_or(Duration::ZERO, |at| {
            Instant::now().saturating_duration_since(self.moment(at))
        })
    }

    /// The metrics, with what the signer knows at this moment.
    pub(crate) fn metrics(&self) -> Snapshot {
        let is_ready = self.readiness().is_ready();
        let inner = &mut *self.inner.borrow_mut();
        inner.metrics.see_audit(&inner.audit);
        inner.metrics.snapshot(&inner.signer, is_ready)
    }

    /// Where it is counted how late the thread is.
    pub(crate) fn thread_late(&self) -> Histogram {
        self.inner.borrow().metrics.thread_late()
    }

    /// Counts that certificates and configuration were read again, and whether all of it was sound.
    pub(crate) fn reloaded(&self, sound: bool) {
        self.inner.borrow().metrics.reloaded(sound);
    }

    /// Whether signing requests can be served now.
    pub(crate) fn readiness(&self) -> Readiness {
        let inner = self.inner.borrow();
        let names = inner.hsms.iter().map(|hsm| hsm.name.as_str());
        Readiness::of(&inner.signer, names)
    }

    /// What is going on.
    pub(crate) fn status(&self) -> Status {
        let inner = self.inner.borrow();
        Status::of(&Sources {
            signer: &inner.signer,
            hsms: &inner.hsms,
            asked: &inner.asked,
            history: &inner.history,
            audit: &inner.audit,
            certificates: &inner.certificates,
            open_doors: &inner.open_doors,
        })
    }

    /// Whether nothing is in the making.
    pub(crate) fn is_settled(&self) -> bool {
        self.inner.borrow().signer.is_settled()
    }

    /// Notes something in the audit log.
    pub(crate) fn note(&self, event: audit::Event) {
        self.inner.borrow_mut().audit.note(event);
    }

    /// Notes the end in the audit log, and lets its thread end.
    pub(crate) fn close_audit(&self, last: audit::Event) {
        self.inner.borrow_mut().audit.close(last);
    }

    /// Lets the journal's thread end once it has stored what it was given.
    pub(crate) fn close_journal(&self) {
        self.inner.borrow_mut().journal = None;
    }

    fn now(&self) -> CoreInstant {
        self.core_time(Instant::now())
    }

    fn core_time(&self, at: Instant) -> CoreInstant {
        let millis = at.duration_since(self.started).as_millis();
        CoreInstant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// The moment at which the core's whole millisecond has passed.
    fn moment(&self, at: CoreInstant) -> Instant {
        self.started + Duration::from_millis(at.as_millis())
    }
}

/// Whether it is signed by a tz4 key, which takes pairings to check: milliseconds each.
const fn is_costly(request: &Request<'_>) -> bool {
    matches!(
        request,
        Request::Sign {
            authentication: Some(Authentication::Bls(_)),
            ..
        }
    )
}

/// What the clock on the wall says; it may be wrong, and it may jump.
fn date() -> UnixSeconds {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    UnixSeconds(since.map_or(0, |since| since.as_secs()))
}

impl Inner {
    fn expect_reply(&mut self, came: Instant, client: Client, request: &Request<'_>) -> RequestId {
        self.last.number += 1;
        let id = RequestId(self.last.number);
        self.slots.insert(id, Slot::default());
        let mut asked = Asked::new(self.last, came, client, request);
        asked.find_mark(self.signer.ledger().marks());
        self.asked.insert(id, asked);
        id
    }

    /// Says where the policy that is tried would have said otherwise.
    fn try_other_policy(
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
    fn judged(&mut self, input: &Input<'_>, turn: Turn) {
        if let Input::Request { from, .. } = input
            && let Some(asked) = self.asked.get_mut(&from.id)
        {
            asked.judged(turn);
        }
    }

    fn drain(&mut self, turn: Turn) {
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

    fn deliver(&mut self, id: RequestId, reply: Reply) {
        if let Some(asked) = self.asked.remove(&id) {
            let phases = asked.phases();
            self.log.verdict(&asked, &phases, &reply);
            self.metrics.answered(&asked, &phases, &reply);
            self.note_end(&asked, &phases, Outcome::Answered(&reply));
            self.history.answered(asked, &phases, &reply);
        }
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.fill(reply);
        }
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

/// Does something with the HSM of a number; the signer has given out no other.
fn with(hsms: &[Hsm], number: HsmId, act: impl FnOnce(&Hsm)) {
    if let Some(hsm) = hsms.get(usize::from(number.0)) {
        act(hsm);
    }
}
