//! Every answer fits its frame, and every refusal says the same as over HTTP.

use serde_json::Value;
use tezio_core::limits::{AUTHORIZED_KEYS, KEYS};
use tezio_core::octez::socket::{ANSWER_BYTES, Answer};
use tezio_core::octez::{Reply, http};
use tezio_core::tezos::{Curve, PublicKey, PublicKeyHash};

use crate::write;

use crate::all_refusals::all;
use crate::trace::fields;

const KEY: PublicKeyHash = PublicKeyHash::new(Curve::P256, [0xff; 20]);

/// What stands behind the length, which must be right.
fn payload(answer: &Answer) -> &[u8] {
    let (length, payload) = answer.split_first_chunk().unwrap();
    assert_eq!(usize::from(u16::from_be_bytes(*length)), payload.len());
    payload
}

fn list(count: usize) -> Vec<u8> {
    let bytes = u32::try_from(21 * count).unwrap();
    let key = [&[2][..], &[0xff; 20]].concat();
    [&bytes.to_be_bytes()[..], &key.repeat(count)].concat()
}

#[test]
fn every_refusal_is_one_error_with_the_three_fields_of_octez() {
    for (_, refusal) in all() {
        let answer = write(&Reply::Refused(refusal));
        let [kind, id, message] = [
            ("kind", "temporary".to_owned()),
            ("id", "failure".to_owned()),
            ("msg", refusal.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        assert_eq!(fields(&answer), [kind, id, message]);
    }
}

#[test]
fn every_refusal_says_the_same_over_http() {
    for (_, refusal) in all() {
        let reply = Reply::Refused(refusal);
        let body: Value = serde_json::from_str(&http::write(&reply).body).unwrap();
        let over_http = body[0].as_object().unwrap();
        let over_socket = fields(&write(&reply));
        assert_eq!(over_http.len(), over_socket.len());
        for (name, value) in over_socket {
            assert_eq!(over_http[&name], value, "{refusal}");
        }
    }
}

/// The longest of each kind are in the list; the frame has room for one twice as long.
#[test]
fn every_refusal_fits_with_room_to_spare() {
    let sizes = all().into_iter().map(|(_, refusal)| {
        let answer = write(&Reply::Refused(refusal));
        assert!(!payload(&answer).is_empty(), "{refusal}");
        answer.len()
    });
    let longest = sizes.max().unwrap();
    assert!(longest < ANSWER_BYTES / 2, "{longest}");
}

#[test]
fn known_keys_are_written_up_to_as_many_as_there_can_be() {
    for count in [0, 1, KEYS] {
        let keys = core::iter::repeat_n(KEY, count).collect();
        let answer = write(&Reply::KnownKeys(keys));
        assert_eq!(payload(&answer), [&[0][..], &list(count)].concat());
    }
}

#[test]
fn authorized_keys_are_written_up_to_as_many_as_there_can_be() {
    for count in [0, 1, AUTHORIZED_KEYS] {
        let keys = core::iter::repeat_n(KEY, count).collect();
        let answer = write(&Reply::AuthorizedKeys(Some(keys)));
        assert_eq!(payload(&answer), [&[0, 1][..], &list(count)].concat());
    }
    assert_eq!(payload(&write(&Reply::AuthorizedKeys(None))), [0, 0]);
}

#[test]
fn public_keys_are_written_with_the_tag_of_their_curve() {
    for (key, tag) in [
        (PublicKey::Ed25519([7; 32]), 0),
        (PublicKey::Secp256k1([7; 33]), 1),
        (PublicKey::P256([7; 33]), 2),
    ] {
        let answer = write(&Reply::PublicKey(key));
        assert_eq!(payload(&answer), [&[0, tag][..], key.as_bytes()].concat());
    }
}

#[test]
fn that_there_are_no_deterministic_nonces_is_one_byte() {
    assert_eq!(payload(&write(&Reply::NoDeterministicNonces)), [0, 0]);
}
