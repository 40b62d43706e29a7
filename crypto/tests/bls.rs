//! tz4 signatures: those that Octez makes and checks pass, and nothing that only looks like one.

use serde_json::Value;
use tezio_core::crypto::VerifyBls as _;
use tezio_core::tezos::{BlsPublicKey, BlsSignature};
use tezio_crypto::Verifier;

const RECORDED: &str = include_str!("recorded/bls.json");

/// The neutral points: compressed, infinite.
const NEUTRAL_KEY: BlsPublicKey = BlsPublicKey(neutral());
const NEUTRAL_SIGNATURE: BlsSignature = BlsSignature(neutral());

const fn neutral<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    bytes[0] = 0xc0;
    bytes
}

struct Signed {
    key: BlsPublicKey,
    message: Vec<u8>,
    signature: BlsSignature,
}

impl Signed {
    fn is_accepted(&self) -> bool {
        accepts(&self.key, &[&self.message], &self.signature)
    }
}

fn accepts(key: &BlsPublicKey, parts: &[&[u8]], signature: &BlsSignature) -> bool {
    let (Ok(key), Ok(signed)) = (
        Verifier.prepare_bls(key),
        Verifier.prepare_signed(parts, signature),
    ) else {
        return false;
    };
    Verifier.verify_bls(&key, &signed).is_ok()
}

fn rows(table: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(RECORDED).unwrap();
    let rows = file[table].as_array().unwrap().clone();
    assert!(rows.len() >= 2, "{table}");
    rows
}

fn bytes(row: &Value, field: &str) -> Vec<u8> {
    hex::decode(row[field].as_str().unwrap()).unwrap()
}

fn array<const N: usize>(row: &Value, field: &str) -> [u8; N] {
    bytes(row, field).try_into().unwrap()
}

/// Every sound signature, the authentication of a request first.
fn sound() -> Vec<Signed> {
    let signed = |row: &Value| Signed {
        key: BlsPublicKey(array(row, "public_key")),
        message: bytes(row, "message"),
        signature: BlsSignature(array(row, "signature")),
    };
    rows("sound").iter().map(signed).collect()
}

fn authentication() -> Signed {
    sound().remove(0)
}

#[test]
fn what_octez_signs_is_accepted() {
    for signed in sound() {
        assert!(signed.is_accepted(), "{:?}", signed.key);
    }
}

#[test]
fn a_message_in_parts_is_the_message() {
    let Signed {
        key,
        message,
        signature,
    } = authentication();
    for at in 0..=message.len() {
        let (head, rest) = message.split_at(at);
        assert!(accepts(&key, &[head, &[], rest], &signature), "{at}");
    }
}

#[test]
fn a_signature_is_good_for_its_key_and_its_message_alone() {
    for (at, one) in sound().iter().enumerate() {
        for (other_at, other) in sound().iter().enumerate() {
            let same = at == other_at;
            let exchanged = accepts(&other.key, &[&one.message], &one.signature);
            assert_eq!(exchanged, same, "{at} by {other_at}");
            let exchanged = accepts(&one.key, &[&other.message], &one.signature);
            assert_eq!(exchanged, same, "{at} over {other_at}");
        }
    }
}

#[test]
fn every_changed_bit_of_the_signature_is_noticed() {
    let sound = authentication();
    for bit in 0..96 * 8 {
        let mut signature = sound.signature;
        signature.0[bit / 8] ^= 1 << (bit % 8);
        let changed = Signed {
            signature,
            ..authentication()
        };
        assert!(!changed.is_accepted(), "bit {bit}");
    }
}

#[test]
fn every_changed_bit_of_the_key_is_noticed() {
    let sound = authentication();
    for bit in 0..48 * 8 {
        let mut key = sound.key;
        key.0[bit / 8] ^= 1 << (bit % 8);
        let changed = Signed {
            key,
            ..authentication()
        };
        assert!(!changed.is_accepted(), "bit {bit}");
    }
}

#[test]
fn every_changed_byte_of_the_message_is_noticed() {
    let sound = authentication();
    for at in 0..sound.message.len() {
        let mut changed = authentication();
        changed.message[at] ^= 0x01;
        assert!(!changed.is_accepted(), "byte {at}");
    }
    for length in 0..sound.message.len() {
        let cut = &sound.message[..length];
        assert!(!accepts(&sound.key, &[cut], &sound.signature), "{length}");
    }
}

/// By the right key over the right message, but in a scheme that Octez uses elsewhere or nowhere.
#[test]
fn signatures_of_other_schemes_are_refused() {
    for row in rows("other_schemes") {
        let other = Signed {
            signature: BlsSignature(array(&row, "signature")),
            ..authentication()
        };
        let sound = Verifier.prepare_signed(&[&other.message], &other.signature);
        assert!(sound.is_ok(), "a sound point: {row}");
        assert!(!other.is_accepted(), "{row}");
    }
}

/// With neither looked at, a neutral signature by a neutral key would be good for every message.
#[test]
fn neutral_points_are_refused() {
    assert!(Verifier.prepare_bls(&NEUTRAL_KEY).is_err());
    let signed = Verifier.prepare_signed(&[b"anything"], &NEUTRAL_SIGNATURE);
    assert!(signed.is_err());
}

/// The key with a point of the cofactor's order added to it would pass for the key itself: the pairing
/// does not see the difference.
#[test]
fn keys_outside_their_group_are_refused() {
    for row in rows("keys") {
        let key = BlsPublicKey(array(&row, "bytes"));
        assert!(Verifier.prepare_bls(&key).is_err(), "{row}");
    }
}

#[test]
fn signatures_outside_their_group_are_refused_before_any_pairing() {
    let message = authentication().message;
    for row in rows("signatures") {
        let signature = BlsSignature(array(&row, "bytes"));
        let prepared = Verifier.prepare_signed(&[&message], &signature);
        assert_eq!(prepared.is_ok(), row["what"] == "negated", "{row}");
        let key = authentication().key;
        assert!(!accepts(&key, &[&message], &signature), "{row}");
    }
}

#[test]
fn bytes_that_are_no_point_are_refused() {
    let refused_key = |bytes| Verifier.prepare_bls(&BlsPublicKey(bytes)).is_err();
    assert!(refused_key([0; 48]) && refused_key([0xff; 48]));
    let uncompressed = authentication().key.0.map(|byte| byte & 0x7f);
    assert!(refused_key(uncompressed));
    let refused = |bytes| Verifier.prepare_signed(&[], &BlsSignature(bytes)).is_err();
    assert!(refused([0; 96]) && refused([0xff; 96]));
}
