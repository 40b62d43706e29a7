//! The extension is asked for where the policy says so, and every device serves as well without it.

use tezio_core::hsm::extension::Features;
use tezio_core::policy::HsmId;
use tezio_core::signer::Notice;

use crate::support::{Fault, Holder, Pair, Setup, block};

const KEY: Holder = Holder::Tz3;

/// What the operator heard of a device with these features, once it had signed.
fn heard(features: Option<Features>, faults: &[Fault]) -> (Pair, Vec<Notice>) {
    let mut setup = Setup::baker();
    setup.policy.lasting_marks = true;
    setup.hsms[0].features = features;
    setup.hsms[0].offer_faults.extend(faults.iter().cloned());
    let mut pair = setup.start_closed();
    pair.open_all();
    pair.settle();
    pair.sign(KEY, &block(1, 0, 0));
    let notices = pair.notices.iter().map(|(_, notice)| *notice).collect();
    (pair, notices)
}

#[test]
fn nothing_is_offered_unless_the_policy_wants_it() {
    let mut pair = Setup::baker().start();
    pair.sign(KEY, &block(1, 0, 0));
    assert_eq!(pair.hsms[0].offered, []);
}

#[test]
fn a_device_that_can_is_asked_for_lasting_marks_and_nothing_it_has_no_use_for() {
    let (pair, notices) = heard(Some(Features(0xff)), &[]);
    let wanted = Features::LASTING.and(Features::CLEAR_REFUSALS);
    assert_eq!(pair.hsms[0].offered, [wanted]);
    assert_eq!(notices, [Notice::LastingMarks(true), Notice::Ready]);
}

#[test]
fn published_firmware_serves_without_and_the_operator_hears_of_it() {
    let (_, notices) = heard(None, &[]);
    assert_eq!(notices, [Notice::LastingMarks(false), Notice::Ready]);
}

#[test]
fn a_device_whose_flash_fails_serves_without() {
    let (_, notices) = heard(Some(Features::CLEAR_REFUSALS), &[]);
    assert_eq!(notices, [Notice::LastingMarks(false), Notice::Ready]);
}

#[test]
fn an_answer_that_cannot_be_read_costs_a_second_try() {
    let of_another_version = Fault::Body(vec![2; 18]);
    for fault in [
        Fault::Silent,
        Fault::Garbled,
        Fault::Cut,
        of_another_version,
    ] {
        let (_, notices) = heard(Some(Features(0xff)), core::slice::from_ref(&fault));
        assert!(matches!(notices[0], Notice::Unusable(_)), "{notices:?}");
        let then = [Notice::LastingMarks(true), Notice::Ready];
        assert_eq!(notices[1..], then, "{fault:?}");
    }
}

#[test]
fn what_has_not_changed_is_said_once_and_asked_for_again_after_each_opening() {
    let (mut pair, _) = heard(Some(Features(0xff)), &[]);
    pair.notices.clear();
    pair.unplug(0);
    pair.open(0);
    pair.settle();
    assert_eq!(pair.hsms[0].offered.len(), 2);
    let said = |notice: Notice| pair.notices.contains(&(HsmId(0), notice));
    assert!(said(Notice::Ready) && !said(Notice::LastingMarks(true)));
}
