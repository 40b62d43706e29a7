//! A device serves only after it has shown every key that is expected of it, twice.

use tezio_core::crypto::Sign as _;
use tezio_core::hsm::{KeyAlias, LinkFault, Status};
use tezio_core::octez::{Reply, Request};
use tezio_core::policy::HsmId;
use tezio_core::signer::Notice;
use tezio_core::verdict::{HsmFault, Refusal};

use crate::support::{FakeHsm, Fault, Holder, Pair, Setup, address, block, localhost, public_key};

const KEY: Holder = Holder::Tz3;

/// Starts with a device that is put up by hand, and goes on until the operator hears of it.
fn first_notice(mut setup: Setup, hsm: FakeHsm) -> (Pair, Notice) {
    setup.hsms[0] = hsm;
    let mut pair = setup.start_closed();
    pair.open_all();
    pair.run_until(|pair| !pair.notices.is_empty());
    let (hsm, notice) = pair.notices[0];
    assert_eq!(hsm, HsmId(0));
    (pair, notice)
}

fn with_key_faults(faults: &[Fault]) -> (Pair, Notice) {
    let mut hsm = FakeHsm::holding(&Holder::HSM);
    hsm.key_faults.extend(faults.iter().cloned());
    first_notice(Setup::baker(), hsm)
}

/// A device with another tz3 key than the configuration says.
fn wrong_device() -> FakeHsm {
    FakeHsm::with_keys(vec![
        (KeyAlias::Ed25519, Holder::Tz1.secret()),
        (KeyAlias::Secp256k1, Holder::Tz2.secret()),
        (KeyAlias::P256, Holder::Stranger.secret()),
    ])
}

#[test]
fn a_key_is_known_from_the_second_time_it_was_shown() {
    let mut pair = Setup::baker().start_closed();
    let key = address(KEY);
    let absent = Refusal::Hsm(HsmFault::Link(LinkFault::NotConnected));
    let ask = Request::PublicKey { key };
    assert_eq!(pair.request(localhost(), ask), Reply::Refused(absent));
    pair.open_all();
    pair.settle();
    assert_eq!(pair.notices.last(), Some(&(HsmId(0), Notice::Ready)));
    assert_eq!(
        pair.request(localhost(), ask),
        Reply::PublicKey(public_key(KEY))
    );
    pair.unplug(0);
    let known = pair.request(localhost(), ask);
    assert_eq!(
        known,
        Reply::PublicKey(public_key(KEY)),
        "known from then on"
    );
}

#[test]
fn a_wrong_key_is_refused_with_both_addresses() {
    let (mut pair, notice) = first_notice(Setup::baker(), wrong_device());
    let fault = HsmFault::WrongKey {
        expected: address(KEY),
        found: address(Holder::Stranger),
    };
    assert_eq!(notice, Notice::Unusable(fault));
    let text = fault.to_string();
    for holder in [KEY, Holder::Stranger] {
        assert!(
            text.contains(address(holder).to_base58().as_str()),
            "{text}"
        );
    }
    let id = pair.ask(Holder::Tz1, &block(1, 0, 0));
    pair.run_until(|pair| pair.reply(id).is_some());
    assert_eq!(
        pair.refusal(id),
        Refusal::Hsm(fault),
        "not even with its right keys"
    );
    assert_eq!(pair.asked(), 0);
}

#[test]
fn a_key_that_is_another_the_second_time_is_refused() {
    let other = Holder::Stranger.secret().public_key().to_base58();
    let mut faults = vec![Fault::None; 5];
    faults.push(Fault::Body(other.as_bytes().to_vec()));
    let (mut pair, notice) = with_key_faults(&faults);
    assert!(
        matches!(notice, Notice::Unusable(HsmFault::WrongKey { .. })),
        "{notice:?}"
    );
    let ask = Request::PublicKey { key: address(KEY) };
    let reply = pair.request(localhost(), ask);
    assert!(
        matches!(reply, Reply::Refused(Refusal::Hsm(_))),
        "{reply:?}"
    );
}

