//! HTTP exchanges as Octez has them: request line and body to a request, reply to the body.

use serde_json::Value;
use tezio_core::crypto::{VerifiedSignature, Verify as _};
use tezio_core::octez::http::{Exchange, read, write};
use tezio_core::octez::{Authentication, Release, Reply, Request, authenticated_digest};
use tezio_core::policy::Policy;
use tezio_core::tezos::{Digest, Message, PublicKey, PublicKeyHash, Signature, SignatureText};
use tezio_core::verdict::{Refusal, Unguarded, Unsupported};
use tezio_crypto::Verifier;

use crate::{bytes, rows, text};

pub(crate) const FILE: &str = include_str!("../recorded/octez-wire.json");
pub(crate) const TZ1: &str = "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr";
pub(crate) const TZ2: &str = "tz2SSuN7FRcAurZPSAQS1swNWE8xxf71MTjt";
pub(crate) const TZ3: &str = "tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t";
pub(crate) const TZ4: &str = "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn";
pub(crate) const CLIENT: &str = "tz1hzyx6kUgxkM8DeWDQ8Zd1jqTdkHFjMRMT";
pub(crate) const MESSAGE: &[u8] = &[0x03, 0xde, 0xad, 0xbe, 0xef];

fn exchange(name: &str) -> Value {
    let all = rows(FILE, "http");
    let found = all.into_iter().find(|row| text(row, "name") == name);
    found.unwrap_or_else(|| panic!("{name}"))
}

fn request<'a>(row: &Value, scratch: &'a mut [u8]) -> Request<'a> {
    let (method, target) = text(row, "request").split_once(' ').unwrap();
    let body = row["request_body"].as_str().unwrap_or_default();
    let exchange = Exchange {
        method,
        target,
        from_web_page: false,
        content_type: Some("application/json"),
        body: Some(body.as_bytes()),
    };
    read(&exchange, scratch)
}

pub(crate) fn hash(text: &str) -> PublicKeyHash {
    PublicKeyHash::from_base58(text).unwrap()
}

pub(crate) fn public_key(hash: &str) -> PublicKey {
    let all = rows(FILE, "keys");
    let found = all.iter().find(|row| text(row, "pkh") == hash).unwrap();
    PublicKey::from_base58(text(found, "pk")).unwrap()
}

/// The reply with the signature that Octez made with its own copy of the key.
pub(crate) fn signed(key: &str) -> Reply {
    let all = rows(FILE, "signatures");
    let row = all.iter().find(|row| text(row, "key") == key).unwrap();
    let signature = Signature(bytes(row, "signature").try_into().unwrap());
    let prepared = Verifier.prepare(&public_key(key)).unwrap();
    let digest = Digest::of(MESSAGE);
    assert_eq!(bytes(row, "digest"), digest.0);
    let verified =
        VerifiedSignature::check(&Verifier, hash(key), &prepared, digest, signature).unwrap();
    let message = Message::parse(MESSAGE).unwrap();
    let unguarded = Unguarded::judge(&Policy::default(), &message).unwrap();
    Reply::Signature(Release::unguarded(&verified, unguarded))
}

fn assert_answers(row: &Value, reply: &Reply) {
    let answer = write(reply);
    assert_eq!(u64::from(answer.status), row["status"].as_u64().unwrap());
    assert_eq!(answer.body.as_str(), text(row, "response_body"));
}

#[test]
fn signing_requests_are_read_and_their_signatures_written() {
    for name in ["sign tz1", "sign tz2"] {
        let (row, mut scratch) = (exchange(name), [0; 64]);
        let Request::Sign {
            key,
            data,
            authentication,
        } = request(&row, &mut scratch)
        else {
            panic!("{name}");
        };
        assert_eq!((data, authentication), (MESSAGE, None));
        assert_answers(&row, &signed(key.to_base58().as_str()));
    }
}

#[test]
fn authenticated_requests_are_read_and_their_digest_is_the_one_signed() {
    let (row, mut scratch) = (exchange("sign tz1, authenticated"), [0; 64]);
    let Request::Sign {
        key,
        data,
        authentication: Some(Authentication::Known(text)),
    } = request(&row, &mut scratch)
    else {
        panic!("{row}");
    };
    assert_eq!((key, data), (hash(TZ1), MESSAGE));
    let client = Verifier.prepare(&public_key(CLIENT)).unwrap();
    let digest = authenticated_digest(&key, data);
    assert_eq!(Verifier.verify(&client, &digest, &text.signature), Ok(()));
    assert_answers(&row, &signed(TZ1));
}

