//! Every stage of the machine against every input, and every input after every other: nothing panics,
//! every client gets one reply, and the signer works afterwards.

use std::collections::VecDeque;

use tezio_core::malformed::Malformed;
use tezio_core::octez::Request;
use tezio_core::signer::{Input, RequestId};

use crate::support::{
    FakeHsm, Fault, Holder, Pair, Setup, address, block, localhost, number, operation,
};

const KEY: Holder = Holder::Tz3;

/// Where a request for [`block`] 5 is when an input comes.
#[derive(Clone, Copy, Debug)]
enum Stage {
    NoDevice,
    Draining,
    Identifying,
    Queued,
    AtDevice,
    HalfAnswered,
    OutOfStep,
    Storing,
    Stored,
    Unusable,
    Sealed,
}

const STAGES: [Stage; 11] = [
    Stage::NoDevice,
    Stage::Draining,
    Stage::Identifying,
    Stage::Queued,
    Stage::AtDevice,
    Stage::HalfAnswered,
    Stage::OutOfStep,
    Stage::Storing,
    Stage::Stored,
    Stage::Unusable,
    Stage::Sealed,
];

fn reach(stage: Stage) -> (Pair, RequestId) {
    let mut setup = Setup::on(&[&[KEY]]);
    match stage {
        Stage::NoDevice | Stage::Draining | Stage::Identifying => {}
        Stage::Unusable => setup.hsms[0].key_faults = VecDeque::from([Fault::Status(0xa0)]),
        Stage::OutOfStep => setup.hsms[0].faults = VecDeque::from([Fault::Garbled]),
        Stage::Queued
        | Stage::AtDevice
        | Stage::HalfAnswered
        | Stage::Storing
        | Stage::Stored
        | Stage::Sealed => {}
    }
    let mut pair = match stage {
        Stage::NoDevice => setup.start_closed(),
        Stage::Draining | Stage::Identifying | Stage::Unusable => {
            let mut pair = setup.start_closed();
            pair.open_all();
            pair
        }
        Stage::Queued
        | Stage::AtDevice
        | Stage::HalfAnswered
        | Stage::OutOfStep
        | Stage::Storing
        | Stage::Stored
        | Stage::Sealed => setup.start(),
    };
    pair.store.held = true;
    if matches!(stage, Stage::Queued) {
        pair.ask(KEY, &operation(0));
    }
    let id = pair.ask(KEY, &block(5, 0, 0));
    advance(stage, &mut pair, id);
    (pair, id)
}

fn advance(stage: Stage, pair: &mut Pair, id: RequestId) {
    match stage {
        Stage::NoDevice | Stage::Draining | Stage::Queued | Stage::AtDevice => {}
        Stage::Identifying => pair.run_until(|pair| pair.now.as_millis() > 1_500),
        Stage::Unusable => pair.run_until(|pair| !pair.notices.is_empty()),
        Stage::HalfAnswered => {
            let bytes = pair.hsms[0].take_due().unwrap();
            pair.input(Input::FromHsm(number(0), &bytes[..20]));
        }
        Stage::OutOfStep => pair.run_until(|pair| pair.reply(id).is_some()),
        Stage::Storing => pair.run_until(|pair| pair.store.is_dirty()),
        Stage::Stored => {
            pair.run_until(|pair| pair.store.is_dirty());
            pair.sync();
        }
        Stage::Sealed => pair.fail_store(0),
    }
}

/// Each input, given to `pair` whose request is `id`.
const INPUTS: [fn(&mut Pair, RequestId); 19] = [
    |pair, _| {
        pair.ask(KEY, &block(5, 0, 0));
    },
    |pair, _| {
        pair.ask(KEY, &block(5, 0, 1));
    },
    |pair, _| {
        pair.ask(KEY, &block(4, 0, 0));
    },
    |pair, _| {
        pair.ask(KEY, &block(6, 0, 0));
    },
    |pair, _| {
        pair.ask(KEY, &operation(0));
    },
    |pair, _| drop(pair.request(localhost(), Request::Hello)),
    |pair, _| drop(pair.request(localhost(), Request::PublicKey { key: address(KEY) })),
    |pair, _| drop(pair.request(localhost(), Request::Malformed(Malformed::NotJson))),
    |pair, id| pair.hang_up(id),
    |pair, _| pair.input(Input::Gone(RequestId(u64::MAX))),
    |pair, _| pair.open(0),
    |pair, _| pair.unplug(0),
    |pair, _| pair.input(Input::FromHsm(number(0), &[])),
    |pair, _| pair.input(Input::FromHsm(number(0), &[0xff; 300])),
    |pair, _| pair.input(Input::FromHsm(number(0), &[0x05, 0x00, 0xa2, 0x8b, 0x83])),
    |pair, _| {
        pair.store.sync();
        pair.input(Input::Stored(u64::MAX));
    },
    |pair, _| pair.fail_store(0),
    |pair, _| pair.fail_store(usize::MAX),
    |pair, _| pair.jump(20_000),
];

/// Brings device and disk back and waits for rest.
fn heal(pair: &mut Pair) {
    pair.store.held = false;
    pair.hsms[0] = FakeHsm::holding(&[KEY]);
    pair.open(0);
    pair.settle();
}

fn assert_works(pair: &mut Pair) {
    assert_eq!(pair.witness.unanswered(), []);
    assert!(pair.signer.is_settled());
    pair.sign(KEY, &operation(1));
    pair.restart_ready(0);
    pair.sign(KEY, &block(7, 0, 0));
}

#[test]
fn every_input_is_survived_at_every_stage() {
    for stage in STAGES {
        for (at, input) in INPUTS.iter().enumerate() {
            let (mut pair, id) = reach(stage);
            input(&mut pair, id);
            heal(&mut pair);
            assert_eq!(pair.witness.unanswered(), [], "{stage:?}, input {at}");
            assert_works(&mut pair);
        }
    }
}

#[test]
fn every_input_after_every_other_is_survived_at_every_stage() {
    for stage in STAGES {
        for (first, one) in INPUTS.iter().enumerate() {
            for (second, two) in INPUTS.iter().enumerate() {
                let (mut pair, id) = reach(stage);
                one(&mut pair, id);
                pair.step();
                two(&mut pair, id);
                heal(&mut pair);
                let open = pair.witness.unanswered();
                assert_eq!(open, [], "{stage:?}, inputs {first} and {second}");
            }
        }
    }
}
