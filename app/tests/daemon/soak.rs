//! Many clients at every front end at once, a third of them hostile: the honest ones get right
//! signatures or right refusals and nothing else, and the daemon gives back what it took.
//!
//! Each half lasts four seconds. For a long soak:
//!
//! ```text
//! TEZIO_SOAK_SECONDS=1800 cargo test --release -p tezio-signer --test daemon soak -- --nocapture
//! ```

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use tezio_core::tezos::Signature;

use crate::support::doors::{Door, Doors, Question};
use crate::support::hostile::Attack;
use crate::support::messages::{attestation, block, operation, preattestation};
use crate::support::{Configuration, HsmKey, TZ1, TZ2, TZ3};

const HONEST: u8 = 44;
const HOSTILE: u32 = 20;

/// How long each half of the soak lasts, in seconds, if not as long as this variable says.
const HALF: u64 = 4;
const SECONDS: &str = "TEZIO_SOAK_SECONDS";

/// What the resident memory may grow by from the end of the first half to the end of the second, in
/// KiB.
const GROWTH: u64 = 2048;

/// How long the daemon may take to notice that everybody has left.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rounds of each level: many, for levels that rise faster than the time allows are refused.
const ROUNDS: u32 = 64;

/// A key, a kind by its first byte, and a place: level and round, counted through.
type Slot = (&'static str, u8, u32);

/// A message and the signature that was released for it.
type Released = (Vec<u8>, Signature);

/// What came of it all.
#[derive(Debug, Default)]
struct Soak {
    over: AtomicBool,
    /// Rises by one with each consensus message: two are asked for at each place.
    turn: AtomicU32,
    signed: Mutex<BTreeMap<Slot, Released>>,
    answers: AtomicU32,
    refusals: AtomicU32,
    attacks: AtomicU32,
}

#[test]
fn sixty_four_clients_of_which_twenty_are_hostile() {
    let limits = "(connections: 200, connections_per_address: 200, idle_seconds: 3)";
    // The load is to be borne, however slow that makes the HSM on a busy machine.
    let patient = "(request_ms: 60000, hsm_reply_ms: 30000)";
    let configuration = Configuration::simulated().with("limits", limits);
    let doors = Doors::ready_with(&configuration.with("timeouts", patient));
    let process = doors.daemon.id();
    let at_start = descriptors(process);
    let mut soak = Soak::default();
    let [first, second] = [(); 2].map(|()| {
        soak.half(&doors);
        wait_for_descriptors(process, at_start);
        resident(process)
    });
    eprintln!("resident after each half: {first} and {second} KiB; {at_start} descriptors");
    soak.report();
    assert!(second <= first + GROWTH, "from {first} to {second} KiB");
    let ended = doors.daemon.terminate();
    assert!(ended.status.success(), "{ended:?}");
    assert!(!ended.log.contains("ERROR"), "{}", ended.log);
}

impl Soak {
    /// All clients at once, until the time is over and all have left.
    fn half(&mut self, doors: &Doors) {
        self.over = AtomicBool::new(false);
        let soak = &*self;
        thread::scope(|scope| {
            for number in 0..HONEST {
                scope.spawn(move || soak.be_honest(doors, number));
            }
            for number in 0..HOSTILE {
                scope.spawn(move || soak.be_hostile(doors, number));
            }
            let seconds = std::env::var(SECONDS).map_or(HALF, |text| text.parse().unwrap());
            thread::sleep(Duration::from_secs(seconds));
            soak.over.store(true, Ordering::Relaxed);
        });
    }

    fn be_honest(&self, doors: &Doors, number: u8) {
        let door = Door::ALL[usize::from(number) % 4];
        let mut visitor = doors.visit(door);
        for turn in (0..=u8::MAX).cycle() {
            if self.over.load(Ordering::Relaxed) {
                break;
            }
            if turn % 16 == 15 {
                visitor = doors.visit(door);
            }
            let key = [TZ1, TZ2, TZ3][usize::from(turn) % 3];
            let (message, place) = self.message(number, turn);
            let answer = visitor.ask(&Question::sign(key.address, &message));
            self.judge(&key, message, place, answer);
        }
    }

    /// What an honest client asks for next, and its place if it has one.
    fn message(&self, salt: u8, turn: u8) -> (Vec<u8>, Option<u32>) {
        let kind = [block, preattestation, attestation];
        match kind.get(usize::from(turn) % 4) {
            Some(kind) => {
                let place = self.turn.fetch_add(1, Ordering::Relaxed) / 2;
                let (level, round) = (place / ROUNDS + 1, place % ROUNDS);
                (kind(level, round, salt), Some(place))
            }
            None => (operation(salt), None),
        }
    }

    fn judge(
        &self,
        key: &HsmKey,
        message: Vec<u8>,
        place: Option<u32>,
        answer: Result<Vec<u8>, String>,
    ) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        match answer {
            Ok(bytes) => {
                let signature = Signature(bytes.try_into().unwrap());
                key.assert_made(&signature, &message);
                if let Some(place) = place {
                    self.enter((key.address, message[0], place), (message, signature));
                }
            }
            Err(reason) => {
                let right = [
                    "has already been signed with different data",
                    "is being signed with different data",
                    "is below the high watermark",
                ];
                let is_right = right.iter().any(|text| reason.contains(text));
                assert!(place.is_some() && is_right, "{reason}");
                self.refusals.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// One message and one signature for each key, kind and place.
    fn enter(&self, slot: Slot, released: Released) {
        let mut signed = self.signed.lock().unwrap();
        let there = signed.entry(slot).or_insert_with(|| released.clone());
        assert!(*there == released, "signed twice: {slot:?}");
    }

    fn be_hostile(&self, doors: &Doors, number: u32) {
        let attacks = Attack::ALL.iter().cycle().skip(number as usize);
        for (turn, attack) in (0..).zip(attacks) {
            if self.over.load(Ordering::Relaxed) {
                break;
            }
            let door = Door::ALL[(number + turn) as usize % 4];
            attack.strike(doors, door, number * 7919 + turn * 104_729, &self.over);
            self.attacks.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn report(&self) {
        let [answers, refusals, attacks] = [&self.answers, &self.refusals, &self.attacks]
            .map(|count| count.load(Ordering::Relaxed));
        let slots = self.signed.lock().unwrap().len();
        eprintln!("{answers} answers, {refusals} of them refusals; {attacks} attacks");
        assert!(
            slots > 0 && refusals > 0 && attacks > 0,
            "nothing was tried"
        );
    }
}

/// Open descriptors.
fn descriptors(process: u32) -> usize {
    let folder = format!("/proc/{process}/fd");
    std::fs::read_dir(folder).unwrap().count()
}

fn wait_for_descriptors(process: u32, expected: usize) {
    let begin = Instant::now();
    loop {
        let open = descriptors(process);
        if open == expected {
            break;
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "{open} descriptors, not {expected}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// Resident memory in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().split_whitespace().next();
    number.unwrap().parse().unwrap()
}
