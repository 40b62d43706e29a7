//! A device that fails costs one error reply: no signature leaves, the level and round stay free for
//! other bytes, and the next request works.

use tezio_core::hsm::{LinkFault, Status};
use tezio_core::limits::ATTEMPTS;
use tezio_core::policy::WithoutHsm;
use tezio_core::verdict::{HsmFault, Refusal};

use crate::support::{Fault, Holder, Pair, Setup, block, operation};

const KEY: Holder = Holder::Tz3;

fn failing(fault: Fault) -> Pair {
    let mut pair = Setup::baker().start();
    pair.sign(KEY, &operation(0));
    for _ in 0..attempts(&fault) {
        pair.hsms[0].faults.push_back(fault.clone());
    }
    pair
}

/// How often a fault must happen to fail a request: a packet that was received broken is sent again.
fn attempts(fault: &Fault) -> u8 {
    if let Fault::Status(byte) = fault
        && Status::from_byte(*byte).is_some_and(Status::is_framing)
    {
        ATTEMPTS
    } else {
        1
    }
}

fn hsm_fault(refusal: Refusal) -> HsmFault {
    let Refusal::Hsm(fault) = refusal else {
        panic!("{refusal}");
    };
    fault
}

fn faults() -> Vec<(Fault, HsmFault)> {
    let link = HsmFault::Link;
    vec![
        (Fault::Status(0xaf), HsmFault::Status(Status::ChipSign)),
        (Fault::Status(0xa1), HsmFault::Status(Status::ChipAbsent)),
        (Fault::Status(0xb8), HsmFault::Status(Status::Kind)),
        (Fault::Status(0xd4), HsmFault::Status(Status::PacketParsed)),
        (Fault::Status(0xa3), HsmFault::Status(Status::Watermark)),
        (
            Fault::Status(0xa7),
            link(LinkFault::Framing(Status::Checksum)),
        ),
        (Fault::Silent, link(LinkFault::Silent)),
        (Fault::Cut, link(LinkFault::Silent)),
        (Fault::Garbled, link(LinkFault::Garbled)),
        (Fault::Longer, link(LinkFault::Garbled)),
        (Fault::OtherKey, HsmFault::InvalidSignature),
        (Fault::Previous, HsmFault::InvalidSignature),
        (Fault::Body(vec![0; 64]), HsmFault::InvalidSignature),
        (Fault::Body(vec![b'p'; 55]), link(LinkFault::Garbled)),
        (Fault::Late(3_500), link(LinkFault::Silent)),
    ]
}

#[test]
fn every_fault_is_told_and_the_next_request_works() {
    for (fault, told) in faults() {
        let mut pair = failing(fault.clone());
        let wanted = block(5, 0, 0);
        assert_eq!(hsm_fault(pair.refuse(KEY, &wanted)), told, "{fault:?}");
        assert!(
            !pair
                .store
                .records()
                .iter()
                .any(|one| one.released().is_some())
        );
        pair.sign(KEY, &wanted);
        assert!(pair.witness.unanswered().is_empty());
    }
}

#[test]
fn every_fault_gives_the_level_and_round_back_to_other_bytes() {
    for (fault, _) in faults() {
        let mut pair = failing(fault.clone());
        pair.refuse(KEY, &block(5, 0, 0));
        pair.sign(KEY, &block(5, 0, 1));
        let refusal = pair.refuse(KEY, &block(5, 0, 0));
        assert!(
            matches!(refusal, Refusal::Watermark(_)),
            "{fault:?}: {refusal}"
        );
    }
}

#[test]
fn every_fault_spares_what_no_watermark_guards() {
    for (fault, told) in faults() {
        let mut pair = failing(fault.clone());
        assert_eq!(
            hsm_fault(pair.refuse(KEY, &operation(1))),
            told,
            "{fault:?}"
        );
        pair.sign(KEY, &operation(1));
    }
}

