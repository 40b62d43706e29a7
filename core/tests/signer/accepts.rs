//! What is allowed is signed: every kind by every key, and what no watermark guards.

use tezio_core::tezos::ConsensusKind;

use crate::support::{
    GHOSTNET, Holder, Setup, Wanted, dal_attestation, on_chain, operation, operation_of_size,
    vote_or_block,
};

#[test]
fn every_kind_is_signed_with_every_key_on_every_chain_that_has_a_mark() {
    let mut pair = Setup::baker().start();
    for holder in Holder::HSM {
        for kind in ConsensusKind::ALL {
            let here = vote_or_block(kind, 1, 0, 0);
            pair.sign(holder, &here);
            pair.sign(holder, &on_chain(GHOSTNET, here));
        }
    }
    assert_eq!(pair.asked(), 18);
    assert!(pair.signer.is_settled());
}

#[test]
fn an_attestation_with_dal_content_is_signed() {
    let mut pair = Setup::baker().start();
    pair.sign(Holder::Tz3, &dal_attestation(1, 0, 0));
}

#[test]
fn levels_and_rounds_are_signed_up_to_the_largest() {
    let mut pair = Setup::baker().start();
    for kind in ConsensusKind::ALL {
        for (level, round) in [
            (1, 0),
            (1, 1),
            (2, 0),
            (2, i32::MAX as u32),
            (i32::MAX as u32, 0),
        ] {
            pair.sign(Holder::Tz2, &vote_or_block(kind, level, round, 0));
        }
    }
}

#[test]
fn other_messages_are_signed_as_often_as_they_come() {
    let mut pair = Setup::baker().start();
    let other = |magic_byte| Wanted {
        bytes: vec![magic_byte, 1, 2, 3],
        slot: None,
    };
    for wanted in [operation(0), other(0x04), other(0x05)] {
        let first = pair.sign(Holder::Tz3, &wanted);
        assert_ne!(first, pair.sign(Holder::Tz3, &wanted), "signed anew");
    }
    assert_eq!(pair.asked(), 6);
}

#[test]
fn messages_are_signed_up_to_the_largest_that_an_hsm_takes() {
    let mut pair = Setup::baker().start();
    pair.sign(Holder::Tz1, &operation_of_size(tezio_core::hsm::MAX_DATA));
    pair.sign(Holder::Tz1, &operation(0));
    let bytes = vec![0x05];
    pair.sign(Holder::Tz1, &Wanted { bytes, slot: None });
}
