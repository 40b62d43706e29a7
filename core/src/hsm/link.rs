//! The host's end of the serial line: one exchange at a time, each with its deadlines, and back into
//! step after anything unexpected.
//!
//! ```text
//! Closed -> Draining -> Probing -> Settling -> Idle -> Asking -> Idle
//!              ^___________________________________________|  on any doubt
//! ```
//!
//! Nothing in a reply says what it answers, so the link never sends while a reply may be on its way,
//! takes no reply that is not exactly of the size and sum due, and after any doubt drains the line
//! until it is silent, sends a probe that no state depends on, and expects its one answer and
//! silence. A reply that comes too late is drained with the rest, never used.
//!
//! Behaviour of the other end: Tezio library 0.2.0, `github.com/prof-groff/tezio` at `bc67eef`.

use super::extension::Features;
use super::packet::{MAX_REPLY, Received};
use super::{
    Answer, AnswerFault, Command, KeyAlias, KeyFormat, MAX_REQUEST, Mode, ReplyPacket, Status,
};
use crate::limits::{QUIET_MS, REST_MS, RESYNC_MS, RESYNC_ROUNDS, SETTLE_MS};
use crate::time::Instant;

/// What a careful host asks: never a pre-hashed mode, never a text signature, never VERIFY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask<'a> {
    /// A public key, as text with its checksum.
    PublicKey(KeyAlias),
    /// A signature over a whole message.
    Sign {
        /// With which key.
        alias: KeyAlias,
        /// At most [`super::MAX_DATA`] bytes, magic byte first.
        message: &'a [u8],
    },
    /// Nothing: an exchange between two others.
    Probe,
    /// Features beyond the published firmware. One that has none answers as to a probe.
    Offer(Features),
}

/// Why an exchange gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// The port was closed, or is not open.
    #[error("HSM not connected")]
    NotConnected,
    /// No reply within the deadline, or a reply that stopped. Whether the HSM signed is unknown.
    #[error("HSM did not answer in time")]
    Silent,
    /// Bytes that are no reply: wrong checksum, impossible length, or too many.
    #[error("HSM answered with bytes that are no reply")]
    Garbled,
    /// A sound reply that does not answer this command.
    #[error("HSM answered something else: {0}")]
    Foreign(AnswerFault),
    /// The HSM saw a broken packet.
    #[error("HSM received a broken packet: {0}")]
    Framing(Status),
    /// The message does not fit a packet.
    #[error("message does not fit a packet")]
    TooLarge,
}

/// The end of an exchange, as the link saw it.
pub type Outcome = Result<Answer, LinkFault>;

/// One serial line to one HSM.
#[derive(Debug)]
pub struct Link {
    state: State,
    received: heapless::Vec<u8, { MAX_REPLY + 1 }>,
    packet: heapless::Vec<u8, MAX_REQUEST>,
    unsent: bool,
    outcome: Option<Outcome>,
    failed_rounds: u8,
    first_byte_ms: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed,
    /// Dropping what comes, until nothing has come for a while.
    Draining {
        quiet_at: Instant,
        give_up_at: Instant,
    },
    /// The probe is out.
    Probing {
        until: Instant,
    },
    /// The probe was answered; silence must follow.
    Settling {
        until: Instant,
    },
    Idle,
    /// A command is out; `rest_by` is known once the first byte has come.
    Asking {
        command: Command<'static>,
        until: Instant,
        begun: bool,
    },
}

impl Link {
    /// A link whose port is not open. A reply's first byte may take `first_byte_ms` milliseconds.
    #[must_use]
    pub const fn new(first_byte_ms: u32) -> Self {
        Self {
            state: State::Closed,
            received: heapless::Vec::new(),
            packet: heapless::Vec::new(),
            unsent: false,
            outcome: None,
            failed_rounds: 0,
            first_byte_ms,
        }
    }

    /// The port has been opened: gets into step with the device.
    pub fn handle_opened(&mut self, now: Instant) {
        self.failed_rounds = 0;
        self.drain(now);
    }

    /// The port is gone. An exchange in flight ends with [`LinkFault::NotConnected`].
    pub fn handle_closed(&mut self) {
        self.end_exchange(LinkFault::NotConnected);
        self.unsent = false;
        self.state = State::Closed;
    }

