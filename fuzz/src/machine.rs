//! A script for the simulated world: each byte says what happens next, those behind it the details.
//!
//! ```text
//! bytes -> what there is -> (ask | hang up | break | time passes | crash | …)* -> all is well again
//! ```

use tezio_core::hsm::ReplyPacket;
use tezio_core::octez::Reply;
use tezio_core::policy::WithoutHsm;
use tezio_core::time::UnixSeconds;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::{JumpGuard, WatermarkRefusal};
use tezio_simulation::device::Fault;
use tezio_simulation::journal::Pace;
use tezio_simulation::machine::Faults;
use tezio_simulation::messages::{WATERMARKS, Wanted, consensus, mark, operation, watermark};
use tezio_simulation::order::Order;
use tezio_simulation::platter::Survival;
use tezio_simulation::toy::KEYS;
use tezio_simulation::world::JOBS;
use tezio_simulation::{Crash, Setup, World};

use crate::choices::Choices;

/// More than a script needs to show something; the rest of it is not played.
const EVENTS: u32 = 200;

/// Starts in a row that a plan may cut short.
const BROKEN_STARTS: u32 = 3;

/// How long clients wait who wait for any device to come back.
const PATIENCE_MS: u32 = 60_000;

const JUMPS: JumpGuard = JumpGuard {
    levels: 40,
    block_seconds: 1,
    ahead: 20,
};

/// Plays what `bytes` say. With `traced`, everything that happens goes to standard error.
///
/// # Errors
///
/// The promise that was broken first.
pub fn play(bytes: &[u8], traced: bool) -> Result<(), String> {
    let mut script = Script {
        choices: Choices::new(bytes),
        world: World::new(Setup::default()),
        latest_date: UnixSeconds(0),
        is_patient: false,
    };
    let setup = script.setup(traced);
    script.is_patient = setup.request_ms == PATIENCE_MS;
    script.world = World::new(setup);
    script.latest_date = script.world.date;
    script.begin();
    for _ in 0..EVENTS {
        if script.choices.is_over() || script.is_broken() {
            break;
        }
        script.happen();
        script.live();
    }
    script.end();
    match script.world.witness.violation() {
        None => Ok(()),
        Some(what) => Err(what.to_owned()),
    }
}

struct Script<'a> {
    choices: Choices<'a>,
    world: World,
    latest_date: UnixSeconds,
    /// Whether clients wait so long that the life with the faults in it must answer them as well.
    is_patient: bool,
}

