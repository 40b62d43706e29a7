//! Success bodies are exactly what octez-client's strict decoder takes.

use tezio_core::crypto::{Sign as _, VerifiedSignature, Verify as _};
use tezio_core::limits::{AUTHORIZED_KEYS, KEYS};
use tezio_core::octez::http::Answer;
use tezio_core::octez::{Release, Reply};
use tezio_core::policy::Policy;
use tezio_core::tezos::{Curve, Digest, Message, PublicKeyHash};
use tezio_core::verdict::Unguarded;
use tezio_crypto::{SecretKey, Verifier};

use crate::{key, write};

const CURVES: [(Curve, &str, &str); 3] = [
    (Curve::Ed25519, "edpk", "edsig"),
    (Curve::Secp256k1, "sppk", "spsig1"),
    (Curve::P256, "p2pk", "p2sig"),
];

fn assert_json(answer: &Answer, body: &str) {
    assert_eq!((answer.status, answer.allow), (200, None));
    assert_eq!(answer.content_type, "application/json");
    assert_eq!(answer.body.as_str(), body);
}

fn release(secret: &SecretKey) -> Release {
    let data = [0x03, 1, 2];
    let key = secret.public_key();
    let digest = Digest::of(&data);
    let prepared = Verifier.prepare(&key).unwrap();
    let signature = secret.sign(&digest, &[1; 32]);
    let verified =
        VerifiedSignature::check(&Verifier, key.hash(), &prepared, digest, signature).unwrap();
    let message = Message::parse(&data).unwrap();
    Release::unguarded(
        &verified,
        Unguarded::judge(&Policy::default(), &message).unwrap(),
    )
}

#[test]
fn signatures_are_written_for_the_curve_of_their_key() {
    for (curve, _, prefix) in CURVES {
        let release = release(&SecretKey::from_bytes(curve, &[7; 32]).unwrap());
        let text = release.signature().to_base58(curve);
        assert!(text.starts_with(prefix));
        let body = format!("{{\"signature\":\"{text}\"}}\n");
        assert_json(&write(&Reply::Signature(release)), &body);
    }
}

#[test]
fn public_keys_are_written_as_text() {
    for (curve, prefix, _) in CURVES {
        let key = SecretKey::from_bytes(curve, &[7; 32]).unwrap().public_key();
        assert!(key.to_base58().starts_with(prefix));
        let body = format!("{{\"public_key\":\"{key}\"}}\n");
        assert_json(&write(&Reply::PublicKey(key)), &body);
    }
}

#[test]
fn authorized_keys_are_written_up_to_as_many_as_there_can_be() {
    assert_json(&write(&Reply::AuthorizedKeys(None)), "{}\n");
    let none = heapless::Vec::new();
    let body = "{\"authorized_keys\":[]}\n";
    assert_json(&write(&Reply::AuthorizedKeys(Some(none))), body);
    let many: heapless::Vec<PublicKeyHash, AUTHORIZED_KEYS> =
        [key(); AUTHORIZED_KEYS].into_iter().collect();
    let list = vec![format!("\"{}\"", key()); AUTHORIZED_KEYS].join(",");
    let body = format!("{{\"authorized_keys\":[{list}]}}\n");
    assert_json(&write(&Reply::AuthorizedKeys(Some(many))), &body);
}

#[test]
fn known_keys_are_written_up_to_as_many_as_there_can_be() {
    for count in [0, 1, KEYS] {
        let list = vec![format!("\"{}\"", key()); count].join(",");
        let body = format!("{{\"known_keys\":[{list}]}}\n");
        let keys = core::iter::repeat_n(key(), count).collect();
        assert_json(&write(&Reply::KnownKeys(keys)), &body);
    }
}

/// HTTP has no route that asks for it; the field is the one that Octez would read.
#[test]
fn that_there_are_no_deterministic_nonces_is_written() {
    let body = "{\"supports_deterministic_nonces\":false}\n";
    assert_json(&write(&Reply::NoDeterministicNonces), body);
}

#[test]
fn hello_is_plain_text_that_names_the_program() {
    let answer = write(&Reply::Hello);
    assert_eq!((answer.status, answer.allow), (200, None));
    assert!(answer.content_type.starts_with("text/plain"));
    assert!(answer.body.starts_with("tezio-signer ") && answer.body.ends_with('\n'));
}
