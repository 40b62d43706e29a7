//! Requests that tz4 keys of Octez have signed: read from HTTP and from a socket, and authentic.

use serde_json::Value;
use tezio_core::crypto::VerifyBls as _;
use tezio_core::octez::http::{self, Exchange};
use tezio_core::octez::{Authentication, Request, authenticated_head, socket};
use tezio_core::tezos::{BlsPublicKey, BlsSignature};
use tezio_crypto::Verifier;

use crate::wire::{self, hash};
use crate::{bytes, rows, text};

const FILE: &str = include_str!("../recorded/octez-tz4-authentications.json");

fn signature(row: &Value) -> BlsSignature {
    BlsSignature(bytes(row, "signature").try_into().unwrap())
}

/// Whether the key of `address` signed what the row says that it signed.
fn is_authentic(row: &Value, address: &str) -> bool {
    let all = rows(FILE, "keys");
    let key = all
        .iter()
        .find(|key| text(key, "public_key_hash") == address)
        .unwrap();
    let key = BlsPublicKey::from_base58(text(key, "public_key")).unwrap();
    assert_eq!(key.hash(), hash(address));
    let key = Verifier.prepare_bls(&key).unwrap();
    let head = authenticated_head(&hash(text(row, "key")));
    let data = bytes(row, "data");
    let signed = Verifier.prepare_signed(&[&head, &data], &signature(row));
    Verifier.verify_bls(&key, &signed.unwrap()).is_ok()
}

#[test]
fn every_request_is_authentic_for_the_key_that_signed_it_alone() {
    for row in rows(FILE, "authentications") {
        for key in rows(FILE, "keys") {
            let address = text(&key, "public_key_hash");
            let own = address == text(&row, "by");
            assert_eq!(is_authentic(&row, address), own, "{address}: {row}");
        }
    }
}

#[test]
fn http_and_sockets_carry_the_same_signature() {
    for row in rows(FILE, "authentications") {
        let (key, data) = (hash(text(&row, "key")), bytes(&row, "data"));
        let authentication = Some(Authentication::Bls(signature(&row)));
        let expected = Request::Sign {
            key,
            data: &data,
            authentication,
        };
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let payload = [
            &[0][..],
            &key.tagged(),
            &length,
            &data,
            &bytes(&row, "signature"),
        ]
        .concat();
        assert_eq!(socket::read(&payload), expected);
        let body = format!("\"{}\"", text(&row, "data"));
        let exchange = Exchange {
            method: "POST",
            target: &format!("/keys/{key}?authentication={}", text(&row, "text")),
            from_web_page: false,
            content_type: None,
            body: Some(body.as_bytes()),
        };
        assert_eq!(http::read(&exchange, &mut [0; 512]), expected);
    }
}

/// The bytes that Octez' own message has for this request.
#[test]
fn the_first_request_is_the_one_that_the_wire_vectors_have_for_other_keys() {
    let row = &rows(FILE, "authentications")[0];
    let wire = &rows(wire::FILE, "authentication")[0];
    let head = authenticated_head(&hash(text(row, "key")));
    let message = [head.to_vec(), bytes(row, "data")].concat();
    assert_eq!(message, bytes(wire, "bytes"));
}
