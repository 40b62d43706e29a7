//! The receive loop: bytes in, one request at a time, reply bytes out, in the caller's time.
//!
//! ```text
//! Idle -> Started -> Length -> Body -> Working -> Resting -> Idle
//! ```
//!
//! A byte outside a frame that is no start byte costs a pause and is dropped. The length and the
//! body of a frame have a budget of idle time each, for the whole of it and not per gap; when it is
//! spent, what has arrived is judged as if it were all.

use super::super::START;
use super::frame::Frame;
use super::{Operations, Reply};
use crate::time::Instant;

/// The firmware's pause after each look at the line outside frames, after the start byte, and after
/// a reply.
const PAUSE_MS: u32 = 1;
/// How long the line may be idle before the length is complete, and again before the body is.
const BUDGET_MS: u32 = 100;

/// A device: the receive loop around some [`Operations`].
///
/// The driver's part, at every event: [`push`](Self::push) what has come,
/// [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) is reached,
/// then send what [`poll_transmit`](Self::poll_transmit) gives. A timeout that is due before bytes
/// came is handled before they are pushed.
#[derive(Debug)]
pub struct Device<O> {
    operations: O,
    pause_ms: u32,
    state: State,
    frame: Frame,
    reply: Reply,
    reply_is_due: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Waits for a start byte.
    Idle,
    /// Between two looks at the line.
    Resting { until: Instant },
    /// Saw a start byte and looks at nothing for a moment.
    Started { until: Instant },
    /// Waits for both length bytes.
    Length { until: Instant },
    /// Takes the body; `budget` milliseconds of idle time were left at `since`.
    Body { since: Instant, budget: u32 },
    /// The reply is ready and goes out at `until`.
    Working { until: Instant },
}

impl<O: Operations> Device<O> {
    /// A device that was just powered on.
    pub const fn new(operations: O) -> Self {
        Self::pausing(operations, PAUSE_MS)
    }

    /// One that never pauses, as no board is: what a host takes by itself shows behind it.
    pub const fn without_pauses(operations: O) -> Self {
        Self::pausing(operations, 0)
    }

    const fn pausing(operations: O, pause_ms: u32) -> Self {
        Self {
            operations,
            pause_ms,
            state: State::Idle,
            frame: Frame::new(),
            reply: Reply::new(),
            reply_is_due: false,
        }
    }

    /// What runs behind the loop.
    pub const fn operations(&self) -> &O {
        &self.operations
    }

    /// What runs behind the loop, to be changed while it runs.
    pub const fn operations_mut(&mut self) -> &mut O {
        &mut self.operations
    }

    /// Offers bytes from the host and says how many of them were taken.
    ///
    /// The rest is not lost and not wanted yet: the device works, or looks at one byte per
    /// millisecond. The driver keeps it and offers it again after the next timeout. That is all the
    /// back-pressure there is: a driver with bytes left over stops reading from the line.
    pub fn push(&mut self, now: Instant, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        loop {
            let taken = self.take(now, rest);
            match rest.get(taken..) {
                Some(behind) if taken > 0 => rest = behind,
                _ => return bytes.len().saturating_sub(rest.len()),
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; `None` while nothing but a
    /// byte can change anything.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Idle => None,
            State::Resting { until }
            | State::Started { until }
            | State::Length { until }
            | State::Working { until } => Some(until),
            State::Body { since, budget } => Some(since.plus_millis(budget)),
        }
    }

    /// Moves on if the time of [`poll_timeout`](Self::poll_timeout) has come; does nothing before.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return;
        }
        match self.state {
            State::Idle => {}
            State::Resting { .. } => self.state = State::Idle,
            State::Started { .. } => {
                let until = now.plus_millis(BUDGET_MS);
                self.state = State::Length { until };
            }
            State::Length { .. } | State::Body { .. } => self.work(now),
            State::Working { .. } => {
                self.reply_is_due = true;
                self.rest(now);
            }
        }
    }

    /// The bytes of a reply whose time has come, once. The driver sends them before it pushes or
    /// handles anything else; a reply left here is overwritten by the next.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        let is_due = core::mem::take(&mut self.reply_is_due);
        let bytes = self.reply.bytes();
        (is_due && !bytes.is_empty()).then_some(bytes)
    }

    /// One step: takes what the present state has a use for.
    fn take(&mut self, now: Instant, bytes: &[u8]) -> usize {
        match (self.state, bytes) {
            (_, []) => 0,
            (State::Idle, [first, ..]) => {
                self.look_at(now, *first);
                1
            }
            (State::Length { .. }, bytes) => self.take_length(now, bytes),
            (State::Body { since, budget }, bytes) => {
                self.take_body(now, bytes, spent(budget, since, now))
            }
            (State::Resting { .. } | State::Started { .. } | State::Working { .. }, _) => 0,
        }
    }

    fn look_at(&mut self, now: Instant, byte: u8) {
        if byte == START {
            self.frame.begin();
            let until = now.plus_millis(self.pause_ms);
            self.state = State::Started { until };
        } else {
            self.rest(now);
        }
    }

    fn take_length(&mut self, now: Instant, bytes: &[u8]) -> usize {
        let taken = self.frame.take(bytes);
        if self.frame.has_length() {
            self.take_body(now, &[], BUDGET_MS);
        }
        taken
    }

    fn take_body(&mut self, now: Instant, bytes: &[u8], budget: u32) -> usize {
        let taken = self.frame.take(bytes);
        if self.frame.is_complete() {
            self.work(now);
        } else {
            self.state = State::Body { since: now, budget };
        }
        taken
    }

    /// Has the operations answer what has arrived, complete or not.
    fn work(&mut self, now: Instant) {
        self.reply.clear();
        let millis = self.operations.run(self.frame.read(), &mut self.reply);
        self.frame.overwrite(self.reply.packet());
        let until = now.plus_millis(millis);
        self.state = State::Working { until };
    }

    fn rest(&mut self, now: Instant) {
        let until = now.plus_millis(self.pause_ms);
        self.state = State::Resting { until };
    }
}

/// What is left of a budget after the time from `since` to `now`.
fn spent(budget: u32, since: Instant, now: Instant) -> u32 {
    let idle = now.as_millis().saturating_sub(since.as_millis());
    budget.saturating_sub(u32::try_from(idle).unwrap_or(u32::MAX))
}
