//! The driver: the one place that touches the [signer](DaemonSigner).
//!
//! ```text
//! front ends ask -> input -> Signer -> outputs -> port, journal, waiting front ends
//! ```
//!
//! Everything runs on one thread. An input is handled and its outputs are handed on in one go,
//! without waiting for anything; nobody but the HSM waits for the HSM. One line is logged for each
//! verdict on a signing request.

mod books;
mod desk;
mod verdict_log;
mod verdicts;
mod waiting;

use core::cell::{RefCell, RefMut};
use core::future::poll_fn;
use core::net::IpAddr;
use core::time::Duration;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use prometheus::Histogram;
use smol::channel::{Receiver, Sender};
use smol::future::{FutureExt as _, yield_now};
use tezio_core::octez::{Authentication, Request};
use tezio_core::policy::{HsmId, Peer, Policy};
use tezio_core::signer::{Caller, Input, Unfit};
use tezio_core::time::{Instant as CoreInstant, UnixSeconds};
use tezio_core::watermark::Record;

use crate::asked::{Client, Turn};
use crate::audit::{self, Audit};
use crate::certificates::Certificates;
use crate::hsm::Hsm;
use crate::metrics::{Metrics, Snapshot};
use crate::readiness::Readiness;
use crate::shadow::Shadow;
use crate::signer::DaemonSigner;
use crate::status::{PortState, Sources, Status, Warning};

use desk::Desk;
pub(crate) use waiting::Waiting;

/// The signer with its clock and the ways out. Shared by all tasks of the daemon.
#[derive(Debug)]
pub(crate) struct Driver {
    desk: RefCell<Desk>,
    started: Instant,
    /// Held by the costly request whose turn it is.
    costly: smol::lock::Mutex<()>,
    /// Wakes the clock when a deadline comes nearer.
    nearer: (Sender<()>, Receiver<()>),
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
            desk: RefCell::new(Desk::new(start, signer, hsms, journal, metrics, audit)),
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
        let id = self.desk.borrow_mut().expect_reply(came, client, &request);
        let from = Caller {
            id,
            peer: client.peer,
        };
        self.handle(Input::Request { from, request });
        let now = self.now();
        self.desk
            .borrow_mut()
            .try_other_policy(now, (id, client), &request);
        Waiting::new(Rc::clone(self), id)
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> Policy {
        self.desk.borrow().signer.policy().clone()
    }

    /// Puts another policy in force.
    ///
    /// # Errors
    ///
    /// Why it cannot be; the old one stays.
    pub(crate) fn set_policy(&self, policy: Policy) -> Result<(), Unfit> {
        let now = self.now();
        {
            let desk = &mut *self.written();
            desk.signer.set_policy(now, policy)?;
            // They stand for names of the old one.
            desk.history.forget_names();
            desk.metrics.expect(desk.signer.policy());
        }
        self.handle(Input::Timeout);
        Ok(())
    }

    /// Tries this policy beside the one in force, or none.
    pub(crate) fn set_shadow(&self, shadow: Option<Shadow>) {
        self.desk.borrow_mut().shadow = shadow;
    }

    /// Says what the configuration leaves open, from now on.
    pub(crate) fn set_open_doors(&self, open_doors: Vec<Warning>) {
        self.desk.borrow_mut().open_doors = open_doors;
    }

    /// Says which certificates are shown.
    pub(crate) fn set_certificates(&self, certificates: Certificates) {
        self.desk.borrow_mut().certificates = certificates;
    }

    /// An HSM's port is in another state.
    pub(crate) fn set_port(&self, hsm: HsmId, state: PortState) {
        self.desk.borrow_mut().history.port(hsm, state);
    }

