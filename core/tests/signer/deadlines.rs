//! Every client is answered by its deadline; what is with the device by then goes on and is recorded.

use tezio_core::hsm::LinkFault;
use tezio_core::signer::Input;
use tezio_core::verdict::{HsmFault, Refusal};

use crate::support::{Fault, Holder, Pair, Setup, block, operation};

const KEY: Holder = Holder::Tz3;

fn impatient(request_ms: u32) -> Pair {
    let mut setup = Setup::baker();
    setup.times.request_ms = request_ms;
    setup.start()
}

#[test]
fn a_queued_request_is_answered_at_its_deadline_and_never_sent() {
    let mut pair = impatient(1_000);
    pair.hsms[0].faults.push_back(Fault::Late(2_000));
    pair.ask(KEY, &operation(0));
    pair.jump(500);
    let asked_at = pair.now;
    let queued = pair.ask(KEY, &block(5, 0, 0));
    pair.run_until(|pair| pair.reply(queued).is_some());
    assert_eq!(pair.now, asked_at.plus_millis(1_000));
    assert_eq!(pair.refusal(queued), Refusal::Late(1_000));
    pair.settle();
    assert_eq!(pair.asked(), 1);
    pair.sign(KEY, &block(5, 0, 1));
}

#[test]
fn a_request_at_the_device_is_answered_once_and_its_signature_recorded() {
    let mut pair = impatient(1_000);
    pair.hsms[0].faults.push_back(Fault::Late(2_000));
    let slow = pair.ask(KEY, &block(5, 0, 0));
    pair.settle();
    assert_eq!(pair.refusal(slow), Refusal::Late(1_000));
    assert_eq!(pair.replies.len(), 1);
    let retry = pair.ask(KEY, &block(5, 0, 0));
    pair.signature(retry);
    assert_eq!(pair.asked(), 1);
    pair.refuse(KEY, &block(5, 0, 1));
}

#[test]
fn a_request_at_a_slow_disk_is_answered_once_and_its_signature_recorded() {
    let mut pair = impatient(1_000);
    pair.store.held = true;
    let slow = pair.ask(KEY, &block(5, 0, 0));
    pair.settle();
    assert_eq!(pair.refusal(slow), Refusal::Late(1_000));
    pair.sync();
    assert_eq!(pair.replies.len(), 1);
    let retry = pair.ask(KEY, &block(5, 0, 0));
    pair.signature(retry);
    assert_eq!(pair.asked(), 1);
}

#[test]
fn without_a_device_the_deadline_brings_the_reason() {
    let mut pair = Setup::baker().start_closed();
    let queued = pair.ask(KEY, &block(5, 0, 0));
    pair.settle();
    let absent = HsmFault::Link(LinkFault::NotConnected);
    assert_eq!(pair.refusal(queued), Refusal::Hsm(absent));
}

/// A sleeping host wakes up long after: everything due is answered at once, nothing is sent.
#[test]
fn a_clock_that_leaps_answers_everybody() {
    let mut pair = impatient(1_000);
    let at_device = pair.ask(KEY, &operation(0));
    let queued = pair.ask(KEY, &block(5, 0, 0));
    pair.hsms[0].take_due();
    pair.jump(3_600_000);
    pair.refusal(at_device);
    assert_eq!(pair.refusal(queued), Refusal::Late(1_000));
    pair.settle();
    assert_eq!(pair.asked(), 1);
    pair.sign(KEY, &block(5, 0, 0));
}

/// When bytes and deadline fall together, what came is not thrown away.
#[test]
fn a_reply_at_the_very_deadline_counts() {
    let mut pair = impatient(100);
    let wanted = operation(0);
    let id = pair.ask(KEY, &wanted);
    pair.settle();
    pair.signature(id);
}

#[test]
fn deadlines_are_never_announced_in_the_past() {
    let mut pair = impatient(1_000);
    pair.hsms[0].faults.push_back(Fault::Late(2_000));
    pair.ask(KEY, &block(5, 0, 0));
    pair.ask(KEY, &operation(0));
    for _ in 0..100 {
        pair.input(Input::Timeout);
        assert!(pair.signer.poll_timeout().is_none_or(|due| due > pair.now));
        if !pair.step() {
            return;
        }
    }
    panic!("no rest");
}
