//! First use: an empty journal is made, and an operator's marks are set in it.

use tezio_core::watermark::Recovered;
use tezio_simulation::machine::{Point, Step};
use tezio_simulation::messages::WATERMARKS;
use tezio_simulation::{Crash, Setup};

use crate::script::{ANY, Answer, Script, after, before, block};

/// The header, and zeros behind it.
const WRITES_OF_AN_EMPTY_JOURNAL: u32 = 2;

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

/// How many marks a start would find.
fn marks(script: &Script) -> usize {
    let machine = script.world.machine.borrow();
    let journal = machine.platter.journal().expect("a journal");
    let recovered = Recovered::<WATERMARKS>::read(machine.platter.bytes(journal));
    recovered.expect("a sound journal").marks.count()
}

#[test]
fn all_of_a_command_s_marks_are_there_or_none() {
    let mut found = [0; 2];
    let points = [
        before(Step::WriteNew),
        after(Step::WriteNew),
        before(Step::SyncNew),
        after(Step::Rename),
        before(Step::SyncDirectory),
        after(Step::SyncDirectory),
    ];
    for (point, crash) in points
        .iter()
        .flat_map(|point| ANY.map(|crash| (*point, crash)))
    {
        let mut script = Script::cold(Setup::default());
        let made = if matches!(
            point,
            Point::Before(Step::WriteNew) | Point::After(Step::WriteNew)
        ) {
            WRITES_OF_AN_EMPTY_JOURNAL
        } else {
            1
        };
        script.end_at_passing(point, made);
        script.world.boot();
        assert!(script.world.is_off(), "the point was not reached");
        script.world.crash(crash);
        match marks(&script) {
            0 => found[0] += 1,
            WATERMARKS => found[1] += 1,
            some => panic!("{some} marks"),
        }
        finish(&mut script, crash);
    }
    assert!(found.iter().all(|count| *count > 5), "{found:?}");
}
