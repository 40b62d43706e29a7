//! Every recorded request is read as what its name says.

use tezio_core::crypto::Verify as _;
use tezio_core::octez::socket::read;
use tezio_core::octez::{Authentication, Request, authenticated_digest};
use tezio_core::tezos::{PublicKeyHash, Signature, SignatureText};
use tezio_crypto::Verifier;

use super::{TO_SIGNER, frame, frames, payload};
use crate::wire::{CLIENT, FILE, MESSAGE, TZ1, TZ2, TZ3, TZ4, hash, public_key};
use crate::{bytes, rows, text};

/// The attestation in the layout for tz4 keys that Octez' client asks for.
const TZ4_ATTESTATION: &str =
    "sign tz4 attestation, signing version 3, authenticated with a tz1 key";

/// What a recorded request asks for, without the data and the authentication.
enum Asked {
    Sign(&'static str),
    PublicKey(&'static str),
    AuthorizedKeys,
    DeterministicNonce(&'static str),
    SupportsDeterministicNonces(&'static str),
    KnownKeys,
    ProvePossession(&'static str),
}

const ALL: [(&str, Asked); 19] = [
    ("authorized_keys", Asked::AuthorizedKeys),
    ("sign tz1, no authentication", Asked::Sign(TZ1)),
    ("sign tz1, authenticated", Asked::Sign(TZ1)),
    ("sign tz2", Asked::Sign(TZ2)),
    ("sign tz3", Asked::Sign(TZ3)),
    ("sign tz4, signing version 3", Asked::Sign(TZ4)),
    (
        "sign tz4, signing version 1 (protocols up to Rio)",
        Asked::Sign(TZ4),
    ),
    (TZ4_ATTESTATION, Asked::Sign(TZ4)),
    ("public_key tz1", Asked::PublicKey(TZ1)),
    ("public_key tz2", Asked::PublicKey(TZ2)),
    ("public_key tz3", Asked::PublicKey(TZ3)),
    ("public_key tz4", Asked::PublicKey(TZ4)),
    ("deterministic_nonce tz1", Asked::DeterministicNonce(TZ1)),
    (
        "deterministic_nonce_hash tz4 (plain key hash, no version byte)",
        Asked::DeterministicNonce(TZ4),
    ),
    (
        "deterministic_nonce_hash tz1",
        Asked::DeterministicNonce(TZ1),
    ),
    (
        "supports_deterministic_nonces",
        Asked::SupportsDeterministicNonces(TZ1),
    ),
    ("known_keys", Asked::KnownKeys),
    ("bls_prove_possession", Asked::ProvePossession(TZ4)),
    (
        "bls_prove_possession, override key",
        Asked::ProvePossession(TZ4),
    ),
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(|(name, _)| name)
}

/// The data of a request to sign, and the recorded authentication if it has one.
fn signing(name: &str) -> (Vec<u8>, Option<Authentication>) {
    let row = frames(TO_SIGNER)
        .into_iter()
        .find(|row| text(row, "name") == name);
    let data = row.unwrap()["data"].as_str().map(hex::decode);
    let data = data.map_or_else(|| MESSAGE.to_vec(), Result::unwrap);
    let recorded = match name {
        "sign tz1, authenticated" => Some("sign tz1 03deadbeef"),
        TZ4_ATTESTATION => Some("sign tz4 attestation"),
        _ => None,
    };
    let authentication = recorded.map(|request| {
        let all = rows(FILE, "authentication");
        let row = all.iter().find(|row| text(row, "request") == request);
        let signature = bytes(row.unwrap(), "signature").try_into().unwrap();
        Authentication::of_any_curve(Signature(signature))
    });
    (data, authentication)
}

impl Asked {
    fn request<'a>(&self, data: &'a [u8], authentication: Option<Authentication>) -> Request<'a> {
        match self {
            Self::Sign(key) => Request::Sign {
                key: hash(key),
                data,
                authentication,
            },
            Self::PublicKey(key) => Request::PublicKey { key: hash(key) },
            Self::AuthorizedKeys => Request::AuthorizedKeys,
            Self::DeterministicNonce(key) => Request::DeterministicNonce { key: hash(key) },
            Self::SupportsDeterministicNonces(key) => {
                Request::SupportsDeterministicNonces { key: hash(key) }
            }
            Self::KnownKeys => Request::KnownKeys,
            Self::ProvePossession(key) => Request::ProvePossession { key: hash(key) },
        }
    }
}

#[test]
fn every_request_is_read_as_what_it_asks_for() {
    for (name, asked) in ALL {
        let payload = payload(&frame(TO_SIGNER, name));
        let (data, authentication) = signing(name);
        let expected = asked.request(&data, authentication);
        assert_eq!(read(&payload), expected, "{name}");
    }
}

#[test]
fn authentications_are_over_the_digest_of_the_request_that_they_are_in() {
    let client = Verifier.prepare(&public_key(CLIENT)).unwrap();
    for name in ["sign tz1, authenticated", TZ4_ATTESTATION] {
        let payload = payload(&frame(TO_SIGNER, name));
        let (key, data, text) = authenticated(&payload);
        assert_eq!(text.curve, None, "nothing in the frame says which");
        let digest = authenticated_digest(&key, data);
        assert_eq!(
            Verifier.verify(&client, &digest, &text.signature),
            Ok(()),
            "{name}"
        );
    }
}

fn authenticated(payload: &[u8]) -> (PublicKeyHash, &[u8], SignatureText) {
    let request = read(payload);
    let Request::Sign {
        key,
        data,
        authentication: Some(Authentication::Known(text)),
    } = request
    else {
        panic!("{request:?}");
    };
    (key, data, text)
}
