//! The daemon killed at any moment, again and again, on one state directory: whatever was released
//! stands, nothing is signed twice, signing goes on, and the audit log is one chain.
//!
//! ```text
//! start -> (kill) -> what was released? -> HSM ready -> what was in flight? -> load -> kill
//! ```
//!
//! When to kill is said by a seed, as answers that clients got and microseconds beyond; what the
//! machine does in that time is its own. 200 kills; for a long campaign, or another one:
//!
//! ```text
//! TEZIO_KILLS=2000 TEZIO_KILLS_SEED=7 cargo test -p tezio-signer --test crash kills -- --nocapture
//! ```

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::audit;
use crate::caller::Caller;
use crate::faulty_disk::FaultyDisk;
use crate::memory::Memory;
use crate::slot::{SALTS, unguarded};
use crate::support::doors::{Door, socket_in};
use crate::support::process::{PATIENCE, Process};
use crate::support::{Chance, Configuration, Daemon, Home, Simulator, TZ1};

/// How many kills both campaigns have together, and which, if not as these variables say.
const KILLS: u64 = 200;
const KILLS_VARIABLE: &str = "TEZIO_KILLS";
const SEED: u64 = 1;
const SEED_VARIABLE: &str = "TEZIO_KILLS_SEED";

/// Each asks as fast as it is answered.
const CALLERS: [Door; 6] = [
    Door::Http,
    Door::Http,
    Door::Tcp,
    Door::Tcp,
    Door::Unix,
    Door::Unix,
];

/// The answers that a daemon gives before it is killed, at most.
const ANSWERS: u64 = 60;

/// The microseconds from the last of these answers to the kill, at most.
const BEYOND: u64 = 3_000;

/// The microseconds that a write and a sync take on top, at most: what is done too early is done long
/// before.
const SLOW: u64 = 3_000;

/// The microseconds from the start of a daemon that is killed early: before it has read its journal,
/// before it listens, before the HSM is ready.
const EARLY: [u64; 3] = [5_000, 30_000, 400_000];

/// One signer's lives.
#[derive(Debug)]
struct Campaign {
    home: Home,
    disk: FaultyDisk,
    board: Option<Simulator>,
    chance: Chance,
    memory: Memory,
    counts: Counts,
}

/// That all of it was tried.
#[derive(Debug, Default)]
struct Counts {
    kills: u64,
    signatures: AtomicU32,
    refusals: AtomicU32,
    lost: AtomicU32,
}

/// The board knows what it signed, the daemon must know what it released.
#[test]
fn a_daemon_dies_and_its_board_lives_on() {
    let profile = "latency: Instant, kinds: (ed25519: [3, 17, 18, 19], secp256k1: [3, 17, 18, 19])";
    let board = Simulator::start(profile);
    let configuration = Configuration::serial(board.path());
    Campaign::new(&configuration, Some(board)).run(number(KILLS_VARIABLE, KILLS) * 3 / 5);
}

