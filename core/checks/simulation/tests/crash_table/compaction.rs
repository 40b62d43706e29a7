//! Compaction: a fresh journal takes the place of the grown one, between two signatures.

use tezio_core::tezos::Signature;
use tezio_simulation::machine::{Point, Step};
use tezio_simulation::messages::Wanted;
use tezio_simulation::{Crash, Event, Setup};

use crate::script::{ANY, Answer, Script, after, before, block, vote};

/// Signs until the process ends where it should, in the middle of a compaction.
fn grow(point: Point, times: u32) -> (Script, Vec<(Wanted, Signature)>) {
    let mut script = Script::with(Setup {
        room: 4,
        ..Setup::default()
    });
    script.end_at_passing(point, times);
    let mut released = Vec::new();
    for level in 1..40 {
        for wanted in [block(level, 0), vote(1, level), vote(2, level)] {
            if let Answer::Signed(signature) = script.ask(&wanted) {
                released.push((wanted, signature));
            }
            if script.world.is_off() {
                return (script, released);
            }
        }
    }
    panic!("the point was not reached");
}

/// Whatever of the two journals a start finds, every mark and every signature is in it.
fn every_mark_is_kept(point: Point, times: u32) {
    for crash in ANY {
        let (mut script, released) = grow(point, times);
        script.restart(crash);
        check(&mut script, &released, crash);
    }
}

/// The last of each kind is answered from the record, and all before it are refused.
fn check(script: &mut Script, released: &[(Wanted, Signature)], crash: Crash) {
    let last = released.len().saturating_sub(3);
    for (wanted, signature) in &released[last..] {
        let again = script.ask(wanted);
        assert_eq!(again, Answer::FromRecord(*signature), "{crash:?}: {wanted}");
    }
    for (wanted, _) in &released[..last] {
        assert_eq!(script.ask(wanted), Answer::Refused, "{crash:?}: {wanted}");
    }
    script.sign(&block(100, 0));
}

#[test]
fn before_the_new_journal_is_begun() {
    every_mark_is_kept(before(Step::WriteNew), 0);
}

#[test]
fn while_the_new_journal_is_written() {
    for times in [0, 1, 5, 12] {
        every_mark_is_kept(after(Step::WriteNew), times);
    }
}

#[test]
fn written_and_not_yet_synced() {
    every_mark_is_kept(before(Step::SyncNew), 0);
}

#[test]
fn synced_and_not_yet_in_place() {
    every_mark_is_kept(after(Step::SyncNew), 0);
    every_mark_is_kept(before(Step::Rename), 0);
}

#[test]
fn in_place_and_the_directory_not_yet_synced() {
    every_mark_is_kept(after(Step::Rename), 0);
    every_mark_is_kept(before(Step::SyncDirectory), 0);
}

#[test]
fn in_place_for_good() {
    every_mark_is_kept(after(Step::SyncDirectory), 0);
}

/// The journal grows on, and what comes later is kept as well.
#[test]
fn no_room_for_a_new_journal() {
    let mut script = Script::with(Setup {
        room: 4,
        ..Setup::default()
    });
    script.world.machine.borrow_mut().faults.room = true;
    let released: Vec<_> = (1..8)
        .map(|level| (block(level, 0), script.sign(&block(level, 0))))
        .collect();
    let machine = script.world.machine.clone();
    assert_eq!(machine.borrow().tally.of(Event::NoRoom), 1);
    for crash in ANY {
        script.restart(crash);
        let (wanted, signature) = &released[6];
        assert_eq!(script.ask(wanted), Answer::FromRecord(*signature));
        assert_eq!(script.ask(&released[5].0), Answer::Refused);
    }
}