#[test]
fn authenticated_bytes_have_the_digest_of_octez_for_tz4_keys_as_well() {
    let client = Verifier.prepare(&public_key(CLIENT)).unwrap();
    for row in rows(FILE, "authentication") {
        let bytes_signed = bytes(&row, "bytes");
        let tag = &bytes_signed[2..23];
        let all = rows(FILE, "keys");
        let of = all.iter().find(|key| bytes(key, "tagged") == tag).unwrap();
        let digest = authenticated_digest(&hash(text(of, "pkh")), &bytes_signed[23..]);
        assert_eq!(digest.0.to_vec(), bytes(&row, "blake2b_256"));
        let read = SignatureText::from_base58(text(&row, "edsig")).unwrap();
        assert_eq!(read.signature.0.to_vec(), bytes(&row, "signature"));
        assert_eq!(Verifier.verify(&client, &digest, &read.signature), Ok(()));
    }
}

#[test]
fn authorized_keys_are_read_and_written() {
    let none = exchange("authorized_keys, none required");
    let some = exchange("authorized_keys, required");
    for row in [&none, &some] {
        assert_eq!(request(row, &mut []), Request::AuthorizedKeys);
    }
    assert_answers(&none, &Reply::AuthorizedKeys(None));
    let keys = [hash(CLIENT)].into_iter().collect();
    assert_answers(&some, &Reply::AuthorizedKeys(Some(keys)));
}

#[test]
fn an_unknown_key_has_the_status_that_octez_has() {
    let row = exchange("public key of an unknown hash");
    let key = hash(CLIENT);
    assert_eq!(request(&row, &mut []), Request::PublicKey { key });
    let answer = write(&Reply::Refused(Refusal::UnknownKey(key)));
    assert_eq!(u64::from(answer.status), row["status"].as_u64().unwrap());
}

/// The requests of tz4 keys are read like others; no HSM holds such a key, so they end there.
#[test]
fn requests_for_tz4_keys_are_read() {
    for name in ["sign tz4", "sign tz4, version 1"] {
        let mut scratch = [0; 64];
        let read = request(&exchange(name), &mut scratch);
        assert!(
            matches!(read, Request::Sign { data: MESSAGE, .. }),
            "{name}"
        );
    }
    let read = request(&exchange("public key"), &mut []);
    assert!(matches!(read, Request::PublicKey { .. }), "{read:?}");
}

#[test]
fn known_keys_are_read_and_written() {
    let row = exchange("known keys");
    assert_eq!(request(&row, &mut []), Request::KnownKeys);
    let keys = [hash(TZ1), hash(TZ4)].into_iter().collect();
    assert_answers(&row, &Reply::KnownKeys(keys));
}

/// Octez makes such proofs with its BLS keys; no HSM holds one, so the requests end in a refusal.
#[test]
fn requests_for_a_proof_of_possession_are_read_and_refused() {
    let key = hash(TZ4);
    for name in ["proof of possession", "proof of possession, override"] {
        let read = request(&exchange(name), &mut []);
        assert_eq!(read, Request::ProvePossession { key }, "{name}");
    }
    let answer = write(&Reply::Refused(Refusal::Unsupported(
        Unsupported::ProofOfPossession,
    )));
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("tz4"), "{}", answer.body);
}

/// Octez answers a refused magic byte with 500 and names no key; here it is 403, from which its client
/// reads the same error array, and the key is named.
#[test]
fn a_refused_magic_byte_is_forbidden_instead_of_an_internal_error() {
    let (row, mut scratch) = (exchange("refused by magic byte filter"), [0; 64]);
    let Request::Sign { key, data, .. } = request(&row, &mut scratch) else {
        panic!("{row}");
    };
    let byte = tezio_core::tezos::MagicByte(data[0]);
    let answer = write(&Reply::Refused(Refusal::MagicByte { key, byte }));
    assert_eq!((answer.status, row["status"].as_u64()), (403, Some(500)));
    let start = text(&row, "response_body").split_once("allowed").unwrap().0;
    assert!(answer.body.starts_with(start), "{}", answer.body);
}
