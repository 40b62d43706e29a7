//! Payloads that are no request: cut, longer, or with one byte that means nothing.

use tezio_core::malformed::Malformed;
use tezio_core::octez::{Authentication, Request};
use tezio_core::tezos::{BlsSignature, Curve, PublicKeyHash, Signature};

use crate::{fault, read, request, requests};

const SIGN: &str = "sign tz1, no authentication";
const AUTHENTICATED: &str = "sign tz1, authenticated";
const TZ4: &str = "sign tz4, signing version 3";
const SIGNATURE: usize = 64;

/// Tags of the requests that end with a signature or without one.
const MAY_BE_AUTHENTICATED: [u8; 3] = [0x00, 0x03, 0x04];

/// A recorded request with one byte changed.
fn with_byte(name: &str, at: usize, byte: u8) -> Vec<u8> {
    let mut payload = request(name);
    payload[at] = byte;
    payload
}

/// A request of this tag about a key hash of this tag.
fn about(tag: u8, key: u8) -> Vec<u8> {
    [&[tag, key][..], &[7; 20]].concat()
}

#[test]
fn every_request_cut_anywhere_is_refused() {
    for (name, payload) in requests() {
        let signature = if name.contains("authenticated") {
            SIGNATURE
        } else {
            0
        };
        let unsigned = payload.len() - signature;
        for length in 0..payload.len() {
            let expected = match length {
                _ if length < unsigned => Some(Malformed::Cut),
                _ if length == unsigned => None,
                _ => Some(Malformed::Authentication),
            };
            assert_eq!(
                fault(&payload[..length]),
                expected,
                "{name} cut to {length}"
            );
        }
        assert_eq!(fault(&payload), None, "{name}");
    }
}

#[test]
fn every_request_with_one_byte_more_is_refused() {
    for (name, mut payload) in requests() {
        payload.push(0);
        let expected = if MAY_BE_AUTHENTICATED.contains(&payload[0]) {
            Malformed::Authentication
        } else {
            Malformed::Trailing(1)
        };
        assert_eq!(fault(&payload), Some(expected), "{name}");
    }
}

#[test]
fn nothing_at_all_is_refused() {
    assert_eq!(fault(&[]), Some(Malformed::Cut));
}

#[test]
fn every_tag_that_no_request_has_is_refused_whatever_follows() {
    for tag in 8..=u8::MAX {
        for payload in [vec![tag], with_byte(SIGN, 0, tag)] {
            assert_eq!(fault(&payload), Some(Malformed::Tag(tag)), "{payload:?}");
        }
    }
}

#[test]
fn keys_of_every_kind_are_read_and_other_tags_refused() {
    for tag in 0..=u8::MAX {
        let payload = about(0x01, tag);
        let expected = match Curve::ALL.into_iter().find(|curve| curve.tag() == tag) {
            Some(curve) => Request::PublicKey {
                key: PublicKeyHash::new(curve, [7; 20]),
            },
            None => Request::Malformed(Malformed::KeyHash),
        };
        assert_eq!(read(&payload), expected);
    }
}

#[test]
fn a_tag_that_no_key_has_is_refused_in_every_request() {
    for (request, tag) in [0x00, 0x01, 0x03, 0x04, 0x05, 0x07]
        .into_iter()
        .flat_map(|request| (5..=u8::MAX).map(move |tag| (request, tag)))
    {
        let fault = fault(&about(request, tag));
        assert_eq!(fault, Some(Malformed::KeyHash), "{request} {tag}");
    }
}

/// Octez of before signing versions named a tz4 key by its tag and hash alone.
#[test]
fn a_tz4_key_without_its_inner_tag_and_version_is_refused() {
    let whole = request(TZ4);
    let (hash, data) = (&whole[3..23], &whole[24..]);
    let old = [&[0x00, 0x03], hash, data].concat();
    assert!(fault(&old).is_some());
    let without_version = [&[0x00, 0x03, 0x03], hash, data].concat();
    assert!(fault(&without_version).is_some());
    let again = [&[0x00, 0x03, 0x03], hash, &[3], data].concat();
    assert_eq!((fault(&again), again), (None, whole));
}

#[test]
fn an_inner_tag_that_is_not_that_of_tz4_is_refused() {
    for tag in (0..=u8::MAX).filter(|tag| *tag != 3) {
        let payload = with_byte(TZ4, 2, tag);
        assert_eq!(fault(&payload), Some(Malformed::KeyHash), "{tag}");
    }
}