#[test]
fn no_byte_of_status_is_ever_success() {
    for byte in 0..=u8::MAX {
        let mut pair = failing(Fault::Status(byte));
        let refusal = pair.refuse(KEY, &block(5, 0, 0));
        assert!(matches!(refusal, Refusal::Hsm(_)), "{byte:#04x}: {refusal}");
    }
}

/// The reply comes while the link is in each of the states between two exchanges.
#[test]
fn a_late_reply_is_never_released_whenever_it_comes() {
    for late in (2_900..4_000).step_by(25) {
        let mut pair = failing(Fault::Late(late));
        let first = pair.ask(KEY, &block(5, 0, 0));
        pair.run_until(|pair| pair.reply(first).is_some());
        let in_time = late + pair.hsms[0].latency_ms <= 3_000;
        if in_time {
            pair.signature(first);
        } else {
            assert_eq!(
                hsm_fault(pair.refusal(first)),
                HsmFault::Link(LinkFault::Silent)
            );
            let second = pair.ask(KEY, &block(5, 0, 1));
            pair.settle();
            pair.signature(second);
            assert_eq!(pair.asked(), 3, "{late} ms late");
        }
    }
}

/// A device whose watermark refuses says D4; the reply names what an operator can do.
#[test]
fn the_devices_own_watermark_is_named_in_the_reply() {
    let mut pair = failing(Fault::Status(0xd4));
    let text = pair.refuse(KEY, &block(5, 0, 0)).to_string();
    assert!(
        text.contains("0xd4") && text.contains("watermark"),
        "{text}"
    );
}

#[test]
fn who_was_at_a_device_or_waited_for_it_waits_for_it_to_come_back() {
    let mut pair = failing(Fault::None);
    let first = pair.ask(KEY, &block(5, 0, 0));
    let second = pair.ask(KEY, &block(6, 0, 0));
    pair.unplug(0);
    assert_eq!((pair.reply(first), pair.reply(second)), (None, None));
    pair.open(0);
    pair.settle();
    let signatures = [first, second].map(|id| pair.signature(id));
    assert_ne!(signatures[0], signatures[1]);
    assert_eq!(
        pair.asked(),
        4,
        "the first was signed twice and released once"
    );
    assert_eq!(pair.sign(KEY, &block(6, 0, 0)), signatures[1]);
}

#[test]
fn where_nobody_shall_wait_all_are_told_at_once_that_the_device_is_gone() {
    let mut setup = Setup::baker();
    setup.policy.without_hsm = WithoutHsm::Refuse;
    let mut pair = setup.start();
    let gone = HsmFault::Link(LinkFault::NotConnected);
    let waiting = [block(5, 0, 0), block(6, 0, 0)].map(|one| pair.ask(KEY, &one));
    pair.unplug(0);
    for id in waiting {
        assert_eq!(hsm_fault(pair.refusal(id)), gone);
    }
    let late = pair.ask(KEY, &block(7, 0, 0));
    assert_eq!(hsm_fault(pair.refusal(late)), gone);
    pair.open(0);
    pair.settle();
    pair.sign(KEY, &block(5, 0, 0));
}

/// A port that is opened anew without having been closed: what was at the device is lost with it.
#[test]
fn opening_a_port_again_in_the_middle_begins_the_exchange_anew() {
    let mut pair = failing(Fault::Silent);
    let first = pair.ask(KEY, &block(5, 0, 0));
    pair.open(0);
    pair.settle();
    pair.signature(first);
    assert_eq!(pair.asked(), 3);
    assert!(pair.signer.is_settled());
}

#[test]
fn a_device_that_says_nothing_any_more_is_opened_again() {
    let mut pair = failing(Fault::Silent);
    pair.hsms[0].mute = true;
    pair.refuse(KEY, &block(5, 0, 0));
    assert_eq!(pair.reopened.len(), 1);
    pair.hsms[0].mute = false;
    pair.open(0);
    pair.sign(KEY, &block(5, 0, 0));
}
