//! What is asked after each start, before anything else: whether all that was released still stands.

use crate::caller::{Answer, Caller};
use crate::memory::{BELOW, DIFFERENT, Memory, other};
use crate::slot::{Slot, WATERMARKS};
use crate::support::Chance;

/// The last release under each watermark is given again, and refused to another message; one before
/// it is refused. None of this needs an HSM. Where an answer was lost above it, the mark may be there.
pub(crate) fn released_stands(memory: &Memory, caller: &mut Caller, chance: &mut Chance) {
    for watermark in 0..WATERMARKS {
        let Some((top, salt)) = memory.top(watermark) else {
            continue;
        };
        match ask(memory, caller, top, salt) {
            Ok(_) => assert_refused(ask(memory, caller, top, other(salt)), DIFFERENT),
            Err(_) => {
                assert!(memory.may_have_moved(top), "the mark is above {top:?}");
                assert_refused(ask(memory, caller, top, other(salt)), BELOW);
            }
        }
        let back = usize::try_from(chance.below(4)).unwrap();
        if let Some((older, salt)) = memory.released_below(watermark, top, back) {
            assert_refused(ask(memory, caller, older, salt), BELOW);
        }
    }
}

/// What was in flight at the kill has one signature or none, and keeps it.
pub(crate) fn lost_has_one_end(memory: &Memory, caller: &mut Caller) {
    for (slot, salt) in memory.lost() {
        let end = ask(memory, caller, slot, salt);
        assert_eq!(ask(memory, caller, slot, salt), end, "{slot:?}");
    }
}

/// What is above everything is signed.
pub(crate) fn progress(memory: &Memory, caller: &mut Caller, slots: usize) {
    for _ in 0..slots {
        let slot = memory.untouched();
        let answer = ask(memory, caller, slot, 0);
        answer.unwrap_or_else(|reason| panic!("{slot:?}: {reason}"));
    }
}

fn ask(memory: &Memory, caller: &mut Caller, slot: Slot, salt: u8) -> Answer {
    memory.ask(caller, slot, salt).expect("a living daemon")
}

#[track_caller]
fn assert_refused(answer: Answer, text: &str) {
    let reason = answer.expect_err("a refusal");
    assert!(reason.contains(text), "\"{reason}\" lacks \"{text}\"");
}
