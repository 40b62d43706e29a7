//! Octez' socket protocol over TCP: every request it has, answered as octez-client expects it or
//! refused in words that it shows, with the connection still good for the next.
//!
//! The recorded frames are those of Octez at d26a8bef8215 (`core/tests/recorded/octez-wire.json`).

use tezio_core::tezos::Curve;

use crate::support::messages::{attestation, operation};
use crate::support::socket_client::{
    AUTHORIZED_KEYS, KNOWN_KEYS, SocketClient, about, frame, proof_of_possession, public_key, sign,
};
use crate::support::{
    Configuration, Daemon, Home, Simulator, TZ1, TZ2, TZ3, Tz4, Wallet, ready_with,
};

const RECORDED: &str = include_str!("../../../core/tests/recorded/octez-wire.json");

const RECORDED_TZ1: &str = "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr";
const RECORDED_TZ4: &str = "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn";
/// The key that signed the recorded requests, tz1hzyx6kUgxkM8DeWDQ8Zd1jqTdkHFjMRMT.
const RECORDED_CLIENT: &str = "edpktkyJU8x7cyDuFPFqR7W5fAGB2jgZF38YD57K7jXxRAPUutt2q5";
const DATA: [u8; 5] = [0x03, 0xde, 0xad, 0xbe, 0xef];

/// A frame of the recording, in hex.
fn recorded(name: &str) -> String {
    let all = serde_json::from_str::<serde_json::Value>(RECORDED).unwrap();
    let frames = all["socket"].as_array().unwrap();
    let found = frames.iter().find(|frame| frame["name"] == name);
    found.expect(name)["frame"].as_str().unwrap().to_owned()
}

/// Sends a frame of the recording.
fn send_recorded(client: &mut SocketClient, name: &str) {
    client.send(&hex::decode(recorded(name)).unwrap());
}

