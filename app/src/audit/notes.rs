//! The driver's side of the log: from what happens to notes in a queue, without waiting for anything.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Instant, SystemTime};

use tezio_core::octez::Reply;
use tezio_core::signer::Notice;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;

use super::budget::Budget;
use super::entry::{Event, Note, Request};
use super::shared::Shared;
use crate::asked::{Asked, Phases};
use crate::request_name::RequestName;

/// How often it is said that entries are lost.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// The way into the log; one that leads nowhere where there is none.
#[derive(Debug)]
pub(crate) struct Audit {
    queue: Option<SyncSender<Note>>,
    shared: Arc<Shared>,
    /// Entries lost that are not said yet, and in all.
    unsaid: u64,
    lost: u64,
    said: Option<Instant>,
    /// For each [`Sort`].
    budgets: [Budget; Sort::ALL.len()],
}

/// How a request ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'r> {
    /// With this reply.
    Answered(&'r Reply),
    /// Its client went away before.
    Gone,
}

/// Entries that a client can cause as often as it likes.
#[derive(Clone, Copy, Debug)]
enum Sort {
    /// Refusals of peers that may not ask at all.
    Strangers,
    /// Other refusals.
    Refused,
    /// Refusals of other bytes where something was signed already: nobody shall be able to hide one
    /// behind refusals that are had for less.
    Conflict,
    /// Refusals by marks, HSM or time.
    Missed,
    Repeated,
    Gone,
    Hsm,
}

impl Sort {
    const ALL: [Self; 7] = [
        Self::Strangers,
        Self::Refused,
        Self::Conflict,
        Self::Missed,
        Self::Repeated,
        Self::Gone,
        Self::Hsm,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Strangers => "refusals of peers that may not ask",
            Self::Refused => "refusals by the policy",
            Self::Conflict => "refusals to sign twice",
            Self::Missed => "refusals by marks, HSM or time",
            Self::Repeated => "repeated signatures",
            Self::Gone => "clients gone",
            Self::Hsm => "HSM events",
        }
    }

    /// An hour of one in a second, and then one in a second; of strangers one in ten.
    const fn budget(self, now: Instant) -> Budget {
        match self {
            Self::Strangers => Budget::new(1, Duration::from_secs(10), now),
            Self::Refused
            | Self::Conflict
            | Self::Missed
            | Self::Repeated
            | Self::Gone
            | Self::Hsm => Budget::new(3_600, Duration::from_secs(1), now),
        }
    }

    const fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Address(_) => Self::Strangers,
            Refusal::Watermark(
                WatermarkRefusal::Conflict { .. } | WatermarkRefusal::Underway { .. },
            ) => Self::Conflict,
            Refusal::Watermark(_) | Refusal::Late(_) | Refusal::Hsm(_) | Refusal::Busy(_) => {
                Self::Missed
            }
            Refusal::Malformed(_)
            | Refusal::Unsupported(_)
            | Refusal::KnownKeys
            | Refusal::UnknownKey(_)
            | Refusal::AuthenticationMissing(_)
            | Refusal::AuthenticationInvalid
            | Refusal::MagicByte { .. }
            | Refusal::TooLarge { .. }
            | Refusal::Message(_)
            | Refusal::Layout { .. }
            | Refusal::Chain { .. }
            | Refusal::Unreadable { .. }
            | Refusal::Operation(_)
            | Refusal::Client(_)
            | Refusal::Overspent { .. } => Self::Refused,
        }
    }
}

impl Audit {
    pub(super) fn new(queue: Option<SyncSender<Note>>, shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        Self {
            queue,
            shared,
            unsaid: 0,
            lost: 0,
            said: None,
            budgets: Sort::ALL.map(|sort| sort.budget(now)),
        }
    }