    /// Bytes came from the device.
    pub fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        match self.state {
            State::Closed => {}
            State::Draining { give_up_at, .. } => {
                let quiet_at = now.plus_millis(QUIET_MS);
                self.state = State::Draining {
                    quiet_at,
                    give_up_at,
                };
            }
            State::Probing { .. } => self.receive_probe_answer(now, bytes),
            State::Settling { .. } => self.fail_round(now),
            State::Idle => self.resynchronise(now),
            State::Asking {
                command,
                until,
                begun,
            } => {
                let until = if begun {
                    until
                } else {
                    now.plus_millis(REST_MS)
                };
                self.state = State::Asking {
                    command,
                    until,
                    begun: true,
                };
                self.receive_answer(now, command, bytes);
            }
        }
    }

    /// Lets the deadlines that have passed by `now` take effect.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.state {
            State::Draining { quiet_at, .. } if now >= quiet_at => self.probe(now),
            State::Draining { give_up_at, .. } if now >= give_up_at => self.fail_round(now),
            State::Probing { until } if now >= until => self.fail_round(now),
            State::Settling { until } if now >= until => self.settle(),
            State::Asking { until, .. } if now >= until => self.fail(now, LinkFault::Silent),
            State::Closed
            | State::Draining { .. }
            | State::Probing { .. }
            | State::Settling { .. }
            | State::Idle
            | State::Asking { .. } => {}
        }
    }

    /// When [`Link::handle_timeout`] is next due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Closed | State::Idle => None,
            State::Draining {
                quiet_at,
                give_up_at,
            } => Some(quiet_at.min(give_up_at)),
            State::Probing { until } | State::Settling { until } | State::Asking { until, .. } => {
                Some(until)
            }
        }
    }

    /// The packet to write next, once. It must be written whole, in one go.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        core::mem::take(&mut self.unsent).then_some(self.packet.as_slice())
    }

    /// Whether [`Link::poll_transmit`] has a packet.
    #[must_use]
    pub const fn wants_transmit(&self) -> bool {
        self.unsent
    }

    /// How the exchange ended, once.
    pub const fn poll_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }

    /// Whether [`Link::ask`] may be called: in step, and nothing in flight or left to be polled.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.outcome.is_none()
    }

    /// Whether the port is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed)
    }

    /// Whether the device answers nothing sensible any more, so that only opening the port anew can
    /// help.
    #[must_use]
    pub const fn is_hopeless(&self) -> bool {
        self.is_open() && self.failed_rounds >= RESYNC_ROUNDS
    }

    /// Begins an exchange; its end comes from [`Link::poll_outcome`]. On a link that is not idle it
    /// fails with [`LinkFault::NotConnected`] and disturbs nothing.
    pub fn ask(&mut self, now: Instant, ask: Ask<'_>) {
        if !self.is_idle() {
            self.outcome.get_or_insert(Err(LinkFault::NotConnected));
            return;
        }
        let (command, awaited) = ask.command();
        let Some(packet) = command.packet().emit() else {
            self.outcome = Some(Err(LinkFault::TooLarge));
            return;
        };
        self.received.clear();
        self.send(packet);
        self.state = State::Asking {
            command: awaited,
            until: now.plus_millis(self.first_byte_ms),
            begun: false,
        };
    }

    /// Doubts the line: drains and probes before the next exchange.
    pub fn resynchronise(&mut self, now: Instant) {
        if self.is_open() {
            self.drain(now);
        }
    }

    fn drain(&mut self, now: Instant) {
        self.received.clear();
        self.unsent = false;
        self.state = State::Draining {
            quiet_at: now.plus_millis(QUIET_MS),
            give_up_at: now.plus_millis(RESYNC_MS),
        };
    }

    fn probe(&mut self, now: Instant) {
        self.received.clear();
        self.send(Command::Probe.packet().emit().unwrap_or_default());
        self.state = State::Probing {
            until: now.plus_millis(RESYNC_MS),
        };
    }

    fn send(&mut self, packet: heapless::Vec<u8, MAX_REQUEST>) {
        self.packet = packet;
        self.unsent = true;
    }

    fn receive_probe_answer(&mut self, now: Instant, bytes: &[u8]) {
        match self.receive(Command::Probe, bytes) {
            None => {}
            Some(Ok(Answer::Status(Status::UnknownOpcode))) => {
                self.state = State::Settling {
                    until: now.plus_millis(SETTLE_MS),
                };
            }
            Some(_) => self.fail_round(now),
        }
    }

    fn settle(&mut self) {
        self.failed_rounds = 0;
        self.state = State::Idle;
    }

    fn fail_round(&mut self, now: Instant) {
        self.failed_rounds = self.failed_rounds.saturating_add(1);
        self.drain(now);
    }

    fn receive_answer(&mut self, now: Instant, command: Command<'static>, bytes: &[u8]) {
        match self.receive(command, bytes) {
            None => {}
            Some(Ok(answer)) => {
                self.state = State::Idle;
                self.outcome = Some(Ok(answer));
            }
            Some(Err(fault)) => self.fail(now, fault),
        }
    }

    /// Adds `bytes` to what has come; `None` while the reply is not whole.
    fn receive(&mut self, command: Command<'static>, bytes: &[u8]) -> Option<Outcome> {
        if self.received.extend_from_slice(bytes).is_err() {
            return Some(Err(LinkFault::Garbled));
        }
        match ReplyPacket::receive(&self.received, &command.body_sizes()) {
            Received::Partial => None,
            Received::Garbled => Some(Err(LinkFault::Garbled)),
            Received::Whole(reply) => Some(match command.read_answer(reply.body) {
                Ok(Answer::Status(status)) if status.is_framing() => {
                    Err(LinkFault::Framing(status))
                }
                Ok(answer) => Ok(answer),
                Err(fault) => Err(LinkFault::Foreign(fault)),
            }),
        }
    }

    fn fail(&mut self, now: Instant, fault: LinkFault) {
        self.end_exchange(fault);
        self.drain(now);
    }

    fn end_exchange(&mut self, fault: LinkFault) {
        if matches!(self.state, State::Asking { .. }) {
            self.outcome = Some(Err(fault));
        }
    }
}