fn configuration() -> Configuration {
    Configuration::simulated().with("listen", r#"[Tcp("127.0.0.1:0"), Http("127.0.0.1:0")]"#)
}

fn serving(configuration: &Configuration) -> (Home, Daemon, SocketClient) {
    let (home, daemon) = ready_with(configuration);
    let client = SocketClient::tcp(daemon.listens("tcp"));
    (home, daemon, client)
}

/// Every key needs authentication by one of these public keys.
fn guarded(authorized: &[String]) -> Configuration {
    let keys = [TZ1, TZ2, TZ3].map(|key| key.entry(true)).concat();
    configuration()
        .with("keys", &format!("[{keys}]"))
        .with("authorized_keys", &format!("{authorized:?}"))
}

#[test]
fn the_frames_of_these_tests_are_those_that_octez_client_sends() {
    for (name, payload) in [
        ("authorized_keys", AUTHORIZED_KEYS.to_vec()),
        ("known_keys", KNOWN_KEYS.to_vec()),
        (
            "sign tz1, no authentication",
            sign(RECORDED_TZ1, &DATA, &[]),
        ),
        (
            "sign tz4, signing version 3",
            sign(RECORDED_TZ4, &DATA, &[]),
        ),
        ("public_key tz1", public_key(RECORDED_TZ1)),
        ("supports_deterministic_nonces", about(0x05, RECORDED_TZ1)),
        ("bls_prove_possession", proof_of_possession(RECORDED_TZ4)),
    ] {
        assert_eq!(hex::encode(frame(&payload)), recorded(name), "{name}");
    }
}

#[test]
fn public_keys_and_signatures_of_every_curve() {
    let (_home, _daemon, mut client) = serving(&configuration());
    for key in [TZ1, TZ2, TZ3] {
        let public = tezio_core::tezos::PublicKey::from_base58(key.public_key).unwrap();
        let expected = [&[public.curve().tag()], public.as_bytes()].concat();
        let answer = client.ask(&public_key(key.address));
        assert_eq!(answer.result(), Ok(expected));
        for message in [operation(1), attestation(1, 0, 1)] {
            let answer = client.ask(&sign(key.address, &message, &[]));
            key.assert_made(&answer.signature(), &message);
        }
    }
}

#[test]
fn who_must_authenticate_is_told_as_octez_tells_it() {
    let (_home, _daemon, mut open) = serving(&configuration());
    send_recorded(&mut open, "authorized_keys");
    let none = recorded("authorized_keys: no authentication required");
    assert_eq!(open.receive().frame(), none);
    let (_home, _daemon, mut closed) = serving(&guarded(&[RECORDED_CLIENT.to_owned()]));
    send_recorded(&mut closed, "authorized_keys");
    let one = recorded("authorized_keys: one authorized key");
    assert_eq!(closed.receive().frame(), one);
}

#[test]
fn authorized_keys_of_every_curve_are_known_by_their_signatures() {
    let curves = [Curve::Ed25519, Curve::Secp256k1, Curve::P256];
    let wallets = curves.map(|curve| Wallet::new(curve, 4));
    let authorized = wallets.each_ref().map(Wallet::public_key);
    let (_home, _daemon, mut client) = serving(&guarded(&authorized));
    for (salt, wallet) in (1..).zip(&wallets) {
        for key in [TZ1, TZ2, TZ3] {
            let message = operation(salt);
            let proof = wallet.signature(&key, &message).0;
            let answer = client.ask(&sign(key.address, &message, &proof));
            key.assert_made(&answer.signature(), &message);
            let answer = client.ask(&sign(key.address, &operation(9), &proof));
            answer.assert_refused("invalid authentication");
            let answer = client.ask(&sign(key.address, &message, &[]));
            answer.assert_refused("missing authentication");
            let answer = client.ask(&sign(key.address, &message, &[7; 96]));
            answer.assert_refused("invalid authentication");
        }
    }
}

#[test]
fn a_tz4_key_is_told_and_known_by_its_signature() {
    let (_home, daemon, mut client) = serving(&guarded(&[Tz4::ONE.public_key()]));
    let hash = tezio_core::tezos::PublicKeyHash::from_base58(RECORDED_TZ4).unwrap();
    assert_eq!(Tz4::ONE.address(), RECORDED_TZ4);
    let list = [&[1, 0, 0, 0, 21], hash.tagged().as_slice()].concat();
    assert_eq!(client.ask(AUTHORIZED_KEYS).result(), Ok(list));
    let message = attestation(7, 0, 1);
    let proof = Tz4::ONE.proof(&TZ3, &message).bytes;
    for (data, proof) in [
        (&attestation(7, 0, 2), &proof),
        (&message, &vec![7; 96]),
        (&message, &[proof.as_slice(), &[0; 2324]].concat()),
    ] {
        let answer = client.ask(&sign(TZ3.address, data, proof));
        answer.assert_refused("invalid authentication");
    }
    let answer = client.ask(&sign(TZ3.address, &message, &proof));
    TZ3.assert_made(&answer.signature(), &message);
    let log = daemon.terminate().log;
    let mut lines = log.lines().filter(|line| line.contains(RECORDED_TZ4));
    assert!(lines.any(|line| line.contains("attestation")), "{log}");
}

/// This HSM does not hold the key of the recording: what is authentic is refused for that reason.
#[test]
fn recorded_requests_of_octez_are_authentic() {
    let key = format!(
        "[(hash: {RECORDED_TZ1:?}, curve_alias: 1, allowed_ops: [3], \
         allow_unreadable_operations: true)]"
    );
    let configuration = guarded(&[RECORDED_CLIENT.to_owned()])
        .with("keys", &key)
        .with("timeouts", "(request_ms: 100, hsm_reply_ms: 5000)");
    let home = Home::new(&configuration);
    let daemon = home.start();
    daemon.log().wait_for("HSM cannot be used");
    let mut client = SocketClient::tcp(daemon.listens("tcp"));
    send_recorded(&mut client, "sign tz1, authenticated");
    client.receive().assert_refused("HSM holds");
    send_recorded(&mut client, "sign tz1, no authentication");
    client.receive().assert_refused("missing authentication");
}

#[test]
fn known_keys_are_listed_where_that_is_allowed() {
    let (_home, _daemon, mut silent) = serving(&configuration());
    send_recorded(&mut silent, "known_keys");
    silent.receive().assert_refused("allow_list_known_keys");
    let open = configuration().with("allow_list_known_keys", "true");
    let (_home, _daemon, mut client) = serving(&open);
    let keys = [TZ1, TZ2, TZ3].map(|key| key.tagged()).concat();
    let expected = [vec![0, 0, 0, 63], keys].concat();
    assert_eq!(client.ask(KNOWN_KEYS).result(), Ok(expected));
}

#[test]
fn what_only_other_signers_do_is_refused_in_words() {
    let (_home, _daemon, mut client) = serving(&configuration());
    for (name, reason) in [
        ("deterministic_nonce tz1", "no deterministic nonces"),
        (
            "deterministic_nonce_hash tz4 (plain key hash, no version byte)",
            "no deterministic nonces",
        ),
        ("bls_prove_possession", "proof of possession"),
        ("bls_prove_possession, override key", "proof of possession"),
        ("public_key tz4", "no tz4 keys here"),
        ("sign tz4, signing version 3", "no tz4 keys here"),
        (
            "sign tz4, signing version 1 (protocols up to Rio)",
            "no tz4 keys here",
        ),
        (
            "sign tz3",
            "no key tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t here",
        ),
    ] {
        send_recorded(&mut client, name);
        client.receive().assert_refused(reason);
        let answer = client.ask(&about(0x05, TZ1.address));
        let none = recorded("supports_deterministic_nonces: false");
        assert_eq!(answer.frame(), none, "after {name}");
    }
}

#[test]
fn an_address_that_is_not_listed_gets_the_same_answer_to_everything() {
    let (_home, daemon, mut honest) = serving(&configuration());
    let neighbour = || SocketClient::tcp_from([127, 0, 0, 2].into(), daemon.listens("tcp"));
    let mut answers = Vec::new();
    for payload in [
        AUTHORIZED_KEYS,
        KNOWN_KEYS,
        &public_key(TZ1.address),
        &[0xff],
        &[],
    ] {
        answers.push(neighbour().ask(payload));
    }
    answers.push(neighbour().ask(&sign(TZ1.address, &DATA, &[])));
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers[0].assert_refused("requests from 127.0.0.2 are not allowed");
    let message = operation(1);
    let answer = honest.ask(&sign(TZ1.address, &message, &[]));
    TZ1.assert_made(&answer.signature(), &message);
}

/// The board comes after the client has gone: other bytes can take the level.
#[test]
fn a_client_that_leaves_before_its_turn_moves_no_mark() {
    let links = tempfile::tempdir().unwrap();
    let link = links.path().join("board");
    let listen = r#"[Http("127.0.0.1:0"), Tcp("127.0.0.1:0")]"#;
    let home = Home::new(&Configuration::serial(&link).with("listen", listen));
    home.init();
    let daemon = home.start();
    let mut leaving = SocketClient::tcp(daemon.listens("tcp"));
    leaving.send(&frame(&sign(TZ3.address, &attestation(7, 0, 1), &[])));
    drop(leaving);
    daemon.log().wait_for("client went away before its answer");
    let _board = Simulator::linked("latency: Instant", &link);
    daemon.wait_ready(1);
    let (mut client, other) = (
        SocketClient::tcp(daemon.listens("tcp")),
        attestation(7, 0, 2),
    );
    let answer = client.ask(&sign(TZ3.address, &other, &[]));
    TZ3.assert_made(&answer.signature(), &other);
}
