//! Keys and addresses as Octez writes them.

use tezio_core::tezos::{Curve, PublicKey, PublicKeyHash};

use crate::{bytes, rows, text};

const KEYS: &str = include_str!("../recorded/octez-keys.json");
const WIRE: &str = include_str!("../recorded/octez-wire.json");

#[test]
fn every_key_has_its_text_and_its_address() {
    let mut seen = 0;
    for row in rows(KEYS, "keys") {
        if text(&row, "curve") == "bls12_381" {
            continue;
        }
        let key = PublicKey::from_base58(text(&row, "public_key")).unwrap();
        assert_eq!(key.to_base58().as_str(), text(&row, "public_key"));
        assert_eq!(
            key.hash().to_base58().as_str(),
            text(&row, "public_key_hash")
        );
        seen += 1;
    }
    assert_eq!(seen, 15);
}

#[test]
fn every_address_survives_the_round_trip_tz4_included() {
    for row in rows(KEYS, "keys") {
        let text = text(&row, "public_key_hash");
        let hash = PublicKeyHash::from_base58(text).unwrap();
        assert_eq!(hash.to_base58().as_str(), text);
        let bls = hash.curve() == Curve::Bls12381;
        assert_eq!(bls, text.starts_with("tz4"));
    }
}

#[test]
fn keys_that_no_hsm_holds_are_refused() {
    for row in rows(KEYS, "keys") {
        let bls = text(&row, "curve") == "bls12_381";
        let read = PublicKey::from_base58(text(&row, "public_key"));
        assert_eq!(read.is_err(), bls, "{row}");
    }
}

#[test]
fn tagged_addresses_have_the_bytes_that_octez_has() {
    for row in rows(WIRE, "keys") {
        let hash = PublicKeyHash::from_base58(text(&row, "pkh")).unwrap();
        assert_eq!(hash.tagged().to_vec(), bytes(&row, "tagged"));
    }
}