impl<'a> Ask<'a> {
    /// The command to send, and the same without data, by which its answer is read.
    const fn command(self) -> (Command<'a>, Command<'static>) {
        match self {
            Self::Probe => (Command::Probe, Command::Probe),
            Self::Offer(features) => (Command::Offer(features), Command::Offer(features)),
            Self::PublicKey(alias) => {
                let format = KeyFormat::Base58;
                (
                    Command::PublicKey { alias, format },
                    Command::PublicKey { alias, format },
                )
            }
            Self::Sign { alias, message } => {
                let mode = Mode::MessageRaw;
                let (sent, awaited) = (message, &[] as &[u8]);
                (
                    Command::Sign {
                        alias,
                        mode,
                        data: sent,
                    },
                    Command::Sign {
                        alias,
                        mode,
                        data: awaited,
                    },
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tezos::Signature;
    use hex_literal::hex;

    const PROBE: &[u8] = &hex!("030500004400");
    const IN_STEP: &[u8] = &hex!("0500a28b83");
    const ASK: Ask<'static> = Ask::Sign {
        alias: KeyAlias::P256,
        message: b"\x03message",
    };

    /// A link and its virtual clock.
    struct Line {
        link: Link,
        now: Instant,
    }

    impl Line {
        fn idle() -> Self {
            let mut line = Self {
                link: Link::new(3000),
                now: Instant::default(),
            };
            line.link.handle_opened(line.now);
            line.synchronise();
            line
        }

        fn synchronise(&mut self) {
            self.sleep();
            assert_eq!(self.link.poll_transmit(), Some(PROBE));
            self.feed(IN_STEP);
            self.sleep();
            assert!(self.link.is_idle());
        }

        /// Lets the next deadline pass.
        fn sleep(&mut self) {
            self.now = self.link.poll_timeout().unwrap();
            self.link.handle_timeout(self.now);
        }

        fn feed(&mut self, bytes: &[u8]) {
            self.link.handle_bytes(self.now, bytes);
        }

        fn asked() -> Self {
            let mut line = Self::idle();
            line.link.ask(line.now, ASK);
            assert!(line.link.poll_transmit().is_some());
            line
        }
    }

    fn signature_reply() -> heapless::Vec<u8, 103> {
        ReplyPacket { body: &[5; 64] }.emit().unwrap()
    }

    #[test]
    fn opening_drains_probes_and_settles() {
        Line::idle();
    }

    #[test]
    fn stale_bytes_after_opening_are_dropped() {
        let mut line = Line {
            link: Link::new(3000),
            now: Instant::default(),
        };
        line.link.handle_opened(line.now);
        line.feed(&signature_reply());
        assert_eq!(line.link.poll_transmit(), None);
        line.synchronise();
        assert_eq!(line.link.poll_outcome(), None);
    }

    #[test]
    fn an_answer_is_taken_whole_however_it_is_split() {
        let reply = signature_reply();
        for at in 1..reply.len() {
            let mut line = Line::asked();
            line.feed(&reply[..at]);
            assert_eq!(line.link.poll_outcome(), None, "split at {at}");
            line.feed(&reply[at..]);
            let signature = Answer::Signature(Signature([5; 64]));
            assert_eq!(line.link.poll_outcome(), Some(Ok(signature)), "at {at}");
            assert!(line.link.is_idle());
        }
    }

    #[test]
    fn silence_ends_the_exchange_and_a_late_reply_is_drained() {
        let mut line = Line::asked();
        line.sleep();
        assert_eq!(line.link.poll_outcome(), Some(Err(LinkFault::Silent)));
        line.feed(&signature_reply());
        assert_eq!(line.link.poll_outcome(), None);
        line.synchronise();
        line.link.ask(line.now, ASK);
        assert_eq!(line.link.poll_outcome(), None);
    }

    #[test]
    fn a_reply_that_stops_has_its_own_shorter_deadline() {
        let mut line = Line::asked();
        line.feed(&signature_reply()[..10]);
        assert_eq!(
            line.link.poll_timeout(),
            Some(line.now.plus_millis(REST_MS))
        );
        line.sleep();
        assert_eq!(line.link.poll_outcome(), Some(Err(LinkFault::Silent)));
        assert!(!line.link.is_idle());
    }

    #[test]
    fn any_flipped_byte_of_a_reply_is_refused_and_drained() {
        let reply = signature_reply();
        for at in 0..reply.len() {
            let mut line = Line::asked();
            let mut flipped = reply.clone();
            flipped[at] ^= 0x10;
            line.feed(&flipped);
            if line.link.poll_timeout().is_some() && line.link.outcome.is_none() {
                line.sleep();
            }
            let outcome = line.link.poll_outcome();
            assert!(matches!(outcome, Some(Err(_))), "byte {at}: {outcome:?}");
            line.synchronise();
        }
    }

    #[test]
    fn a_reply_of_another_command_is_refused() {
        let mut line = Line::asked();
        let key = ReplyPacket { body: &[b'p'; 55] }.emit().unwrap();
        line.feed(&key);
        assert_eq!(line.link.poll_outcome(), Some(Err(LinkFault::Garbled)));
        line.synchronise();
    }

    #[test]
    fn bytes_behind_a_reply_cost_the_line_its_step() {
        let mut line = Line::asked();
        line.feed(&signature_reply());
        assert!(matches!(line.link.poll_outcome(), Some(Ok(_))));
        line.feed(&[0]);
        assert!(!line.link.is_idle());
        line.synchronise();
    }

    #[test]
    fn a_framing_status_is_no_answer() {
        let mut line = Line::asked();
        line.feed(&ReplyPacket { body: &[0xa7] }.emit().unwrap());
        let framing = LinkFault::Framing(Status::Checksum);
        assert_eq!(line.link.poll_outcome(), Some(Err(framing)));
        line.synchronise();
    }

    #[test]
    fn other_statuses_are_answers() {
        let mut line = Line::asked();
        line.feed(&ReplyPacket { body: &[0xd4] }.emit().unwrap());
        let refused = Answer::Status(Status::PacketParsed);
        assert_eq!(line.link.poll_outcome(), Some(Ok(refused)));
        assert!(line.link.is_idle());
    }

    #[test]
    fn closing_ends_the_exchange() {
        let mut line = Line::asked();
        line.link.handle_closed();
        assert_eq!(line.link.poll_outcome(), Some(Err(LinkFault::NotConnected)));
        assert_eq!(line.link.poll_timeout(), None);
    }

    #[test]
    fn a_device_that_never_comes_into_step_is_given_up() {
        let mut line = Line::idle();
        line.feed(&[0]);
        for _ in 0..RESYNC_ROUNDS {
            assert!(!line.link.is_hopeless());
            line.sleep();
            line.feed(&[0xff; 8]);
        }
        assert!(line.link.is_hopeless());
    }

    #[test]
    fn endless_noise_is_given_up_in_bounded_time() {
        let mut line = Line::idle();
        line.feed(&[0]);
        let begun = line.now;
        while !line.link.is_hopeless() {
            line.now = line.now.plus_millis(QUIET_MS / 2);
            line.feed(&[0xff]);
            line.link.handle_timeout(line.now);
        }
        let bound = u32::from(RESYNC_ROUNDS) * (RESYNC_MS + QUIET_MS);
        assert!(line.now <= begun.plus_millis(bound));
    }

    #[test]
    fn a_message_too_large_for_a_packet_is_never_sent() {
        let mut line = Line::idle();
        let message = [3; crate::hsm::MAX_DATA + 1];
        let alias = KeyAlias::P256;
        line.link.ask(
            line.now,
            Ask::Sign {
                alias,
                message: &message,
            },
        );
        assert_eq!(line.link.poll_outcome(), Some(Err(LinkFault::TooLarge)));
        assert_eq!(line.link.poll_transmit(), None);
        assert!(line.link.is_idle());
    }
}