    /// Tells the signer what happened and does what it says.
    pub(crate) fn handle(&self, input: Input<'_>) {
        let began = Instant::now();
        let now = self.core_time(began);
        let mut desk = self.desk.borrow_mut();
        // The date cannot be refused.
        let _ = desk.signer.handle_input(now, Input::Date(date()));
        if let Err(misuse) = desk.signer.handle_input(now, input) {
            tracing::error!(%misuse, "a fault of this program: an input was not taken");
        }
        let ended = Instant::now();
        let turn = Turn { began, ended };
        desk.judged(&input, turn);
        desk.drain(turn);
        let deadline = desk.signer.poll_timeout();
        if deadline.is_some_and(|next| desk.armed.is_none_or(|armed| next < armed)) {
            // A full channel means that the clock is about to wake anyway.
            let _ = self.nearer.0.try_send(());
        }
    }

    /// Keeps the signer's deadlines, for ever.
    pub(crate) async fn keep_time(&self) {
        loop {
            let deadline = self.desk.borrow().signer.poll_timeout();
            self.desk.borrow_mut().armed = deadline;
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

    /// Writes verdicts down after their replies, for ever.
    pub(crate) async fn keep_books(&self) {
        loop {
            poll_fn(|context| self.desk.borrow_mut().verdicts.poll_some(context)).await;
            // A client that has asked again meanwhile comes first: its request goes to the HSM.
            yield_now().await;
            self.desk.borrow_mut().write_down();
        }
    }

    /// The desk with all verdicts written down, for those who look at it or change what they refer to.
    fn written(&self) -> RefMut<'_, Desk> {
        let mut desk = self.desk.borrow_mut();
        desk.write_down();
        desk
    }

    /// Whether requests from `peer` are listened to. They are refused anyway; this is for giving them
    /// less.
    pub(crate) fn admits(&self, peer: &Peer) -> bool {
        self.desk.borrow().signer.admits(peer)
    }

    /// The peer at `address` whose certificate bears these names.
    pub(crate) fn certified(&self, address: IpAddr, names: &[String]) -> Peer {
        let names = names.iter().map(String::as_str);
        let client = self.desk.borrow().signer.recognise(names);
        Peer::Certified { address, client }
    }

    /// By how much the signer's next deadline has been missed.
    pub(crate) fn lateness(&self) -> Duration {
        let deadline = self.desk.borrow().signer.poll_timeout();
        deadline.map_or(Duration::ZERO, |at| {
            Instant::now().saturating_duration_since(self.moment(at))
        })
    }

    /// The metrics, with what the signer knows at this moment.
    pub(crate) fn metrics(&self) -> Snapshot {
        let is_ready = self.readiness().is_ready();
        let desk = &mut *self.written();
        desk.metrics.see_audit(&desk.audit);
        desk.metrics.snapshot(&desk.signer, is_ready)
    }

    /// Where it is counted how late the thread is.
    pub(crate) fn thread_late(&self) -> Histogram {
        self.desk.borrow().metrics.thread_late()
    }

    /// Counts that certificates and configuration were read again, and whether all of it was sound.
    pub(crate) fn reloaded(&self, sound: bool) {
        self.desk.borrow().metrics.reloaded(sound);
    }

    /// Whether signing requests can be served now.
    pub(crate) fn readiness(&self) -> Readiness {
        let desk = self.desk.borrow();
        let names = desk.hsms.iter().map(|hsm| hsm.name.as_str());
        Readiness::of(&desk.signer, names)
    }

    /// What is going on.
    pub(crate) fn status(&self) -> Status {
        let desk = self.written();
        Status::of(&Sources {
            signer: &desk.signer,
            hsms: &desk.hsms,
            asked: &desk.asked,
            history: &desk.history,
            audit: &desk.audit,
            certificates: &desk.certificates,
            open_doors: &desk.open_doors,
        })
    }

    /// Whether nothing is in the making.
    pub(crate) fn is_settled(&self) -> bool {
        self.desk.borrow().signer.is_settled()
    }

    /// Notes something in the audit log.
    pub(crate) fn note(&self, event: audit::Event) {
        self.written().audit.note(event);
    }

    /// Notes the end in the audit log, and lets its thread end.
    pub(crate) fn close_audit(&self, last: audit::Event) {
        self.written().audit.close(last);
    }

    /// Lets the journal's thread end once it has stored what it was given.
    pub(crate) fn close_journal(&self) {
        self.desk.borrow_mut().journal = None;
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