    /// Notes how a request ended. `certificate` is the name by which its client was recognised, `hsm`
    /// what the HSM is called that it was sent to.
    pub(crate) fn request(
        &mut self,
        (asked, phases): (&Asked, &Phases),
        outcome: Outcome<'_>,
        certificate: Option<&str>,
        hsm: Option<&str>,
    ) {
        let refusal = match outcome {
            Outcome::Answered(Reply::Refused(refusal)) => Some(*refusal),
            Outcome::Answered(_) | Outcome::Gone => None,
        };
        if self.queue.is_none() || (refusal.is_none() && asked.sign.is_none()) {
            return;
        }
        let (sort, event): (_, fn(Box<Request>) -> Event) = match (outcome, refusal) {
            (_, Some(refusal)) => (Some(Sort::of(&refusal)), Event::Refused),
            (Outcome::Gone, None) => (Some(Sort::Gone), Event::Gone),
            (Outcome::Answered(_), None) if asked.is_signed() => (None, Event::Signed),
            (Outcome::Answered(_), None) => (Some(Sort::Repeated), Event::Repeated),
        };
        if self.may_be_written(sort) {
            let request = Request::new(asked, phases, certificate, hsm, refusal);
            self.note(event(Box::new(request)));
        }
    }

    /// Notes that an HSM has signed for a request that was answered before.
    pub(crate) fn signed_late(&mut self, id: RequestName) {
        self.note(Event::SignedLate { id });
    }

    /// Notes what became of an HSM.
    pub(crate) fn hsm(&mut self, hsm: &str, notice: &Notice) {
        let (state, why) = match notice {
            Notice::Ready => ("ready", None),
            Notice::PassedOver(fault) => ("failed", Some(fault)),
            Notice::Unusable(fault) => ("unusable", Some(fault)),
            Notice::LastingMarks(true) => ("keeps its marks", None),
            Notice::LastingMarks(false) => ("cannot keep its marks", None),
        };
        if self.may_be_written(Some(Sort::Hsm)) {
            self.note(Event::Hsm {
                hsm: hsm.to_owned(),
                state,
                why: why.map(ToString::to_string),
            });
        }
    }

    /// Notes something.
    pub(crate) fn note(&mut self, event: Event) {
        if self.queue.is_none() {
            return;
        }
        if self.unsaid > 0
            && self.send(Event::Lost {
                entries: self.unsaid,
            })
        {
            self.unsaid = 0;
        }
        if self.unsaid > 0 || !self.send(event) {
            self.lose();
        }
    }

    /// How many entries were lost since the start.
    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether the disk does not take entries now.
    pub(crate) fn is_failing(&self) -> bool {
        self.shared.failing.load(Ordering::Relaxed)
    }

    /// Notes the end, and lets the thread end once it has written all.
    pub(crate) fn close(&mut self, last: Event) {
        self.say_unsaid(Budget::settle);
        self.note(last);
        self.shared.lost.store(self.unsaid, Ordering::Relaxed);
        self.shared.closing.store(true, Ordering::Relaxed);
        self.queue = None;
    }

    /// Whether one more of a sort may be written. What was left out before is said first.
    fn may_be_written(&mut self, sort: Option<Sort>) -> bool {
        let now = Instant::now();
        self.say_unsaid(|budget| budget.unsaid(now));
        let Some(sort) = sort else {
            return true;
        };
        let budget = self.budgets.get_mut(sort as usize);
        budget.is_some_and(|budget| budget.take(now))
    }

    fn say_unsaid(&mut self, mut unsaid: impl FnMut(&mut Budget) -> Option<u64>) {
        for sort in Sort::ALL {
            let budget = self.budgets.get_mut(sort as usize);
            if let Some(entries) = budget.and_then(&mut unsaid) {
                let what = sort.name();
                self.note(Event::Unsaid { what, entries });
            }
        }
    }

    /// Whether there was room.
    fn send(&self, event: Event) -> bool {
        let at = SystemTime::now();
        let Some(queue) = &self.queue else {
            return false;
        };
        match queue.try_send(Note { at, event }) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    fn lose(&mut self) {
        self.unsaid += 1;
        self.lost += 1;
        if self.said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
            self.said = Some(Instant::now());
            let lost = self.lost;
            tracing::error!(
                lost,
                "the audit log loses entries: its disk is too slow, or fails"
            );
        }
    }
}
