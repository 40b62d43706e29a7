//! The same bytes again are answered with the same signature, and the device is not asked again.

use tezio_core::signer::Input;
use tezio_core::tezos::ConsensusKind;

use crate::support::{Fault, Holder, Pair, Setup, Wanted, block, operation, vote_or_block};

/// A pair whose device is busy with something else for a while.
fn with_busy_device() -> Pair {
    let mut pair = Setup::baker().start();
    pair.hsms[0].faults.push_back(Fault::Late(2_000));
    pair.ask(Holder::Tz1, &operation(0));
    pair
}

fn asked_for(pair: &Pair, wanted: &Wanted) -> usize {
    let asked = pair.hsms.iter().flat_map(|hsm| &hsm.asked);
    asked.filter(|bytes| **bytes == wanted.bytes).count()
}

#[test]
fn what_is_stored_is_answered_at_once() {
    let mut pair = Setup::baker().start();
    for kind in ConsensusKind::ALL {
        let wanted = vote_or_block(kind, 1, 0, 0);
        let first = pair.sign(Holder::Tz3, &wanted);
        let again = pair.ask(Holder::Tz3, &wanted);
        assert_eq!(pair.signature(again), first, "without waiting for anything");
        assert_eq!(asked_for(&pair, &wanted), 1);
    }
}

#[test]
fn what_is_stored_is_answered_without_any_device() {
    let mut pair = Setup::baker().start();
    let wanted = block(1, 0, 0);
    let first = pair.sign(Holder::Tz3, &wanted);
    pair.unplug(0);
    let again = pair.ask(Holder::Tz3, &wanted);
    assert_eq!(pair.signature(again), first);
    pair.restart(0);
    let after_restart = pair.ask(Holder::Tz3, &wanted);
    assert_eq!(pair.signature(after_restart), first);
}

#[test]
fn a_second_request_waits_for_the_first_one_while_both_are_queued() {
    let mut pair = with_busy_device();
    let wanted = block(1, 0, 0);
    let ids = [(); 3].map(|()| pair.ask(Holder::Tz3, &wanted));
    assert_eq!(asked_for(&pair, &wanted), 0);
    pair.settle();
    assert_eq!(
        ids.map(|id| pair.signature(id)),
        [pair.signature(ids[0]); 3]
    );
    assert_eq!(asked_for(&pair, &wanted), 1);
}

#[test]
fn a_second_request_waits_while_the_first_is_at_the_device() {
    let mut pair = Setup::baker().start();
    let wanted = block(1, 0, 0);
    let first = pair.ask(Holder::Tz3, &wanted);
    assert_eq!(asked_for(&pair, &wanted), 1);
    let second = pair.ask(Holder::Tz3, &wanted);
    pair.settle();
    assert_eq!(pair.signature(first), pair.signature(second));
    assert_eq!(asked_for(&pair, &wanted), 1);
}

#[test]
fn a_second_request_waits_while_the_first_is_being_stored() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let wanted = block(1, 0, 0);
    let first = pair.ask(Holder::Tz3, &wanted);
    pair.run_until(|pair| pair.store.is_dirty());
    let second = pair.ask(Holder::Tz3, &wanted);
    assert_eq!((pair.reply(first), pair.reply(second)), (None, None));
    pair.sync();
    assert_eq!(pair.signature(first), pair.signature(second));
    assert_eq!(asked_for(&pair, &wanted), 1);
}

/// The signature was there, and the request for it waited behind an operation at the device.
#[test]
fn a_second_request_is_answered_with_the_first_however_busy_the_device_is() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let wanted = block(1, 0, 0);
    let first = pair.ask(Holder::Tz3, &wanted);
    let second = pair.ask(Holder::Tz3, &wanted);
    pair.hsms[0]
        .faults
        .extend([Fault::None, Fault::Late(2_000)]);
    pair.hsms[0].faults.pop_front();
    pair.ask(Holder::Tz1, &operation(0));
    pair.run_until(|pair| pair.store.is_dirty());
    assert_eq!(pair.asked(), 2, "the device has the operation now");
    pair.sync();
    assert_eq!(pair.signature(first), pair.signature(second));
}

#[test]
fn a_second_request_is_answered_though_the_device_goes_while_the_first_is_stored() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let wanted = block(1, 0, 0);
    let first = pair.ask(Holder::Tz3, &wanted);
    let second = pair.ask(Holder::Tz3, &wanted);
    pair.run_until(|pair| pair.store.is_dirty());
    pair.unplug(0);
    pair.sync();
    assert_eq!(pair.signature(first), pair.signature(second));
}

#[test]
fn a_second_request_takes_over_when_the_first_one_fails_at_the_device() {
    let mut pair = Setup::baker().start();
    let wanted = block(1, 0, 0);
    pair.hsms[0].faults.push_back(Fault::Status(0xaf));
    let first = pair.ask(Holder::Tz3, &wanted);
    let second = pair.ask(Holder::Tz3, &wanted);
    pair.settle();
    pair.refusal(first);
    pair.signature(second);
}

#[test]
fn a_repeat_of_a_client_that_is_gone_is_answered_all_the_same() {
    let mut pair = Setup::baker().start();
    let wanted = block(1, 0, 0);
    let first = pair.ask(Holder::Tz3, &wanted);
    pair.hang_up(first);
    let second = pair.ask(Holder::Tz3, &wanted);
    pair.settle();
    pair.signature(second);
    assert_eq!(asked_for(&pair, &wanted), 1);
    pair.input(Input::Timeout);
    assert!(pair.signer.is_settled());
}
