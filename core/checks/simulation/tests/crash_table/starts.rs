//! Starts: what the last process left is read, made sound and made durable before it counts.

use tezio_simulation::machine::{Point, Step};
use tezio_simulation::platter::Survival;
use tezio_simulation::{Crash, Event, Setup};

use crate::script::{ANY, Answer, SEEDS, Script, after, before, block, first, other, vote};

/// After a power cut that left a torn tail, the next start ends at `point` as well; the one after it
/// finds the marks, and none of what was dropped.
fn the_next_start_does_it_again(point: Point) {
    let mut torn = 0;
    for seed in 0..SEEDS {
        let mut script = Script::begin(seed);
        let signature = script.sign(&block(3, 0));
        script.hold_the_journal();
        script.end_at(before(Step::Sync));
        script.ask_all(&[first(), vote(1, 5), vote(2, 5)]);
        script.world.crash(Crash::PowerCut(Survival::Some));
        script.end_at(point);
        script.world.boot();
        assert!(script.world.is_off(), "the point was not reached");
        for crash in ANY {
            script.restart(crash);
        }
        let machine = script.world.machine.clone();
        torn += machine.borrow().tally.of(Event::Torn).min(1);
        let earlier = script.ask(&block(3, 0));
        if earlier == Answer::FromRecord(signature) {
            script.sign(&other());
        } else {
            assert_eq!(earlier, Answer::Refused);
            assert!(matches!(script.ask(&first()), Answer::FromRecord(_)));
        }
    }
    assert!(torn > 20, "{torn} torn tails");
}

#[test]
fn read_and_nothing_written() {
    the_next_start_does_it_again(before(Step::WriteNew));
}

#[test]
fn the_new_journal_is_written_and_not_synced() {
    the_next_start_does_it_again(after(Step::WriteNew));
    the_next_start_does_it_again(before(Step::SyncNew));
}

#[test]
fn the_new_journal_is_synced_and_not_in_place() {
    the_next_start_does_it_again(after(Step::SyncNew));
}

#[test]
fn the_new_journal_has_its_name_in_memory_alone() {
    the_next_start_does_it_again(before(Step::SyncDirectory));
}

/// Linux counts pages as written whose sync has failed. A start reads them, and must not take them for
/// durable: a retry gets the signature, and the next power cut must not take it.
#[test]
fn a_record_in_memory_alone_after_a_failed_sync() {
    for seed in 0..SEEDS {
        let mut script = Script::begin(seed);
        script.world.machine.borrow_mut().faults.sync = true;
        script.world.ask(&first());
        script.world.settle();
        assert!(script.world.has_failed());
        script.restart(Crash::Kill);
        let Answer::FromRecord(signature) = script.ask(&first()) else {
            panic!("a killed process leaves what it wrote");
        };
        script.restart(Crash::PowerCut(Survival::Nothing));
        assert_eq!(script.ask(&first()), Answer::FromRecord(signature));
        assert_eq!(script.ask(&other()), Answer::Refused);
    }
}

/// A process that ends between renaming the new journal and syncing the directory leaves the name in
/// memory alone; what the next one keeps in that file must not go with it.
#[test]
fn a_name_in_memory_alone_after_a_kill() {
    let mut script = Script::with(Setup {
        room: 4,
        ..Setup::default()
    });
    script.end_at(before(Step::SyncDirectory));
    let mut level = 1;
    while !script.world.is_off() {
        script.ask(&block(level, 0));
        level += 1;
        assert!(level < 40, "no compaction");
    }
    script.restart(Crash::Kill);
    let signature = script.sign(&block(100, 0));
    script.restart(Crash::PowerCut(Survival::Nothing));
    let again = script.ask(&block(100, 0));
    assert_eq!(again, Answer::FromRecord(signature));
    assert_eq!(script.ask(&block(100, 1)), Answer::Refused);
}

/// The same when it was the directory's sync that failed: the next sync of it would do nothing about the
/// name.
#[test]
fn a_name_in_memory_alone_after_a_failed_sync() {
    let mut script = Script::with(Setup {
        room: 4,
        ..Setup::default()
    });
    script.world.machine.borrow_mut().faults.directory = true;
    let mut level = 1;
    while !script.world.has_failed() {
        script.world.ask(&block(level, 0));
        script.world.settle();
        level += 1;
        assert!(level < 40, "no compaction");
    }
    script.restart(Crash::Kill);
    let signature = script.sign(&block(100, 0));
    script.restart(Crash::PowerCut(Survival::Nothing));
    let again = script.ask(&block(100, 0));
    assert_eq!(again, Answer::FromRecord(signature));
    assert_eq!(script.ask(&block(100, 1)), Answer::Refused);
}
