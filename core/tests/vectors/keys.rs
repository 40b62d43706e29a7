//! Keys and addresses as Octez writes them.

use tezio_core::tezos::{Base58Fault, BlsPublicKey, ClientKey, Curve, PublicKey, PublicKeyHash};

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
fn every_key_is_a_client_s_key_with_its_address_tz4_included() {
    let rows = rows(KEYS, "keys");
    assert_eq!(rows.len(), 20);
    for row in rows {
        let key = ClientKey::from_base58(text(&row, "public_key")).unwrap();
        let hash = key.hash();
        assert_eq!(hash.to_base58().as_str(), text(&row, "public_key_hash"));
        let bls = text(&row, "curve") == "bls12_381";
        assert_eq!(matches!(key, ClientKey::Bls(_)), bls, "{row}");
    }
}

#[test]
fn a_tz4_key_that_was_mistyped_or_cut_is_refused() {
    let all = rows(WIRE, "keys");
    let sound = text(all.last().unwrap(), "pk");
    assert!(BlsPublicKey::from_base58(sound).is_ok());
    let mistyped = sound.replace("BLpk1y", "BLpk1z");
    for (other, fault) in [
        (mistyped.as_str(), Base58Fault::Checksum),
        (&sound[..75], Base58Fault::Checksum),
        (text(&all[0], "pk"), Base58Fault::OtherKind),
        ("BLpk0", Base58Fault::NotBase58),
    ] {
        assert_eq!(BlsPublicKey::from_base58(other), Err(fault), "{other}");
    }
    assert!(ClientKey::from_base58(&mistyped).is_err());
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
