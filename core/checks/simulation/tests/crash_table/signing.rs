//! One consensus signature, from the request to the reply.

use tezio_simulation::Crash;
use tezio_simulation::machine::Step;
use tezio_simulation::platter::Survival;

use crate::script::{
    ANY, Answer, KEEPING, LOSING, SEEDS, Script, after, before, block, first, nothing_is_kept,
    other, the_signature_is_kept, vote,
};

#[test]
fn reserved_and_not_yet_at_the_device() {
    nothing_is_kept(before(Step::ToHsm), &ANY);
}

#[test]
fn at_the_device() {
    nothing_is_kept(after(Step::ToHsm), &ANY);
}

#[test]
fn signed_by_the_device_and_not_yet_read() {
    nothing_is_kept(before(Step::FromHsm), &ANY);
}

#[test]
fn verified_and_not_yet_handed_to_the_journal() {
    nothing_is_kept(before(Step::Store), &ANY);
}

#[test]
fn handed_to_the_journal_and_not_yet_written() {
    nothing_is_kept(after(Step::Store), &ANY);
    nothing_is_kept(before(Step::Write), &ANY);
}

#[test]
fn written_and_not_synced_and_none_of_it_arrived() {
    nothing_is_kept(after(Step::Write), &LOSING);
    nothing_is_kept(before(Step::Sync), &LOSING);
}

#[test]
fn written_and_not_synced_and_all_of_it_arrived() {
    the_signature_is_kept(after(Step::Write), &KEEPING, false);
    the_signature_is_kept(before(Step::Sync), &KEEPING, false);
}

/// A part of the record is no record.
#[test]
fn written_and_not_synced_and_some_of_it_arrived() {
    let mut found = [0; 2];
    for seed in 0..SEEDS {
        let mut script = Script::begin(seed);
        script.end_at(before(Step::Sync));
        assert_eq!(script.end_on_the_way(), Answer::None);
        script.restart(Crash::PowerCut(Survival::Some));
        match script.ask(&other()) {
            Answer::Refused => {
                found[0] += 1;
                assert!(matches!(script.ask(&first()), Answer::FromRecord(_)));
            }
            Answer::Signed(_) => {
                found[1] += 1;
                assert_eq!(script.ask(&first()), Answer::Refused);
            }
            answer @ (Answer::FromRecord(_) | Answer::None) => panic!("seed {seed}: {answer:?}"),
        }
    }
    assert!(found.iter().all(|count| *count > 20), "{found:?}");
}

#[test]
fn synced_and_not_yet_reported() {
    the_signature_is_kept(after(Step::Sync), &ANY, false);
    the_signature_is_kept(before(Step::Report), &ANY, false);
}

#[test]
fn reported_and_not_yet_replied() {
    the_signature_is_kept(before(Step::Reply), &ANY, false);
}

#[test]
fn replied() {
    the_signature_is_kept(after(Step::Reply), &ANY, true);
}

/// Three kinds in one batch; any of the records may be missing after the cut, and none is damage.
#[test]
fn a_batch_written_and_not_synced() {
    let (mut kept, mut lost) = (0, 0);
    for seed in 0..SEEDS {
        let mut script = Script::begin(seed);
        script.hold_the_journal();
        let wanted = [block(5, 0), vote(1, 5), vote(2, 5)];
        script.end_at(before(Step::Sync));
        script.ask_all(&wanted);
        assert!(script.world.is_off());
        script.restart(Crash::PowerCut(Survival::Some));
        for wanted in &wanted {
            match script.ask(wanted) {
                Answer::FromRecord(_) => kept += 1,
                Answer::Signed(_) => lost += 1,
                answer @ (Answer::Refused | Answer::None) => panic!("seed {seed}: {answer:?}"),
            }
        }
    }
    assert!(kept > 50 && lost > 50, "{kept} kept, {lost} lost");
}

/// The signature that was never released is thrown away with the process, whatever the disk has of it.
#[test]
fn the_sync_failed() {
    for crash in ANY {
        let mut script = Script::begin(3);
        script.world.machine.borrow_mut().faults.sync = true;
        let id = script.world.ask(&first());
        script.world.settle();
        script.check();
        assert!(script.world.has_failed());
        script.expect_sealed(id);
        script.restart(crash);
        let answers = [script.ask(&first()), script.ask(&other())];
        assert!(
            matches!(
                answers,
                [Answer::Signed(_) | Answer::FromRecord(_), Answer::Refused]
            ),
            "{crash:?}: {answers:?}"
        );
    }
}
