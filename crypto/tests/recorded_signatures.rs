//! Keys and signatures that Octez and Tezio devices made are read and accepted.

#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use support::{OCTEZ, TEZIO, all_signatures, array, signatures};
use tezio_core::crypto::{Sign as _, Verify as _};
use tezio_core::tezos::{Curve, Digest, PublicKey};
use tezio_crypto::{SecretKey, Verifier};

#[test]
fn every_recorded_signature_verifies() {
    assert_eq!((signatures(OCTEZ).len(), signatures(TEZIO).len()), (4, 19));
    for recorded in all_signatures() {
        assert_eq!(Digest::of(&recorded.message), recorded.digest);
        let key = Verifier.prepare(&recorded.key).unwrap();
        let verdict = Verifier.verify(&key, &recorded.digest, &recorded.signature);
        assert_eq!(verdict, Ok(()), "{}", recorded.text);
        let text = recorded.signature.to_base58(recorded.key.curve());
        assert_eq!(text.as_str(), recorded.text);
    }
}

#[test]
fn no_recorded_signature_fits_another_message_of_the_same_curve() {
    for a in all_signatures() {
        let key = Verifier.prepare(&a.key).unwrap();
        for b in all_signatures().iter().filter(|b| b.digest != a.digest) {
            assert!(Verifier.verify(&key, &b.digest, &a.signature).is_err());
        }
    }
}

#[test]
fn secret_keys_give_the_public_keys_that_octez_derives() {
    let file = include_str!("recorded/octez-keys.json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(file).unwrap();
    assert_eq!(rows.len(), 15);
    for row in rows {
        let curve = match row["curve"].as_str().unwrap() {
            "ed25519" => Curve::Ed25519,
            "secp256k1" => Curve::Secp256k1,
            "p256" => Curve::P256,
            other => panic!("curve {other}"),
        };
        let mut raw = [0; 40];
        let text = row["secret_key"].as_str().unwrap();
        let length = bs58::decode(text).onto(&mut raw[..]).unwrap();
        let secret = SecretKey::from_bytes(curve, &array(&raw[4..length - 4])).unwrap();
        let public = secret.public_key();
        assert_eq!(
            public.to_base58().as_str(),
            row["public_key"].as_str().unwrap()
        );
        assert_eq!(PublicKey::from_base58(&public.to_base58()), Ok(public));
        assert_eq!(secret.curve(), curve);
    }
}

/// Ed25519 is deterministic, so ours must be the very signature that Octez makes.
#[test]
fn ed25519_signs_as_octez_does() {
    let seed = {
        let mut raw = [0; 40];
        let length = bs58::decode("edsk3qAQSJaDBSYN2PCMdv7BuJoBKeRyDFq5uPAwDfFRAhQdwHxPMN")
            .onto(&mut raw[..])
            .unwrap();
        array(&raw[4..length - 4])
    };
    let secret = SecretKey::from_bytes(Curve::Ed25519, &seed).unwrap();
    let recorded = signatures(OCTEZ)
        .into_iter()
        .find(|recorded| recorded.key == secret.public_key())
        .unwrap();
    assert_eq!(secret.sign(&recorded.digest, &[9; 32]), recorded.signature);
}
