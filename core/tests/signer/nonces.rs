//! Two messages signed with one nonce give the secret key away, so the second signature never
//! leaves, whichever device made it.

use tezio_core::signer::Notice;
use tezio_core::verdict::{HsmFault, Refusal};

use crate::support::{Fault, Holder, Pair, Setup, block, operation};

/// The keys whose signatures have a nonce that a device can repeat.
const ECDSA: [Holder; 2] = [Holder::Tz2, Holder::Tz3];
const THROWN_AWAY: Refusal = Refusal::Hsm(HsmFault::RepeatedNonce);

/// A pair whose device signs with these nonces, and with fresh ones from then on.
fn with_nonces(numbers: &[u8]) -> Pair {
    let mut pair = Setup::baker().start();
    stick(&mut pair, 0, numbers);
    pair
}

fn stick(pair: &mut Pair, hsm: usize, numbers: &[u8]) {
    let faults = numbers.iter().map(|number| Fault::Nonce(*number));
    pair.hsms[hsm].faults.extend(faults);
}

#[test]
fn the_second_message_with_a_nonce_gets_no_signature() {
    for holder in ECDSA {
        let mut pair = with_nonces(&[7, 7]);
        pair.sign(holder, &operation(0));
        assert_eq!(pair.refuse(holder, &operation(1)), THROWN_AWAY);
        pair.sign(holder, &operation(1));
        assert_eq!(pair.asked(), 3);
    }
}

#[test]
fn other_nonces_between_do_not_make_it_forget() {
    let mut pair = with_nonces(&[7, 8, 9, 7, 8]);
    for salt in 0..3 {
        pair.sign(Holder::Tz2, &operation(salt));
    }
    for salt in 3..5 {
        assert_eq!(pair.refuse(Holder::Tz2, &operation(salt)), THROWN_AWAY);
    }
    pair.sign(Holder::Tz2, &operation(5));
}

/// The same signature again gives nothing away.
#[test]
fn the_same_message_with_the_same_nonce_is_released() {
    let mut pair = with_nonces(&[7, 7]);
    let first = pair.sign(Holder::Tz2, &operation(0));
    assert_eq!(pair.sign(Holder::Tz2, &operation(0)), first);
}

#[test]
fn a_nonce_of_one_key_is_none_of_another() {
    let mut pair = with_nonces(&[7, 7]);
    pair.sign(Holder::Tz2, &operation(0));
    pair.sign(Holder::Tz3, &operation(1));
}

#[test]
fn a_block_whose_signature_is_thrown_away_leaves_no_record_and_its_level_free() {
    let mut pair = with_nonces(&[7, 7]);
    pair.sign(Holder::Tz2, &block(5, 0, 0));
    let before = pair.store.records();
    assert_eq!(pair.refuse(Holder::Tz2, &block(6, 0, 0)), THROWN_AWAY);
    assert_eq!(pair.store.records(), before);
    pair.sign(Holder::Tz2, &block(6, 0, 1));
}

/// The first signature was asked for by a client that has gone: it is recorded, so it counts.
#[test]
fn a_signature_that_nobody_waited_for_counts() {
    let mut pair = with_nonces(&[7, 7]);
    let gone = pair.ask(Holder::Tz2, &block(5, 0, 0));
    pair.hang_up(gone);
    pair.settle();
    assert_eq!(pair.refuse(Holder::Tz2, &operation(0)), THROWN_AWAY);
}

#[test]
fn two_devices_that_share_a_nonce_are_found_out() {
    let mut pair = Setup::on(&[&Holder::HSM, &Holder::HSM]).start();
    for hsm in 0..2 {
        stick(&mut pair, hsm, &[7]);
    }
    let ids = [0, 1].map(|salt| pair.ask(Holder::Tz2, &operation(salt)));
    assert_eq!(pair.hsms.iter().map(|hsm| hsm.asked.len()).max(), Some(1));
    pair.settle();
    let nonces = ids.map(|id| pair.signature(id).0[..32].to_vec());
    assert_ne!(nonces[0], nonces[1], "signed again, with another nonce");
    let fault = Notice::PassedOver(HsmFault::RepeatedNonce);
    assert!(pair.notices.iter().any(|(_, notice)| *notice == fault));
}

#[test]
fn a_device_that_comes_back_has_its_nonces_remembered() {
    let mut pair = with_nonces(&[7]);
    pair.sign(Holder::Tz2, &operation(0));
    pair.unplug(0);
    pair.open(0);
    pair.settle();
    stick(&mut pair, 0, &[7]);
    assert_eq!(pair.refuse(Holder::Tz2, &operation(1)), THROWN_AWAY);
}

#[test]
fn the_reply_says_what_to_do_with_the_device() {
    let mut pair = with_nonces(&[7, 7]);
    pair.sign(Holder::Tz2, &operation(0));
    let text = pair.refuse(Holder::Tz2, &operation(1)).to_string();
    assert!(text.contains("out of service"), "{text}");
}

/// What one does with a signer that refuses. The nonce stands in the record.
#[test]
fn a_restart_does_not_make_it_forget_what_was_recorded() {
    let mut pair = with_nonces(&[7, 7]);
    pair.sign(Holder::Tz2, &block(5, 0, 0));
    assert_eq!(pair.refuse(Holder::Tz2, &block(6, 0, 0)), THROWN_AWAY);
    pair.restart_ready(0);
    stick(&mut pair, 0, &[7]);
    assert_eq!(pair.refuse(Holder::Tz2, &block(6, 0, 0)), THROWN_AWAY);
    pair.sign(Holder::Tz2, &block(6, 0, 0));
}