/// The firmware answers a failed read of a key with what lies in its buffer, under a right checksum.
#[test]
fn bytes_of_the_right_size_that_are_no_key_are_refused() {
    for size in [54, 55] {
        let (pair, notice) = with_key_faults(&[Fault::Body(vec![0x03; size])]);
        assert!(matches!(notice, Notice::Unusable(_)), "{notice:?}");
        assert!(!pair.notices.contains(&(HsmId(0), Notice::Ready)));
    }
}

#[test]
fn a_device_that_has_no_such_key_is_unusable() {
    let hsm = FakeHsm::holding(&[Holder::Tz1, Holder::Tz2]);
    let (_, notice) = first_notice(Setup::baker(), hsm);
    let missing = HsmFault::Status(Status::NoKey);
    assert_eq!(notice, Notice::Unusable(missing));
}

#[test]
fn a_reading_that_fails_once_is_made_again() {
    for fault in [
        Fault::Silent,
        Fault::Garbled,
        Fault::Cut,
        Fault::Longer,
        Fault::Status(0xa1),
        Fault::Status(0xb4),
        Fault::Body(vec![0x03; 55]),
    ] {
        let (mut pair, notice) = with_key_faults(core::slice::from_ref(&fault));
        assert!(
            matches!(notice, Notice::Unusable(_)),
            "{fault:?}: {notice:?}"
        );
        pair.settle();
        assert_eq!(
            pair.notices.last(),
            Some(&(HsmId(0), Notice::Ready)),
            "{fault:?}"
        );
        pair.sign(KEY, &block(1, 0, 0));
    }
}

#[test]
fn the_right_device_in_place_of_the_wrong_one_serves() {
    let (mut pair, _) = first_notice(Setup::baker(), wrong_device());
    pair.unplug(0);
    pair.hsms[0] = FakeHsm::holding(&Holder::HSM);
    pair.open(0);
    pair.settle();
    assert_eq!(pair.notices.last(), Some(&(HsmId(0), Notice::Ready)));
    pair.sign(KEY, &block(1, 0, 0));
}

/// Its port is opened anew in the middle of an exchange: every reply then answers the command before,
/// until the signer waits long enough to see it.
#[test]
fn a_device_that_is_a_reply_behind_comes_into_step_however_slow_it_is() {
    for latency_ms in (50..3_000).step_by(50) {
        let mut pair = Setup::baker().start();
        pair.hsms[0].latency_ms = latency_ms;
        pair.ask(KEY, &block(5, 0, 0));
        pair.open(0);
        pair.settle();
        if !pair.reopened.is_empty() {
            pair.open(0);
        }
        pair.sign(KEY, &block(6, 0, 0));
    }
}

/// A port without a device wants no attention: the driver may sleep.
#[test]
fn an_unusable_device_that_is_unplugged_is_at_rest() {
    let (mut pair, _) = first_notice(Setup::baker(), wrong_device());
    pair.unplug(0);
    pair.settle();
    assert_eq!(pair.signer.poll_timeout(), None);
}

#[test]
fn an_unusable_device_that_falls_silent_is_opened_again_and_wants_no_more() {
    let (mut pair, _) = first_notice(Setup::baker(), wrong_device());
    pair.hsms[0].mute = true;
    pair.settle();
    assert_eq!(pair.reopened, [HsmId(0)]);
    assert_eq!(pair.signer.poll_timeout(), None);
}

#[test]
fn a_device_that_comes_back_must_show_its_keys_again() {
    let mut pair = Setup::baker().start();
    pair.unplug(0);
    pair.hsms[0] = wrong_device();
    pair.open(0);
    let id = pair.ask(KEY, &block(1, 0, 0));
    pair.run_until(|pair| pair.reply(id).is_some());
    let refusal = pair.refusal(id);
    assert!(
        matches!(refusal, Refusal::Hsm(HsmFault::WrongKey { .. })),
        "{refusal}"
    );
    assert_eq!(pair.asked(), 0);
}

#[test]
fn a_mute_device_is_opened_again() {
    let mut setup = Setup::baker();
    setup.hsms[0].mute = true;
    let mut pair = setup.start_closed();
    pair.open_all();
    pair.settle();
    assert_eq!(pair.reopened, [HsmId(0)]);
    pair.hsms[0].mute = false;
    pair.open(0);
    pair.settle();
    pair.sign(KEY, &block(1, 0, 0));
}
