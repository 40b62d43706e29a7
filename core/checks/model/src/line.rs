//! The link and a device.
//!
//! Three exchanges, two faults of the device or the line, one closing of the port. A device answers in
//! order. In the timely world no deadline passes while it has something to do or to say, and then no
//! reply is ever taken for another's. In a late world a number of deadlines pass all the same, whenever
//! that hurts most; what then may happen is that a signature comes for another message, which the signer
//! sees when it verifies it. There the link is told to doubt, as the signer does.
//!
//! In both, from every state, host and device come into step again by themselves.

use tezio_core::crypto::Verify as _;
use tezio_core::hsm::{Answer, Ask, Link, Outcome};
use tezio_core::tezos::Digest;
use tezio_core::time::Instant;
use tezio_simulation::toy::{Toy, secret};

use crate::device::{Carry, Device, KEY, Work};
use crate::explore::World;
use crate::fingerprint;

/// More steps than it takes to come into step.
const PATIENCE: u32 = 200;

/// A link and a device that may be late for so many deadlines.
#[derive(Debug)]
pub struct LineWorld<const LATE: u8> {
    link: Link,
    device: Device,
    now: Now,
    /// The number of the message whose signature is awaited.
    asked: Option<u8>,
    asks_left: u8,
    faults_left: u8,
    closings_left: u8,
    late_left: u8,
}

/// The time, which does not tell states apart.
#[derive(Clone, Copy)]
struct Now(Instant);

impl core::fmt::Debug for Now {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("now")
    }
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// The host wants a signature.
    Ask,
    /// The device does what it was asked.
    Work(Work),
    /// A reply comes.
    Carry(Carry),
    /// The next deadline passes.
    Timeout,
    /// The port goes.
    Close,
    /// It can be opened again.
    Open,
}

impl<const LATE: u8> World for LineWorld<LATE> {
    type Action = Action;

    fn begin() -> Self {
        let now = Instant::default();
        let mut link = Link::new(3_000);
        link.handle_opened(now);
        Self {
            link,
            device: Device::default(),
            now: Now(now),
            asked: None,
            asks_left: 3,
            faults_left: 2,
            closings_left: 1,
            late_left: LATE,
        }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.link.is_idle() && self.asks_left > 0 {
            actions.push(Action::Ask);
        }
        let in_time = self.device.is_quiet();
        if self.link.poll_timeout().is_some() && (in_time || self.late_left > 0) {
            actions.push(Action::Timeout);
        }
        let faulty = self.faults_left > 0;
        if self.device.has_work() {
            actions.push(Action::Work(Work::Right));
            actions.extend(Work::FAULTS.map(Action::Work).iter().filter(|_| faulty));
        }
        if self.device.has_reply() && self.link.is_open() {
            actions.push(Action::Carry(Carry::Whole));
            if self.device.can_halve() {
                actions.push(Action::Carry(Carry::Half));
            }
            actions.extend(Carry::FAULTS.map(Action::Carry).iter().filter(|_| faulty));
        }
        match (self.link.is_open(), self.closings_left) {
            (true, 0) => {}
            (true, _) => actions.push(Action::Close),
            (false, _) => actions.push(Action::Open),
        }
        actions
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Ask => {
                self.asks_left -= 1;
                self.ask(self.asks_left)?;
            }
            Action::Work(how) => {
                self.faults_left -= u8::from(how != Work::Right);
                self.device.work(how)?;
            }
            Action::Carry(how) => {
                self.faults_left -= u8::from(!matches!(how, Carry::Whole | Carry::Half));
                if let Some(bytes) = self.device.carry(how) {
                    self.link.handle_bytes(self.now.0, &bytes);
                }
            }
            Action::Timeout => {
                self.late_left -= u8::from(!self.device.is_quiet());
                self.pass();
            }
            Action::Close => {
                self.closings_left -= 1;
                self.link.handle_closed();
            }
            Action::Open => self.link.handle_opened(self.now.0),
        }
        self.follow()
    }

    fn fingerprint(&self) -> u128 {
        fingerprint::of(self, self.now.0)
    }

    fn end_well(mut self) -> Result<(), String> {
        self.come_into_step()?;
        self.ask(9)?;
        self.follow()?;
        self.come_into_step()?;
        match self.asked {
            None => Ok(()),
            Some(_) => Err("no answer to the last exchange".to_owned()),
        }
    }
}

impl<const LATE: u8> LineWorld<LATE> {
    fn ask(&mut self, number: u8) -> Result<(), String> {
        if LATE == 0 && !self.device.is_quiet() {
            return Err("asked while a reply was on its way".to_owned());
        }
        let message = [3, number];
        self.asked = Some(number);
        let alias = KEY;
        self.link.ask(
            self.now.0,
            Ask::Sign {
                alias,
                message: &message,
            },
        );
        Ok(())
    }

    fn pass(&mut self) {
        if let Some(due) = self.link.poll_timeout() {
            self.now.0 = self.now.0.max(due);
            self.link.handle_timeout(self.now.0);
        }
        if self.link.is_hopeless() {
            self.link.handle_closed();
            self.link.handle_opened(self.now.0);
        }
    }

    /// Takes to the device what the link has for it, and looks at the end of an exchange.
    fn follow(&mut self) -> Result<(), String> {
        if let Some(packet) = self.link.poll_transmit() {
            self.device.receive(packet);
        }
        if self.link.poll_transmit().is_some() {
            return Err("sent twice".to_owned());
        }
        match self.link.poll_outcome() {
            Some(outcome) => self.judge(outcome),
            None => Ok(()),
        }
    }

    fn judge(&mut self, outcome: Outcome) -> Result<(), String> {
        let asked = self.asked.take().ok_or("an end without a begin")?;
        let Ok(Answer::Signature(signature)) = outcome else {
            return Ok(());
        };
        let made = |number: u8| {
            let digest = Digest::of(&[3, number]);
            Toy.verify(&secret(KEY), &digest, &signature).is_ok()
        };
        if made(asked) {
            return Ok(());
        }
        if LATE == 0 && (0..10).any(made) {
            return Err(format!(
                "took another message's signature for that of {asked}"
            ));
        }
        self.link.resynchronise(self.now.0);
        Ok(())
    }

    /// Nothing goes wrong until both have nothing left to do.
    fn come_into_step(&mut self) -> Result<(), String> {
        for _ in 0..PATIENCE {
            if !self.link.is_open() {
                self.link.handle_opened(self.now.0);
            } else if self.device.has_work() {
                self.device.work(Work::Right)?;
            } else if let Some(bytes) = self.device.carry(Carry::Whole) {
                self.link.handle_bytes(self.now.0, &bytes);
            } else if self.link.is_idle() {
                return Ok(());
            } else {
                self.pass();
            }
            self.follow()?;
        }
        Err(format!("does not come into step: {:?}", self.link))
    }
}
