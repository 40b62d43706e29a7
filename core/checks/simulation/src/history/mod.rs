//! A history: clients, faults and crashes as a seed has them, and at the end the question whether honest
//! bakers go on.

mod clients;
mod end;
mod faults;

use tezio_core::policy::WithoutHsm;
use tezio_core::time::UnixSeconds;
use tezio_core::watermark::JumpGuard;

use crate::journal::Pace;
use crate::messages::{CHAINS, Wanted};
use crate::prng::Prng;
use crate::setup::Setup;
use crate::tally::{Event, Tally};
use crate::world::World;

const STEPS: u32 = 90;
/// How many attempts to start may be cut short, one after the other.
const BROKEN_STARTS: u32 = 3;
const JUMPS: JumpGuard = JumpGuard {
    levels: 40,
    block_seconds: 1,
    ahead: 20,
};

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}: {what}")]
pub struct Violation {
    /// The history's seed.
    pub seed: u64,
    /// What happened.
    pub what: String,
}

/// One history on its way.
#[derive(Debug)]
pub struct History {
    seed: u64,
    world: World,
    prng: Prng,
    /// What was asked last.
    recent: Vec<Wanted>,
    /// Where honest bakers are, on each chain.
    heads: [(u32, u32); CHAINS.len()],
    latest_date: UnixSeconds,
}

/// Plays the history of `seed`.
///
/// # Errors
///
/// The first promise that it breaks.
pub fn play(seed: u64, traced: bool) -> Result<Tally, Violation> {
    let mut history = History::new(seed, traced);
    history.begin();
    for _ in 0..STEPS {
        history.happen();
        history.live();
    }
    history.end();
    history.world.machine.borrow_mut().count(Event::History);
    match history.world.witness.violation() {
        None => Ok(history.world.machine.borrow().tally.clone()),
        Some(what) => Err(Violation {
            seed,
            what: what.to_owned(),
        }),
    }
}

impl History {
    fn new(seed: u64, traced: bool) -> Self {
        let mut prng = Prng::new(seed);
        let latencies: Vec<u32> = (0..1 + prng.index(2))
            .map(|_| *prng.pick(&[5, 5, 300, 1_500]))
            .collect();
        let paces = [0..1, 0..30, 200..900];
        let setup = Setup {
            seed,
            latencies_ms: latencies,
            request_ms: *prng.pick(&[500, 5_000, 60_000]),
            without_hsm: *prng.pick(&[WithoutHsm::Wait, WithoutHsm::Refuse]),
            pace: Pace {
                wake: prng.pick(&paces).clone(),
                report: prng.pick(&paces).clone(),
            },
            room: 4 + prng.below(13),
            jumps: prng.one_in(3).then_some(JUMPS),
            traced,
        };
        let world = World::new(setup);
        Self {
            seed,
            latest_date: world.date,
            world,
            prng,
            recent: Vec::new(),
            heads: [(1, 0); CHAINS.len()],
        }
    }

    fn begin(&mut self) {
        self.world.note(format_args!("history {}", self.seed));
        self.plan_end();
        self.world.machine.borrow_mut().start();
        self.world.boot();
        self.live();
    }

    fn happen(&mut self) {
        match self.prng.below(100) {
            0..20 => self.ask_honestly(),
            20..25 => self.move_on(),
            25..31 => self.ask_again(),
            31..36 => self.ask_for_another(),
            36..38 => self.ask_stale(),
            38..40 => self.flood(),
            40..41 => self.ask_absurdly(),
            41..45 => self.hang_up(),
            45..52 => self.break_device(),
            52..54 => self.unplug(),
            54..57 => self.break_disk(),
            57..58 => self.crash(),
            58..60 => self.let_time_pass(),
            60..61 => self.change_date(),
            61..63 => self.world.check_damage(&mut self.prng),
            _ => self.go_on(),
        }
    }

    /// Begins the next life when this one has ended.
    fn live(&mut self) {
        if self.world.witness.violation().is_some() {
            return;
        }
        if self.world.has_failed() && self.prng.one_in(8) {
            self.crash();
        }
        for attempt in 0..=BROKEN_STARTS {
            if !self.world.is_off() || self.world.witness.violation().is_some() {
                return;
            }
            let how = self.some_crash();
            self.world.crash(how);
            if attempt < BROKEN_STARTS {
                self.plan_end();
            }
            self.give_orders();
            self.world.boot();
        }
    }

    fn go_on(&mut self) {
        for _ in 0..self.prng.below(10) {
            self.world.step();
        }
    }
}
