//! Ten thousand histories without a broken promise, and with enough of everything in them.

use tezio_simulation::{Event, campaign, play};

const HISTORIES: u64 = 10_000;

/// What must have happened in them, at least.
const ENOUGH: [(Event, u64); 24] = [
    (Event::Request, 500_000),
    (Event::Release, 100_000),
    (Event::Repeat, 100_000),
    (Event::Conflict, 50_000),
    (Event::Below, 5_000),
    (Event::Jump, 1_000),
    (Event::HandedOver, 1_000),
    (Event::HangUp, 10_000),
    (Event::DeviceFault, 30_000),
    (Event::Unplugged, 10_000),
    (Event::PowerCut, 30_000),
    (Event::Kill, 15_000),
    (Event::Start, 40_000),
    (Event::BrokenStart, 10_000),
    (Event::Torn, 1_000),
    (Event::Scattered, 2_000),
    (Event::TornSector, 2_000),
    (Event::Batch, 20_000),
    (Event::Compaction, 15_000),
    (Event::NoRoom, 1_500),
    (Event::FailedWrite, 2_000),
    (Event::FailedSync, 4_000),
    (Event::FailedReplace, 3_000),
    (Event::Damage, 8_000),
];

#[test]
fn ten_thousand_histories_break_no_promise_and_are_not_quiet() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tally = match campaign::run(0..HISTORIES, threads, |_| {}) {
        Ok(tally) => tally,
        Err(violation) => panic!("{violation}"),
    };
    assert_eq!(tally.of(Event::History), HISTORIES);
    for (event, enough) in ENOUGH {
        let count = tally.of(event);
        assert!(count >= enough, "{event:?} {count} times, not {enough}");
    }
}

#[test]
fn a_seed_plays_the_same_history_every_time() {
    for seed in 0..50 {
        let [first, second] = [(); 2].map(|()| play(seed, false).map(|tally| tally.to_string()));
        assert_eq!(first, second, "seed {seed}");
    }
}
