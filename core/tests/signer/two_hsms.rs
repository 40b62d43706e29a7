//! One key on two devices: both work, a dead one is passed over, and one watermark is never at both.

use crate::support::{Fault, Holder, Pair, Setup, attestation, block, operation};

const KEY: Holder = Holder::Tz3;

fn twins() -> Pair {
    Setup::on(&[&Holder::HSM, &Holder::HSM]).start()
}

fn loads(pair: &Pair) -> [usize; 2] {
    [pair.hsms[0].asked.len(), pair.hsms[1].asked.len()]
}

#[test]
fn two_requests_are_signed_side_by_side() {
    let mut pair = twins();
    pair.ask(KEY, &operation(0));
    pair.ask(KEY, &operation(1));
    assert_eq!(loads(&pair), [1, 1]);
}

#[test]
fn two_requests_for_one_watermark_are_never_at_devices_together() {
    let mut pair = twins();
    pair.store.held = true;
    let ids = [1, 2, 3].map(|level| pair.ask(KEY, &block(level, 0, 0)));
    assert_eq!(pair.asked(), 1);
    for (at, id) in ids.into_iter().enumerate() {
        pair.run_until(|pair| pair.store.is_dirty());
        assert_eq!(
            pair.asked(),
            at + 1,
            "the next waits for the record as well"
        );
        pair.sync();
        pair.signature(id);
    }
}

#[test]
fn the_same_bytes_are_never_at_both_devices() {
    let mut pair = twins();
    let ids = [(); 2].map(|()| pair.ask(KEY, &block(1, 0, 0)));
    pair.settle();
    assert_eq!(pair.signature(ids[0]), pair.signature(ids[1]));
    assert_eq!(pair.asked(), 1);
}

#[test]
fn other_watermarks_of_the_key_use_the_other_device() {
    let mut pair = twins();
    pair.ask(KEY, &block(1, 0, 0));
    pair.ask(KEY, &attestation(1, 0, 0));
    assert_eq!(loads(&pair), [1, 1]);
}

#[test]
fn a_dead_device_is_passed_over() {
    let mut pair = twins();
    pair.unplug(0);
    pair.sign(KEY, &block(1, 0, 0));
    assert_eq!(loads(&pair), [0, 1]);
}

/// The first device is silent until its deadline. Its late signature is one of other bytes at a level
/// and round that the second device has signed since, and must not be seen by anybody.
#[test]
fn a_late_reply_of_one_device_loses_against_the_other() {
    let mut pair = twins();
    pair.hsms[0].faults.push_back(Fault::Late(4_000));
    let first = pair.ask(KEY, &block(1, 0, 0));
    pair.run_until(|pair| pair.reply(first).is_some());
    pair.refusal(first);
    let second = pair.ask(KEY, &block(1, 0, 1));
    pair.settle();
    pair.signature(second);
    assert_eq!(loads(&pair), [1, 1]);
}