#[test]
fn signing_versions_are_read_up_to_3_and_others_refused() {
    for version in 0..=u8::MAX {
        let expected = (version > 3).then_some(Malformed::Version);
        assert_eq!(fault(&with_byte(TZ4, 23, version)), expected, "{version}");
    }
}

#[test]
fn a_presence_byte_is_00_or_ff() {
    let without = request("bls_prove_possession");
    let with = request("bls_prove_possession, override key");
    for byte in 1..=0xfe {
        for payload in [&without, &with] {
            let mut payload = payload.clone();
            payload[22] = byte;
            assert_eq!(fault(&payload), Some(Malformed::Presence(byte)));
        }
    }
    let absent_but_there = with_byte("bls_prove_possession, override key", 22, 0x00);
    assert_eq!(fault(&absent_but_there), Some(Malformed::Trailing(48)));
    let there_but_absent = with_byte("bls_prove_possession", 22, 0xff);
    assert_eq!(fault(&there_but_absent), Some(Malformed::Cut));
}

#[test]
fn the_size_of_a_signature_says_of_which_kind_it_is() {
    let unsigned = request(SIGN);
    for size in 0..2_500 {
        let payload = [&unsigned[..], &vec![9; size]].concat();
        let expected = match size {
            0 | 64 | 96 | 2420 => None,
            _ => Some(Malformed::Authentication),
        };
        assert_eq!(fault(&payload), expected, "{size} bytes");
        if let Request::Sign { authentication, .. } = read(&payload) {
            let expected = match size {
                0 => None,
                64 => Some(Authentication::of_any_curve(Signature([9; 64]))),
                96 => Some(Authentication::Bls(BlsSignature([9; 96]))),
                _ => Some(Authentication::Foreign),
            };
            assert_eq!(authentication, expected, "{size} bytes");
        }
    }
}

#[test]
fn nonces_may_be_asked_for_with_a_signature_as_well() {
    for name in ["deterministic_nonce tz1", "deterministic_nonce_hash tz1"] {
        for (size, expected) in [
            (63, Some(Malformed::Authentication)),
            (64, None),
            (65, Some(Malformed::Authentication)),
            (95, Some(Malformed::Authentication)),
            (96, None),
        ] {
            let payload = [request(name), vec![9; size]].concat();
            assert_eq!(fault(&payload), expected, "{name}, {size} bytes");
        }
    }
}

#[test]
fn data_that_announces_more_than_there_is_is_refused() {
    for length in [6, 0xff, 0xffff, 0x7fff_ffff, u32::MAX] {
        let mut payload = request(SIGN);
        payload[22..26].copy_from_slice(&length.to_be_bytes());
        assert_eq!(fault(&payload), Some(Malformed::Cut), "{length}");
    }
}

/// The bytes behind the data are then taken for a signature, which they are not.
#[test]
fn data_that_announces_less_than_there_is_is_refused() {
    for length in 0..5_u32 {
        let mut payload = request(SIGN);
        payload[22..26].copy_from_slice(&length.to_be_bytes());
        assert_eq!(fault(&payload), Some(Malformed::Authentication), "{length}");
    }
}

#[test]
fn no_data_is_read_as_no_data() {
    let mut payload = request(SIGN);
    payload.truncate(26);
    payload[22..26].copy_from_slice(&[0; 4]);
    assert!(matches!(read(&payload), Request::Sign { data: [], .. }));
}

/// Whatever one byte is changed to, there is an answer.
#[test]
fn every_byte_changed_to_any_other_is_read_without_a_panic() {
    let mut refused = 0_u32;
    for (_, payload) in requests() {
        for (at, byte) in
            (0..payload.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte)))
        {
            let mut changed = payload.clone();
            changed[at] = byte;
            refused += u32::from(fault(&changed).is_some());
        }
    }
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn an_authenticated_request_keeps_its_signature_apart_from_its_data() {
    let payload = request(AUTHENTICATED);
    let Request::Sign {
        data,
        authentication: Some(Authentication::Known(text)),
        ..
    } = read(&payload)
    else {
        panic!("{payload:?}");
    };
    assert_eq!(data, [0x03, 0xde, 0xad, 0xbe, 0xef]);
    assert_eq!(text.signature.0, payload[payload.len() - SIGNATURE..]);
}
