//! What is asked rightly is answered rightly.

use crate::support::messages::{attestation, block, dal_attestation, operation, preattestation};
use crate::support::{
    Configuration, TZ1, TZ2, TZ3, Wallet, assert_signed, quoted, ready, ready_with,
};
use tezio_core::tezos::Curve;

#[test]
fn every_key_signs_every_kind() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for key in [TZ1, TZ2, TZ3] {
        for message in [
            operation(1),
            block(7, 0, 1),
            preattestation(7, 0, 1),
            attestation(7, 0, 1),
            dal_attestation(8, 0, 1),
        ] {
            assert_signed(&key, &message, &client.sign(&key, &message));
        }
    }
}

#[test]
fn somebody_is_there() {
    let (_home, daemon) = ready();
    let answer = daemon.client().get("/");
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("tezio-signer "), "{answer:?}");
}

#[test]
fn public_keys_are_those_of_the_device() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for key in [TZ1, TZ2, TZ3] {
        let answer = client.get(&key.path());
        assert_eq!(answer.status, 200);
        let expected = serde_json::json!({ "public_key": key.public_key });
        assert_eq!(answer.json(), expected);
    }
}

#[test]
fn authorized_keys_are_named_when_they_are_enforced_and_only_then() {
    let wallet = Wallet::new(Curve::Ed25519, 4);
    let listed = format!("[\"{}\"]", wallet.public_key());
    let named = serde_json::json!({ "authorized_keys": [wallet.address()] });
    let nobody = serde_json::json!({});
    let open = TZ1.entry(false);
    let guarded = TZ2.entry(true);
    let off = "(auth_check: false)";
    for (keys, security, expected) in [
        (open.clone(), "()", &nobody),
        (format!("{open}{guarded}"), "()", &named),
        (format!("{open}{guarded}"), off, &nobody),
    ] {
        let configuration = Configuration::simulated()
            .with("keys", &format!("[{keys}]"))
            .with("security", security)
            .with("authorized_keys", &listed);
        let (_home, daemon) = ready_with(&configuration);
        let answer = daemon.client().get("/authorized_keys");
        assert_eq!(answer.status, 200);
        assert_eq!(&answer.json(), expected, "{keys} {security}");
    }
}

#[test]
fn known_keys_are_listed_where_that_is_allowed() {
    let (_home, daemon) = ready();
    let answer = daemon.client().get("/known_keys");
    answer.assert_refused(403, "allow_list_known_keys");
    let configuration = Configuration::simulated().with("allow_list_known_keys", "true");
    let (_home, daemon) = ready_with(&configuration);
    let answer = daemon.client().get("/known_keys");
    assert_eq!(answer.status, 200);
    let addresses = [TZ1, TZ2, TZ3].map(|key| key.address);
    let expected = serde_json::json!({ "known_keys": addresses });
    assert_eq!(answer.json(), expected);
}

#[test]
fn octez_client_s_own_bytes_are_understood() {
    let (_home, daemon) = ready();
    let message = attestation(3, 0, 1);
    let body = quoted(&message);
    let mut client = daemon.client();
    for _ in 0..2 {
        client.send(
            format!(
                "POST //keys/{}?version=3 HTTP/1.1\r\n\
                 accept: application/json;q=1,application/bson;q=0.100,\
                 application/octet-stream;q=0.200\r\n\
                 content-type: application/json\r\n\
                 host: 127.0.0.1\r\n\
                 transfer-encoding: chunked\r\n\
                 user-agent: ocaml-cohttp/6.0.0\r\n\
                 \r\n\
                 {:x}\r\n{body}\n\r\n0\r\n\r\n",
                TZ3.address,
                body.len() + 1,
            )
            .as_bytes(),
        );
        assert_signed(&TZ3, &message, &client.receive());
    }
}

#[test]
fn signing_versions_make_no_difference_to_these_keys() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for version in 0..4 {
        let message = operation(version);
        let path = format!("{}?version={version}", TZ2.path());
        let answer = client.post(&path, &quoted(&message));
        assert_signed(&TZ2, &message, &answer);
    }
}

#[test]
fn hex_in_capitals_and_white_space_around_it_are_the_same_message() {
    let (_home, daemon) = ready();
    let message = operation(0xab);
    let body = format!(" \r\n\t{}\n", quoted(&message).to_uppercase());
    let answer = daemon.client().post(&TZ1.path(), &body);
    assert_signed(&TZ1, &message, &answer);
}

#[test]
fn one_connection_serves_many_requests() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for level in 1..=50 {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

/// A client told `http://host/signer` asks below that; a proxy may have taken it off.
#[test]
fn paths_may_have_the_prefix_that_is_configured() {
    let configuration = Configuration::simulated().with("http_prefix", "\"/signer/\"");
    let (_home, daemon) = ready_with(&configuration);
    let mut client = daemon.client();
    for path in ["", "/signer"] {
        let answer = client.get(&format!("{path}/keys/{}", TZ3.address));
        assert_eq!(answer.status, 200, "{path}");
    }
    let other = client.get(&format!("/signers/keys/{}", TZ3.address));
    other.assert_refused(404, "no such path");
}