/// The journal alone keeps anybody from signing twice.
#[test]
fn a_daemon_and_its_board_lose_power_together() {
    let kills = number(KILLS_VARIABLE, KILLS);
    Campaign::new(&Configuration::simulated(), None).run(kills - kills * 3 / 5);
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

impl Campaign {
    fn new(configuration: &Configuration, board: Option<Simulator>) -> Self {
        let listen = r#"[Http("127.0.0.1:0"), Tcp("127.0.0.1:0"), Unix(path: "signer.sock")]"#;
        let home = Home::new(&configuration.clone().with("listen", listen));
        home.init();
        let seed = number(SEED_VARIABLE, SEED);
        eprintln!("{SEED_VARIABLE}={seed}");
        Self {
            disk: FaultyDisk::of(&home),
            home,
            board,
            chance: Chance::new(seed),
            memory: Memory::default(),
            counts: Counts::default(),
        }
    }

    fn run(mut self, kills: u64) {
        while self.counts.kills < kills {
            if self.chance.below(4) == 0 {
                self.kill_early();
            } else {
                self.kill_under_load();
            }
            self.counts.kills += 1;
            self.memory.daemon_died(self.board.is_some());
        }
        let daemon = self.wake();
        let ended = daemon.terminate();
        assert!(ended.status.success(), "{ended:?}");
        self.home.done(&["audit", "verify"]);
        self.counts.report();
    }

    fn kill_early(&mut self) {
        let most = self.chance.pick(&EARLY);
        let mut process = Process::start(&mut self.home.command(&["run"]));
        thread::sleep(Duration::from_micros(self.chance.below(most)));
        process.kill();
        let log = process.log.text();
        assert!(!log.contains("ERROR"), "{log}");
    }

    fn kill_under_load(&mut self) {
        let daemon = self.wake();
        let [write, sync] = [(); 2].map(|()| self.chance.below(SLOW));
        let slow = format!("write slow {write}\nsync slow {sync}");
        self.disk.follow(&slow);
        let answers = self.chance.below(ANSWERS);
        let beyond = Duration::from_micros(self.chance.below(BEYOND));
        let (answered, answers_in) = channel();
        let over = AtomicBool::new(false);
        let load = CALLERS.map(|door| {
            let seed = self.chance.below(u64::MAX);
            (self.call(door, &daemon), Chance::new(seed))
        });
        thread::scope(|scope| {
            for (caller, chance) in load {
                let (answered, over, campaign) = (answered.clone(), &over, &*self);
                scope.spawn(move || campaign.ask_until_killed(caller, chance, &answered, over));
            }
            drop(answered);
            for _ in 0..answers {
                answers_in.recv_timeout(PATIENCE).unwrap();
            }
            thread::sleep(beyond);
            over.store(true, Ordering::Relaxed);
            daemon.kill();
        });
        self.disk.mend();
    }

    /// Starts the daemon, and holds it to what its predecessors did.
    fn wake(&mut self) -> Daemon {
        let daemon = self.disk.start(&self.home);
        let mut caller = self.call(Door::Unix, &daemon);
        audit::released_stands(&self.memory, &mut caller, &mut self.chance);
        daemon.wait_ready(1);
        audit::lost_has_one_end(&self.memory, &mut caller);
        audit::progress(&self.memory, &mut caller, 3);
        daemon
    }

    fn call(&self, door: Door, daemon: &Daemon) -> Caller {
        Caller::at(door, daemon, &socket_in(self.home.path()))
    }

    fn ask_until_killed(
        &self,
        mut caller: Caller,
        mut chance: Chance,
        answered: &Sender<()>,
        over: &AtomicBool,
    ) {
        while self.ask_something(&mut caller, &mut chance).is_some() {
            // The kill may be under way.
            let _ = answered.send(());
        }
        assert!(over.load(Ordering::Relaxed), "the daemon hung up");
    }

    /// Something new, something again, or something that no mark guards.
    fn ask_something(&self, caller: &mut Caller, chance: &mut Chance) -> Option<()> {
        let salt = chance.pick(&[0, 1, SALTS - 1]);
        let slot = match chance.below(10) {
            0..5 => self.memory.fresh(),
            5..9 => self.memory.recent(u32::try_from(chance.below(12)).unwrap()),
            _ => {
                let message = unguarded(salt);
                let signature = caller.sign(&TZ1, &message).ok()?.unwrap();
                TZ1.assert_made(&signature, &message);
                return Some(());
            }
        };
        let answer = self.memory.ask(caller, slot, salt);
        self.counts.count(answer.as_ref().map(Result::is_ok));
        answer.map(drop)
    }
}

impl Counts {
    fn count(&self, signed: Option<bool>) {
        let count = match signed {
            Some(true) => &self.signatures,
            Some(false) => &self.refusals,
            None => &self.lost,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn report(&self) {
        eprintln!("{self:?}");
        let all = [&self.signatures, &self.refusals, &self.lost];
        let all = all.map(|count| count.load(Ordering::Relaxed));
        assert!(all.iter().all(|count| *count > 0), "nothing was tried");
    }
}
