//! A device that received a broken packet has done nothing: the message is sent to it once more,
//! within the same request.

use tezio_core::hsm::{LinkFault, Status};
use tezio_core::limits::ATTEMPTS;
use tezio_core::verdict::{HsmFault, Refusal};

use crate::support::{Fault, Holder, Pair, Setup, Wanted, block, operation};

const KEY: Holder = Holder::Tz3;
/// What a device says that saw a wrong checksum.
const BROKEN: Fault = Fault::Status(0xa7);
const TOLD: Refusal = Refusal::Hsm(HsmFault::Link(LinkFault::Framing(Status::Checksum)));

fn broken(times: usize) -> Pair {
    broken_on(Setup::baker(), times)
}

fn broken_on(setup: Setup, times: usize) -> Pair {
    let mut pair = setup.start();
    let faults = core::iter::repeat_n(BROKEN, times);
    pair.hsms[0].faults.extend(faults);
    pair
}

fn guarded_and_not() -> [Wanted; 2] {
    [block(5, 0, 0), operation(0)]
}

/// Every level and round that was released, in the order of the journal.
fn released(pair: &Pair) -> Vec<u32> {
    let records = pair.store.records();
    let released = records.iter().filter(|record| record.released().is_some());
    released.map(|record| record.mark.level.number()).collect()
}

#[test]
fn broken_once_is_signed_at_the_second_attempt() {
    for wanted in guarded_and_not() {
        let mut pair = broken(1);
        let id = pair.ask(KEY, &wanted);
        pair.settle();
        pair.signature(id);
        assert_eq!(pair.hsms[0].asked, [wanted.bytes.clone(), wanted.bytes]);
        assert_eq!(pair.replies.len(), 1, "one signature leaves");
        assert!(pair.signer.is_settled());
    }
}

#[test]
fn every_status_of_a_broken_packet_is_good_for_a_second_attempt() {
    let framing = |byte: &u8| Status::from_byte(*byte).is_some_and(Status::is_framing);
    let all: Vec<u8> = (0..=u8::MAX).filter(framing).collect();
    assert!(all.contains(&0xa7));
    for byte in all {
        let mut pair = Setup::baker().start();
        pair.hsms[0].faults.push_back(Fault::Status(byte));
        pair.sign(KEY, &block(5, 0, 0));
        assert_eq!(pair.asked(), 2, "{byte:#04x}");
    }
}

#[test]
fn broken_as_often_as_it_is_sent_is_an_error() {
    for wanted in guarded_and_not() {
        let mut pair = broken(usize::from(ATTEMPTS));
        assert_eq!(pair.refuse(KEY, &wanted), TOLD);
        assert_eq!(pair.asked(), 2);
        assert!(released(&pair).is_empty());
        pair.sign(KEY, &wanted);
    }
}

/// Whatever it was, it is not known whether the device signed: such a message is not sent again.
#[test]
fn a_message_that_the_device_may_have_signed_is_not_sent_again() {
    for fault in [Fault::Silent, Fault::Garbled, Fault::Cut, Fault::OtherKey] {
        let mut pair = Setup::baker().start();
        pair.hsms[0].faults.extend([BROKEN, fault.clone()]);
        pair.refuse(KEY, &block(5, 0, 0));
        assert_eq!(pair.asked(), 2, "{fault:?}");
        pair.hsms[0].faults.push_back(fault.clone());
        pair.refuse(KEY, &block(5, 0, 0));
        assert_eq!(pair.asked(), 3, "{fault:?}");
    }
}

#[test]
fn each_request_has_its_own_second_attempt() {
    let mut pair = broken(1);
    pair.sign(KEY, &block(5, 0, 0));
    pair.hsms[0].faults.push_back(BROKEN);
    pair.sign(KEY, &block(6, 0, 0));
    assert_eq!((pair.asked(), released(&pair)), (4, vec![5, 6]));
}

#[test]
fn other_bytes_stay_refused_between_the_attempts() {
    let mut pair = broken(1);
    let first = pair.ask(KEY, &block(5, 0, 0));
    pair.step();
    assert_eq!((pair.asked(), pair.reply(first)), (1, None));
    let other = pair.ask(KEY, &block(5, 0, 1));
    assert!(matches!(pair.refusal(other), Refusal::Watermark(_)));
    let same = pair.ask(KEY, &block(5, 0, 0));
    pair.settle();
    assert_eq!(pair.signature(first), pair.signature(same));
    assert_eq!(pair.asked(), 2);
}

#[test]
fn a_higher_level_does_not_overtake_between_the_attempts() {
    for homes in [&[&Holder::HSM[..]][..], &[&Holder::HSM, &Holder::HSM]] {
        let mut pair = broken_on(Setup::on(homes), 1);
        let ids = [5, 6].map(|level| pair.ask(KEY, &block(level, 0, 0)));
        pair.settle();
        for id in ids {
            pair.signature(id);
        }
        assert_eq!(released(&pair), [5, 6]);
    }
}

#[test]
fn the_second_attempt_is_made_at_another_device_that_has_the_key() {
    let mut pair = broken_on(Setup::on(&[&Holder::HSM, &Holder::HSM]), 2);
    let id = pair.ask(KEY, &block(5, 0, 0));
    pair.step();
    let loads = [pair.hsms[0].asked.len(), pair.hsms[1].asked.len()];
    assert_eq!(loads, [1, 1], "at once, without waiting for the line");
    pair.settle();
    pair.signature(id);
    assert_eq!((pair.asked(), released(&pair)), (2, vec![5]));
}

#[test]
fn a_client_that_is_gone_by_then_gets_no_second_attempt_and_blocks_nobody() {
    let mut pair = broken(1);
    let gone = pair.ask(KEY, &block(5, 0, 0));
    pair.hang_up(gone);
    pair.settle();
    assert_eq!(pair.asked(), 1);
    assert!(pair.signer.is_settled());
    pair.sign(KEY, &block(5, 0, 1));
}

#[test]
fn a_deadline_between_the_attempts_ends_the_request_and_blocks_nobody() {
    let mut setup = Setup::baker();
    setup.times.request_ms = 200;
    let mut pair = broken_on(setup, 1);
    assert_eq!(pair.refuse(KEY, &block(5, 0, 0)), Refusal::Late(200));
    assert_eq!(pair.asked(), 1);
    assert!(pair.signer.is_settled());
    pair.sign(KEY, &block(5, 0, 1));
}

#[test]
fn a_device_that_is_unplugged_between_the_attempts_makes_the_second_when_it_is_back() {
    let mut pair = broken(1);
    let id = pair.ask(KEY, &block(5, 0, 0));
    pair.step();
    pair.unplug(0);
    pair.open(0);
    pair.settle();
    pair.signature(id);
    assert_eq!((pair.asked(), released(&pair)), (2, vec![5]));
}
