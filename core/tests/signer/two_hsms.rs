//! One key on two devices: both work, a dead one is passed over, and one watermark is never at both.

use tezio_core::policy::{HsmId, WithoutHsm};
use tezio_core::signer::{Notice, Step};
use tezio_core::verdict::{HsmFault, Refusal};

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

/// The first device is silent until its deadline, and the second signs. The late signature must not be
/// seen by anybody.
#[test]
fn a_late_reply_of_one_device_loses_against_the_other() {
    let mut pair = twins();
    pair.hsms[0].faults.push_back(Fault::Late(4_000));
    let first = pair.ask(KEY, &block(1, 0, 0));
    pair.run_until(|pair| pair.reply(first).is_some());
    let signature = pair.signature(first);
    pair.settle();
    assert_eq!(pair.sign(KEY, &block(1, 0, 0)), signature);
    pair.refuse(KEY, &block(1, 0, 1));
    assert_eq!(loads(&pair), [1, 1]);
}

/// In the middle of an exchange, within the same request's time.
#[test]
fn a_device_that_dies_or_fails_gives_way_to_its_twin() {
    let faults = [
        Fault::Silent,
        Fault::Garbled,
        Fault::Cut,
        Fault::Status(0xaf),
        Fault::Status(0xd4),
        Fault::OtherKey,
        Fault::Previous,
    ];
    for fault in faults {
        let mut pair = twins();
        pair.hsms[0].faults.push_back(fault.clone());
        let signature = pair.sign(KEY, &block(1, 0, 0));
        assert_eq!(loads(&pair), [1, 1], "{fault:?}");
        assert_eq!(
            pair.sign(KEY, &block(1, 0, 0)),
            signature,
            "one is released"
        );
        let passed = |(_, notice): &(_, Notice)| matches!(notice, Notice::PassedOver(_));
        assert!(pair.notices.iter().any(passed), "{fault:?} is told");
    }
}

#[test]
fn a_device_unplugged_in_the_middle_gives_way_to_its_twin() {
    let mut pair = twins();
    pair.progress.clear();
    let id = pair.ask(KEY, &block(1, 0, 0));
    assert_eq!(loads(&pair), [1, 0]);
    pair.unplug(0);
    assert_eq!(loads(&pair), [1, 1]);
    pair.settle();
    pair.signature(id);
    let steps = [Step::AtHsm(HsmId(0)), Step::AtHsm(HsmId(1)), Step::Signed];
    assert_eq!(pair.progress, steps.map(|step| (id, step)));
}

#[test]
fn what_both_devices_refuse_is_refused_with_the_last_reason() {
    let mut pair = twins();
    for hsm in &mut pair.hsms {
        hsm.faults.push_back(Fault::Status(0xd4));
    }
    let refusal = pair.refuse(KEY, &block(1, 0, 0));
    let Refusal::Hsm(HsmFault::Status(status)) = refusal else {
        panic!("{refusal}");
    };
    assert!(status.is_watermark_refusal());
    assert_eq!(loads(&pair), [1, 1]);
    pair.sign(KEY, &block(1, 0, 0));
}

/// A device that came back has forgotten what it failed at.
#[test]
fn with_one_device_failed_and_the_other_gone_the_first_to_come_back_signs() {
    let mut pair = twins();
    pair.hsms[0].faults.push_back(Fault::Status(0xaf));
    let id = pair.ask(KEY, &block(1, 0, 0));
    pair.run_until(|pair| loads(pair) == [1, 1]);
    pair.unplug(1);
    assert_eq!(pair.reply(id), None);
    pair.unplug(0);
    pair.open(0);
    pair.settle();
    pair.signature(id);
}

/// One that answers probes and never signs costs its deadline once, not at every block.
#[test]
fn after_a_failure_the_twin_goes_first_for_a_while() {
    let mut pair = twins();
    for _ in 0..10 {
        pair.hsms[0].faults.push_back(Fault::Silent);
    }
    for level in 1..7 {
        pair.sign(KEY, &block(level, 0, 0));
    }
    assert_eq!(loads(&pair), [1, 6]);
    pair.jump(60_000);
    pair.sign(KEY, &block(7, 0, 0));
    assert_eq!(loads(&pair), [2, 7], "it is given another chance");
}

/// Both work again as one: a failing one is used when there is nobody else.
#[test]
fn a_device_that_failed_signs_when_its_twin_is_gone() {
    let mut pair = twins();
    pair.hsms[0].faults.push_back(Fault::Status(0xaf));
    pair.sign(KEY, &block(1, 0, 0));
    pair.unplug(1);
    pair.sign(KEY, &block(2, 0, 0));
    assert_eq!(loads(&pair), [2, 1]);
}

/// The first failed at it, the second was unplugged with it: the first, idle and well, does it.
#[test]
fn a_job_that_failed_at_one_device_and_lost_the_other_is_not_stuck() {
    for without_hsm in [WithoutHsm::Wait, WithoutHsm::Refuse] {
        let mut setup = Setup::on(&[&Holder::HSM, &Holder::HSM]);
        setup.policy.without_hsm = without_hsm;
        let mut pair = setup.start();
        pair.hsms[0].faults.push_back(Fault::Status(0xaf));
        let id = pair.ask(KEY, &block(1, 0, 0));
        pair.run_until(|pair| loads(pair) == [1, 1]);
        let before = pair.now;
        pair.unplug(1);
        pair.run_until(|pair| pair.reply(id).is_some());
        pair.signature(id);
        assert!(pair.now < before.plus_millis(1_000));
    }
}
