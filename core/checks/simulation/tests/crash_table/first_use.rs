//! First use: an empty journal is made, and an operator's marks are set in it.

use tezio_simulation::machine::{Point, Step};
use tezio_simulation::{Crash, Setup};

use crate::script::{ANY, Answer, Script, after, before, block};

/// The process ends at a point of its first start, and is started again: it can sign then, from marks
/// that nothing was signed at.
fn it_begins_anew(point: Point, times: u32) {
    for crash in ANY {
        let mut script = Script::cold(Setup::default());
        script.end_at_passing(point, times);
        script.world.boot();
        assert!(script.world.is_off(), "the point was not reached");
        finish(&mut script, crash);
    }
}

fn finish(script: &mut Script, crash: Crash) {
    script.restart(crash);
    let signature = script.sign(&block(1, 0));
    assert_eq!(script.ask(&block(1, 0)), Answer::FromRecord(signature));
    assert_eq!(script.ask(&block(1, 1)), Answer::Refused);
}

#[test]
fn the_journal_is_being_made() {
    for point in [before(Step::WriteNew), after(Step::WriteNew)] {
        it_begins_anew(point, 0);
    }
    it_begins_anew(before(Step::SyncNew), 0);
    it_begins_anew(after(Step::SyncNew), 0);
}

#[test]
fn the_journal_has_its_name_in_memory_alone() {
    it_begins_anew(after(Step::Rename), 0);
}

#[test]
fn the_journal_is_made_and_has_no_marks() {
    it_begins_anew(after(Step::SyncDirectory), 0);
}

#[test]
fn some_of_the_marks_are_set() {
    for times in [0, 1, 5, 11] {
        it_begins_anew(before(Step::Sync), times);
        it_begins_anew(after(Step::Sync), times);
    }
}
