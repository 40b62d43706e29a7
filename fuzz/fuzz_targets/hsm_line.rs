//! Both roles on one line, with noise: the host's link and the device's receive loop in virtual time.
//! While nothing disturbs them every exchange has the answer of the device; afterwards they always get
//! back into step.
//!
//! Input: what happens on the line, one thing after the other.

#![no_main]

use std::collections::VecDeque;

use tezio_core::hsm::{Answer, Ask, Link, Outcome};
use tezio_core::time::Instant;
use tezio_fuzz::board::{ALIAS, Board, public_key, signature};
use tezio_fuzz::choices::Choices;

/// Longer than any number of rounds that it may take to get into step.
const PATIENCE_MS: u64 = 120_000;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut choices = Choices::new(data);
    let mut line = Line::new();
    for _ in 0..100 {
        if choices.is_over() {
            break;
        }
        line.happen(&mut choices);
    }
    line.check_recovers();
});

struct Line {
    link: Link,
    board: Board,
    now: u64,
    /// On the way from the board, with the time of arrival.
    on_its_way: VecDeque<(u64, Vec<u8>)>,
    /// What was asked last, while its end is awaited.
    asked: Option<Asked>,
    /// Whether anything went wrong since host and board were in step.
    disturbed: bool,
    /// Whether the board ever received what the host did not send.
    deceived: bool,
}

#[derive(Clone)]
enum Asked {
    Key,
    Message(Vec<u8>),
}

impl Line {
    fn new() -> Self {
        let mut link = Link::new(3_000);
        link.handle_opened(Instant::default());
        Self {
            link,
            board: Board::default(),
            now: 0,
            on_its_way: VecDeque::new(),
            asked: None,
            disturbed: true,
            deceived: false,
        }
    }

    fn happen(&mut self, choices: &mut Choices<'_>) {
        match choices.below(8) {
            0 => self.ask(Asked::Message(choices.string().to_vec())),
            1 => self.ask(Asked::Key),
            2 => {
                self.disturbed = true;
                self.link.handle_bytes(self.time(), choices.string());
            }
            3 => {
                (self.disturbed, self.deceived) = (true, true);
                self.board.receive(self.now, choices.string());
            }
            4 => self.spoil(choices),
            5 => self.reopen(),
            6 => self.pass(u64::from(choices.number() % 5_000)),
            _ => self.pass(u64::from(choices.byte())),
        }
        self.carry();
    }

    fn time(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn ask(&mut self, what: Asked) {
        if !self.link.is_idle() {
            return;
        }
        let ask = match &what {
            Asked::Key => Ask::PublicKey(ALIAS),
            Asked::Message(message) => Ask::Sign {
                alias: ALIAS,
                message,
            },
        };
        self.link.ask(self.time(), ask);
        self.asked = Some(what);
    }

    /// Loses, damages, cuts or delays what is on its way to the host.
    fn spoil(&mut self, choices: &mut Choices<'_>) {
        self.disturbed = true;
        let how = choices.below(4);
        let by = choices.byte();
        let Some((at, bytes)) = self.on_its_way.back_mut() else {
            return;
        };
        match how {
            0 => bytes.clear(),
            1 => bytes.truncate(usize::from(by) % bytes.len().max(1)),
            2 => bytes.push(by),
            _ => *at += u64::from(by) * 40,
        }
    }

    fn reopen(&mut self) {
        self.disturbed = true;
        self.on_its_way.clear();
        self.link.handle_closed();
        self.carry();
        self.link.handle_opened(self.time());
    }

    /// Lets everything happen that is due within so many milliseconds.
    fn pass(&mut self, millis: u64) {
        let until = self.now + millis;
        for _ in 0..100_000 {
            self.carry();
            let times = [
                self.link.poll_timeout().map(Instant::as_millis),
                self.board.due(),
                self.on_its_way.front().map(|(at, _)| *at),
            ];
            let Some(next) = times.into_iter().flatten().min().filter(|at| *at <= until) else {
                self.now = until;
                return self.board.advance(until);
            };
            self.now = self.now.max(next);
            self.board.advance(self.now);
            self.link.handle_timeout(self.time());
            if self.link.is_hopeless() {
                self.reopen();
            }
        }
        panic!("no end of events");
    }

    /// Carries what can be carried: packets to the board, replies to the host, outcomes to whom asked.
    fn carry(&mut self) {
        while let Some(packet) = self.link.poll_transmit() {
            let packet = packet.to_vec();
            self.board.receive(self.now, &packet);
        }
        self.on_its_way.extend(self.board.sent.drain(..));
        while self
            .on_its_way
            .front()
            .is_some_and(|(at, _)| *at <= self.now)
        {
            if let Some((_, bytes)) = self.on_its_way.pop_front() {
                self.link.handle_bytes(self.time(), &bytes);
            }
        }
        if let Some(outcome) = self.link.poll_outcome() {
            let asked = self.asked.take().expect("an end without a begin");
            self.judge(&asked, outcome);
        }
        let quiet = self.board.is_quiet() && self.on_its_way.is_empty();
        if self.link.is_idle() && quiet {
            self.disturbed = false;
        }
        if !self.deceived {
            assert!(
                self.board.seen().iter().all(Result::is_ok),
                "{:?}",
                self.board.seen()
            );
        }
    }

    fn judge(&self, asked: &Asked, outcome: Outcome) {
        if self.disturbed {
            return;
        }
        let expected = match asked {
            Asked::Key => Answer::Key(public_key()),
            Asked::Message(message) => Answer::Signature(signature(message)),
        };
        assert_eq!(outcome, Ok(expected));
    }

    /// Nothing disturbs them any more: they come into step, and the next exchange succeeds.
    fn check_recovers(&mut self) {
        self.pass(PATIENCE_MS);
        assert!(self.link.is_idle(), "not in step: {:?}", self.link);
        assert!(!self.disturbed);
        self.ask(Asked::Message(b"\x03the last one".to_vec()));
        self.pass(PATIENCE_MS);
        assert!(self.asked.is_none(), "no answer");
    }
}
