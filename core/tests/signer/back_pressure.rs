//! Bounded everything: too many requests are turned away, and a driver that does not keep to the
//! order of calls is told so.

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::HsmId;
use tezio_core::signer::{Caller, Input, Misuse};
use tezio_core::verdict::Refusal;

use crate::support::{Holder, JOBS, Setup, address, block, localhost, operation};

#[test]
fn one_request_too_many_is_told_to_try_again() {
    let mut pair = Setup::baker().start();
    let ids: Vec<_> = (0..).map(operation).take(JOBS).collect();
    let ids: Vec<_> = ids.iter().map(|one| pair.ask(Holder::Tz1, one)).collect();
    let refused = pair.ask(Holder::Tz1, &operation(99));
    assert_eq!(pair.refusal(refused), Refusal::Busy(JOBS));
    pair.settle();
    for id in ids {
        pair.signature(id);
    }
    pair.sign(Holder::Tz1, &operation(99));
}

#[test]
fn a_queue_full_of_equals_turns_the_newcomer_away() {
    let mut pair = Setup::baker().start();
    for level in 1..=u32::try_from(JOBS).unwrap() {
        pair.ask(Holder::Tz1, &block(level, 0, 0));
    }
    let refused = pair.ask(Holder::Tz1, &block(100, 0, 0));
    assert_eq!(pair.refusal(refused), Refusal::Busy(JOBS));
}

#[test]
fn a_full_queue_still_answers_what_needs_no_device() {
    let mut pair = Setup::baker().start();
    let stored = pair.sign(Holder::Tz3, &block(1, 0, 0));
    for salt in 0..=u8::try_from(JOBS).unwrap() {
        pair.ask(Holder::Tz1, &operation(salt));
    }
    let again = pair.ask(Holder::Tz3, &block(1, 0, 0));
    assert_eq!(pair.signature(again), stored);
    let key = address(Holder::Tz2);
    let reply = pair.request(localhost(), Request::PublicKey { key });
    assert!(matches!(reply, Reply::PublicKey(_)), "{reply:?}");
    assert_eq!(pair.request(localhost(), Request::Hello), Reply::Hello);
}

#[test]
fn a_second_request_before_the_answer_to_the_first_is_misuse() {
    let mut pair = Setup::baker().start();
    let from = Caller {
        id: pair.fresh_id(),
        peer: localhost(),
    };
    let hello = Input::Request {
        from,
        request: Request::Hello,
    };
    assert_eq!(pair.signer.handle_input(pair.now, hello), Ok(()));
    let misuse = pair.signer.handle_input(pair.now, hello);
    assert_eq!(misuse, Err(Misuse::NotDrained));
    assert!(pair.signer.poll_output().is_some());
    assert!(
        pair.signer.poll_output().is_none(),
        "the second was not taken"
    );
    assert_eq!(pair.signer.handle_input(pair.now, hello), Ok(()));
}

#[test]
fn a_device_that_is_not_configured_is_misuse() {
    let mut pair = Setup::baker().start();
    let nowhere = HsmId(1);
    for input in [
        Input::HsmOpened(nowhere),
        Input::HsmClosed(nowhere),
        Input::FromHsm(nowhere, &[0]),
    ] {
        let misuse = pair.signer.handle_input(pair.now, input);
        assert_eq!(misuse, Err(Misuse::UnknownHsm(nowhere)));
    }
}
