//! Operations: the walker and the table of layouts that its own tests are made with find the same
//! contents in the same bytes, and one operation's contents behind another's are the contents of both.
//!
//! Input: an operation; for the last check two, of which the second may be cut off anywhere.

#![no_main]

#[path = "../../core/tests/operations/codec.rs"]
#[expect(dead_code, reason = "the tests of the core draw operations as well")]
mod codec;
#[path = "../../core/tests/operations/layouts.rs"]
mod layouts;
#[path = "../../core/tests/support/prng.rs"]
#[expect(dead_code, reason = "nothing is drawn here")]
mod prng;

use tezio_core::tezos::operation::{Content, Operation};

libfuzzer_sys::fuzz_target!(|message: &[u8]| {
    let walked = Operation::parse(message);
    let read = codec::read(message);
    assert_eq!(walked.is_ok(), read.is_some(), "{walked:?}");
    match (walked, read) {
        (Ok(operation), Some(contents)) => {
            check_contents(message, &operation, &contents);
            check_cuts(message, &operation);
            check_behind_itself(message, &operation);
        }
        (Err(unreadable), _) => assert!(unreadable.at <= message.len()),
        (Ok(_), None) => {}
    }
});

fn check_contents(message: &[u8], operation: &Operation<'_>, read: &[codec::Content]) {
    assert_eq!(operation.branch(), &message[1..33]);
    assert_eq!(codec::write(operation.branch(), read), message);
    let tags = operation.contents().map(|content| content.kind.tag());
    assert!(tags.eq(read.iter().map(|content| content.layout.tag)));
}

/// What a cut leaves has the first of the contents, whole, or is nothing.
fn check_cuts(message: &[u8], operation: &Operation<'_>) {
    for cut in (0..message.len()).rev().take(200) {
        if let Ok(cut) = Operation::parse(&message[..cut]) {
            let mut whole = operation.contents();
            assert!(cut.contents().all(|content| Some(content) == whole.next()));
            assert!(whole.next().is_some());
        }
    }
}

/// Twice the same contents: all manager operations, or no operation at all.
fn check_behind_itself(message: &[u8], operation: &Operation<'_>) {
    let twice = [message, &message[33..]].concat();
    let manager = operation
        .contents()
        .all(|content| content.kind.is_manager());
    match Operation::parse(&twice) {
        Ok(twice) => {
            assert!(manager);
            let contents: Vec<Content<'_>> = operation.contents().collect();
            let both = contents.iter().chain(&contents);
            assert!(twice.contents().eq(both.copied()));
        }
        Err(_) => assert!(!manager),
    }
}
