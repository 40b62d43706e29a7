//! Who goes first when several wait for one slow device: what misses its slot soonest.

use std::collections::HashMap;

use tezio_core::signer::RequestId;
use tezio_core::time::Instant;

use crate::support::{
    Holder, JOBS, Pair, Prng, Setup, Wanted, attestation, block, operation, preattestation,
};

fn slow() -> Pair {
    let mut setup = Setup::baker();
    setup.hsms[0].latency_ms = 500;
    let mut pair = setup.start();
    pair.ask(Holder::Tz1, &operation(0));
    pair
}

fn order(pair: &Pair) -> Vec<Vec<u8>> {
    pair.hsms[0].asked[1..].to_vec()
}

fn bytes(wanted: &[&Wanted]) -> Vec<Vec<u8>> {
    wanted.iter().map(|one| one.bytes.clone()).collect()
}

#[test]
fn a_block_goes_before_an_attestation_a_preattestation_and_the_rest() {
    let mut pair = slow();
    let (rest, pre) = (operation(1), preattestation(1, 0, 0));
    let (vote, head) = (attestation(1, 0, 0), block(1, 0, 0));
    for wanted in [&rest, &pre, &vote, &head] {
        pair.ask(Holder::Tz3, wanted);
    }
    pair.settle();
    assert_eq!(order(&pair), bytes(&[&head, &vote, &pre, &rest]));
}

#[test]
fn of_equals_the_one_that_came_first_goes_first() {
    let mut pair = slow();
    let (one, two, three) = (operation(1), operation(2), operation(3));
    for wanted in [&one, &two, &three] {
        pair.ask(Holder::Tz3, wanted);
        pair.jump(1);
    }
    pair.settle();
    assert_eq!(order(&pair), bytes(&[&one, &two, &three]));
}

/// Each of the key's attestations waits for one operation at the most: the one at the device.
#[test]
fn a_flood_of_operations_does_not_delay_an_attestation() {
    let mut pair = slow();
    for salt in 1..50 {
        pair.ask(Holder::Tz1, &operation(salt));
    }
    assert_eq!(pair.asked(), 1);
    let vote = pair.ask(Holder::Tz3, &attestation(1, 0, 0));
    pair.run_until(|pair| pair.asked() == 2);
    assert_eq!(order(&pair), bytes(&[&attestation(1, 0, 0)]));
    pair.run_until(|pair| pair.reply(vote).is_some());
    pair.signature(vote);
}

#[test]
fn urgent_requests_push_the_least_urgent_out_of_a_full_queue() {
    let mut pair = slow();
    let waiting: Vec<_> = (1..).map(operation).take(JOBS - 1).collect();
    let ids: Vec<_> = waiting
        .iter()
        .map(|one| pair.ask(Holder::Tz1, one))
        .collect();
    let vote = pair.ask(Holder::Tz3, &attestation(1, 0, 0));
    assert_eq!(pair.reply(vote), None);
    let last = *ids.last().unwrap();
    assert!(
        pair.reply(last).is_some(),
        "the last of the least urgent goes"
    );
    pair.settle();
    pair.signature(vote);
    for id in &ids[..ids.len() - 1] {
        pair.signature(*id);
    }
}

const FOUR: [Holder; 4] = [Holder::Tz1, Holder::Tz2, Holder::Tz3, Holder::Zeroth];
const PATIENCE_MS: u32 = 1_000;

/// Four keys on one device that takes 150 ms, votes of all of them, and more operations than it can
/// ever do, whose clients come and go. It watches what reaches the device.
struct Flood {
    pair: Pair,
    prng: Prng,
    level: u32,
    salt: u8,
    /// When each message came, and how much the device had been asked then.
    came: HashMap<Vec<u8>, (RequestId, Instant, usize)>,
    gone: HashMap<RequestId, usize>,
    seen: usize,
}

impl Flood {
    fn new(seed: u64) -> Self {
        let mut setup = Setup::four_keys();
        setup.hsms[0].latency_ms = 150;
        setup.times.request_ms = PATIENCE_MS;
        Self {
            pair: setup.start(),
            prng: Prng::new(seed),
            level: 0,
            salt: 0,
            came: HashMap::new(),
            gone: HashMap::new(),
            seen: 0,
        }
    }

    fn ask(&mut self, holder: Holder, wanted: &Wanted) {
        let asked = self.pair.asked();
        let id = self.pair.ask(holder, wanted);
        self.came
            .insert(wanted.bytes.clone(), (id, self.pair.now, asked));
        self.look();
    }

    fn happen(&mut self) {
        match self.prng.below(20) {
            // A key's next vote comes when the one before has been answered, as bakers ask.
            0 if !self.is_voting() => {
                self.level += 1;
                for holder in FOUR {
                    // One message for one key: what is at the device tells whose it was.
                    let salt = u8::try_from(holder as usize).unwrap();
                    self.ask(holder, &attestation(self.level, 0, salt));
                }
            }
            1..8 => {
                self.salt = self.salt.wrapping_add(1);
                let holder = *self.prng.pick(&FOUR);
                self.ask(holder, &operation(self.salt));
            }
            8..10 => {
                if let Some(id) = self.pair.witness.unanswered().last() {
                    self.gone.insert(*id, self.pair.asked());
                    self.pair.hang_up(*id);
                }
            }
            10 => self.pair.jump(20),
            _ => drop(self.pair.step()),
        }
        self.look();
    }

    fn is_voting(&self) -> bool {
        let open = self.pair.witness.unanswered();
        let votes = self.came.iter().filter(|(message, _)| message[0] == 0x13);
        votes.into_iter().any(|(_, (id, ..))| open.contains(id))
    }

    /// Judges what has reached the device since.
    fn look(&mut self) {
        let asked = self.pair.hsms[0].asked.clone();
        for (at, message) in asked.iter().enumerate().skip(self.seen) {
            let (id, came, before) = self.came[message];
            assert!(
                self.pair.now < came.plus_millis(PATIENCE_MS),
                "stale work reached the device"
            );
            let gone = self.gone.get(&id);
            assert!(gone.is_none_or(|before| at < *before), "{id:?} had gone");
            if message[0] == 0x13 {
                let passed = asked[before..at].iter().filter(|other| other[0] == 0x03);
                assert_eq!(passed.count(), 0, "an operation went before a vote");
            }
        }
        self.seen = asked.len();
    }
}

#[test]
fn in_a_flood_no_operation_goes_before_a_vote_and_nothing_stale_reaches_the_device() {
    let (mut votes, mut operations) = (0, 0);
    for seed in 0..40 {
        let mut flood = Flood::new(seed);
        for _ in 0..400 {
            flood.happen();
        }
        let asked = &flood.pair.hsms[0].asked;
        votes += asked.iter().filter(|one| one[0] == 0x13).count();
        operations += asked.iter().filter(|one| one[0] == 0x03).count();
    }
    assert!(votes > 1_000 && operations > 500, "{votes} {operations}");
}