impl Script<'_> {
    fn setup(&mut self, traced: bool) -> Setup {
        let paces = [0..1, 0..30, 200..900];
        let latencies = [5, 300, 1_500];
        let devices = 1 + self.choices.below(2);
        Setup {
            seed: u64::from(self.choices.number()),
            latencies_ms: (0..devices)
                .map(|_| self.choices.pick(&latencies))
                .collect(),
            request_ms: self.choices.pick(&[500, 5_000, PATIENCE_MS]),
            without_hsm: self.choices.pick(&[WithoutHsm::Wait, WithoutHsm::Refuse]),
            pace: Pace {
                wake: paces[self.choices.below(3)].clone(),
                report: paces[self.choices.below(3)].clone(),
            },
            room: 4 + u32::from(self.choices.byte() % 13),
            jumps: (self.choices.below(3) == 0).then_some(JUMPS),
            traced,
        }
    }

    fn is_broken(&self) -> bool {
        self.world.witness.violation().is_some()
    }

    fn begin(&mut self) {
        self.world.machine.borrow_mut().start();
        self.world.boot();
        self.live();
    }

    fn happen(&mut self) {
        match self.choices.below(16) {
            0 | 1 => self.ask(),
            2 => self.ask_for_an_operation(),
            3 => self.hang_up(),
            4 => self.break_device(),
            5 => self.babble(),
            6 => self.babble_a_packet(),
            7 => self.unplug(),
            8 => self.break_disk(),
            9 => self.let_time_pass(),
            10 => self.crash(),
            11 => self.plan_end(),
            12 => self.stop_for_an_order(),
            13 => self.change_date(),
            _ => self.go_on(),
        }
    }

    /// Some message for some slot: few of each, so that they meet.
    fn ask(&mut self) {
        let at = self.choices.below(WATERMARKS);
        let [far, salt] = [self.choices.byte(), self.choices.byte() % 3];
        let level = match far {
            0..=0xef => 1 + u32::from(far / 16),
            0xf0..=0xff => 100 * u32::from(far - 0xee),
        };
        let round = u32::from(far % 4);
        self.world
            .ask(&consensus(watermark(at), mark(level, round), salt));
    }

    fn ask_for_an_operation(&mut self) {
        let key = self.choices.pick(&KEYS);
        self.world.ask(&operation(key, self.choices.byte()));
    }

    fn hang_up(&mut self) {
        let open = self.world.witness.unanswered();
        if !open.is_empty() {
            self.world.hang_up(self.choices.pick(&open));
        }
    }

    fn device(&mut self) -> usize {
        self.choices.below(self.world.hsms.len())
    }

    fn break_device(&mut self) {
        let at = self.device();
        let late = u32::from(self.choices.number() % 8_000);
        let fault = match self.choices.below(11) {
            0 => Fault::Status(self.choices.byte()),
            1 => Fault::Silent,
            2 => Fault::Garbled,
            3 => Fault::Cut,
            4 => Fault::Halves,
            5 => Fault::Longer,
            6 => Fault::OtherKey,
            7 => Fault::Previous,
            8 => Fault::OldNonce,
            9 => Fault::Late(late),
            _ => Fault::Vanish,
        };
        self.world.hsms[at].faults.push_back(fault);
    }

    /// Bytes that no device of its senses would send.
    fn babble(&mut self) {
        let at = self.device();
        let bytes = self.choices.string();
        self.world.babble(at, bytes);
    }

    /// A sound packet that answers nothing, or the wrong thing.
    fn babble_a_packet(&mut self) {
        let at = self.device();
        let body = self.choices.string();
        if let Some(packet) = (ReplyPacket { body }).emit() {
            self.world.babble(at, &packet);
        }
    }

    fn unplug(&mut self) {
        let at = self.device();
        let absence = self.choices.pick(&[10, 1_000, 8_000]);
        self.world.unplug(at, absence);
    }

    fn break_disk(&mut self) {
        let which = self.choices.below(5);
        let faults = &mut self.world.machine.borrow_mut().faults;
        match which {
            0 => faults.write = true,
            1 => faults.sync = true,
            2 => faults.room = true,
            3 => faults.rename = true,
            _ => faults.directory = true,
        }
    }

    fn let_time_pass(&mut self) {
        let millis = self.choices.number();
        if millis.is_multiple_of(8) {
            self.world.stall(u32::from(millis % 6_000));
        } else {
            self.world.pass_time(u32::from(millis % 6_000));
        }
    }

    fn some_crash(&mut self) -> Crash {
        self.choices.pick(&[
            Crash::PowerCut(Survival::Some),
            Crash::PowerCut(Survival::Nothing),
            Crash::PowerCut(Survival::Everything),
            Crash::Kill,
        ])
    }

    fn crash(&mut self) {
        let how = self.some_crash();
        self.world.crash(how);
    }

    /// The process ends after so many points from now, in the middle of whatever it does then.
    fn plan_end(&mut self) {
        let points = 1 + u32::from(self.choices.byte());
        self.world.machine.borrow_mut().power.fuel = Some(points);
    }

    /// Operators look at the marks of a signer that has ended, and order before it starts again.
    fn stop_for_an_order(&mut self) {
        self.crash();
        let at = self.choices.below(WATERMARKS);
        let known = self.world.witness.highest(at);
        let (level, round) = (known.level.number(), known.round.number());
        let few = u32::from(self.choices.byte() % 4);
        let order = match self.choices.below(3) {
            0 => Order::Raise(at, mark(level + few, round + 1)),
            1 => Order::Import(at, mark(level.saturating_sub(few), round)),
            _ => Order::HandOver(at, known.level.saturating_add(few)),
        };
        self.world.orders.push(order);
    }

    fn change_date(&mut self) {
        let by = u64::from(self.choices.byte());
        let UnixSeconds(date) = self.world.date;
        let forwards = self.choices.below(2) == 0;
        self.world.date = UnixSeconds(if forwards { date + by } else { date - by });
        self.latest_date.0 = self.latest_date.0.max(self.world.date.0);
    }

    fn go_on(&mut self) {
        for _ in 0..self.choices.below(12) {
            self.world.step();
        }
    }

    /// Begins the next life when this one has ended.
    fn live(&mut self) {
        for attempt in 0..=BROKEN_STARTS {
            if !self.world.is_off() || self.is_broken() {
                return;
            }
            let how = self.some_crash();
            self.world.crash(how);
            if attempt < BROKEN_STARTS && self.choices.below(4) == 1 {
                self.plan_end();
            }
            self.world.boot();
        }
    }

    /// Faults are over, everybody is answered, and honest bakers go on.
    fn end(&mut self) {
        if self.is_broken() {
            return;
        }
        self.heal();
        self.world.settle();
        let unanswered = self.world.witness.unanswered();
        if !unanswered.is_empty() {
            self.blame(&format!("without a reply: {unanswered:?}"));
        }
        self.world.date = UnixSeconds(self.latest_date.0 + 100_000);
        if self.is_patient && !self.world.has_failed() {
            self.expect_next();
        }
        self.world.be_patient(PATIENCE_MS);
        self.restart(Crash::PowerCut(Survival::Some));
        let (next, first) = self.expect_next();
        self.restart(Crash::PowerCut(Survival::Nothing));
        if first != self.expect(&next) {
            self.blame("a retry after the last power cut was answered otherwise");
        }
    }

    fn heal(&mut self) {
        let failed = self.world.has_failed();
        {
            let mut machine = self.world.machine.borrow_mut();
            machine.power.fuel = None;
            machine.faults = Faults::default();
        }
        for hsm in &mut self.world.hsms {
            hsm.faults.clear();
        }
        if failed || self.world.is_off() {
            self.world.crash(Crash::Kill);
            self.world.boot();
        }
    }

    fn restart(&mut self, how: Crash) {
        self.world.crash(how);
        self.world.boot();
        self.world.settle();
    }

    /// What honest bakers sign next, and what they got.
    fn expect_next(&mut self) -> (Vec<Wanted>, Vec<Option<Vec<u8>>>) {
        let next: Vec<Wanted> = (0..WATERMARKS).map(|at| self.next_honest(at)).collect();
        let answers = self.expect(&next);
        (next, answers)
    }

    /// The message for the level above all that its chain has seen.
    fn next_honest(&self, at: usize) -> Wanted {
        let chain = watermark(at).chain;
        let on_chain = (0..WATERMARKS).filter(|at| watermark(*at).chain == chain);
        let highest = on_chain.map(|at| self.world.witness.highest(at).level.number());
        let level = highest.max().unwrap_or(0) + 1;
        consensus(watermark(at), mark(level, 0), 0)
    }

    fn expect(&mut self, wanted: &[Wanted]) -> Vec<Option<Vec<u8>>> {
        let mut answers = Vec::new();
        for few in wanted.chunks(JOBS) {
            let ids: Vec<_> = few.iter().map(|wanted| self.world.ask(wanted)).collect();
            self.world.settle();
            for (id, wanted) in ids.into_iter().zip(few) {
                let answer = match self.world.reply(id) {
                    Some(Reply::Signature(release)) => Ok(Some(release.signature().0.to_vec())),
                    Some(Reply::Refused(Refusal::Watermark(WatermarkRefusal::HandedOver {
                        ..
                    }))) => Ok(None),
                    other => Err(format!("no progress: {wanted} got {other:?}")),
                };
                answers.push(answer.unwrap_or_else(|what| {
                    self.blame(&what);
                    None
                }));
            }
        }
        answers
    }

    fn blame(&mut self, what: &str) {
        self.world.witness.blame(format_args!("{what}"));
    }
}
