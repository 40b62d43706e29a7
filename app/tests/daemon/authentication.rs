//! A key with `auth_req` signs what an authorized key has signed, and nothing else.

use serde_json::Value;
use tezio_core::tezos::Curve;

use crate::support::messages::{attestation, made_up, operation};
use crate::support::{
    Client, Configuration, Daemon, Home, Response, TZ1, TZ2, TZ3, Tz4, Wallet, assert_signed,
    quoted, ready_with,
};

const RECORDED: &str = include_str!("../../../core/tests/recorded/tezio-signer-samples.json");

/// Every key needs authentication by one of `wallets`.
fn guarded(wallets: &[&Wallet]) -> (Home, Daemon) {
    let authorized = wallets.iter().map(|wallet| wallet.public_key());
    ready_with(&guarded_by(&authorized.collect::<Vec<_>>()))
}

/// Every key needs authentication by one of these public keys.
fn guarded_by(authorized: &[String]) -> Configuration {
    let keys = [TZ1, TZ2, TZ3].map(|key| key.blind_entry(true)).concat();
    Configuration::simulated()
        .with("keys", &format!("[{keys}]"))
        .with("authorized_keys", &format!("{authorized:?}"))
}

fn wallets() -> [Wallet; 3] {
    [Curve::Ed25519, Curve::Secp256k1, Curve::P256].map(|curve| Wallet::new(curve, 4))
}

/// Asks TZ3 to sign `message` with this authentication.
fn ask(client: &mut Client, message: &[u8], authentication: &str) -> Response {
    let path = format!("{}?authentication={authentication}", TZ3.path());
    client.post(&path, &quoted(message))
}

#[test]
fn authorized_keys_of_all_curves_may_ask_every_key() {
    let wallets = wallets();
    let (_home, daemon) = guarded(&wallets.each_ref());
    let mut client = daemon.client();
    for (salt, wallet) in (1..).zip(&wallets) {
        for key in [TZ1, TZ2, TZ3] {
            let message = operation(salt);
            assert_signed(&key, &message, &wallet.sign(&mut client, &key, &message));
        }
    }
}

#[test]
fn a_tz4_key_may_ask_every_key_and_is_named_in_the_log() {
    let (_home, daemon) = ready_with(&guarded_by(&[Tz4::ONE.public_key()]));
    let mut client = daemon.client();
    let message = made_up(1);
    for key in [TZ1, TZ2, TZ3] {
        let proof = Tz4::ONE.proof(&key, &message);
        let path = format!("{}?authentication={}", key.path(), proof.text);
        assert_signed(&key, &message, &client.post(&path, &quoted(&message)));
    }
    let log = daemon.terminate().log;
    let signed = log.lines().filter(|line| line.contains("signed"));
    let by = signed.filter(|line| line.contains(&Tz4::ONE.address()));
    assert_eq!(by.count(), 3, "{log}");
    assert!(!log.contains(&Tz4::ONE.proof(&TZ3, &message).text), "{log}");
}

#[test]
fn a_tz4_authentication_is_good_for_its_key_and_its_message_alone() {
    let (_home, daemon) = ready_with(&guarded_by(&[Tz4::ONE.public_key()]));
    let mut client = daemon.client();
    let message = made_up(1);
    for proof in [
        Tz4::OTHER.proof(&TZ3, &message),
        Tz4::ONE.proof(&TZ3, &made_up(2)),
        Tz4::ONE.proof(&TZ2, &message),
    ] {
        let answer = ask(&mut client, &message, &proof.text);
        answer.assert_refused(401, "no authorized key signed this request");
    }
    let text = Tz4::ONE.proof(&TZ3, &message).text;
    for at in (0..text.len()).step_by(7) {
        let other = if &text[at..=at] == "x" { "y" } else { "x" };
        let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        let answer = ask(&mut client, &message, &changed);
        answer.assert_refused(400, "authentication is not a signature");
    }
    assert_signed(&TZ3, &message, &ask(&mut client, &message, &text));
}

#[test]
fn a_tz4_key_counts_for_the_keys_that_list_it() {
    let wallet = Wallet::new(Curve::Ed25519, 4);
    let list =
        |key: &str, by: &str| key.replace("auth_req: true", &format!("authorized_by: [{by:?}]"));
    let keys = [
        list(&TZ2.blind_entry(true), &wallet.address()),
        list(&TZ3.blind_entry(true), &Tz4::ONE.address()),
    ];
    let listed = [wallet.public_key(), Tz4::ONE.public_key()];
    let configuration = guarded_by(&listed).with("keys", &format!("[{}]", keys.concat()));
    let (_home, daemon) = ready_with(&configuration);
    let mut client = daemon.client();
    let told = client.get("/authorized_keys").json();
    let expected = serde_json::json!([wallet.address(), Tz4::ONE.address()]);
    assert_eq!(told["authorized_keys"], expected);
    let message = made_up(1);
    let text = Tz4::ONE.proof(&TZ3, &message).text;
    assert_signed(&TZ3, &message, &ask(&mut client, &message, &text));
    let path = format!(
        "{}?authentication={}",
        TZ2.path(),
        Tz4::ONE.proof(&TZ2, &message).text
    );
    let answer = client.post(&path, &quoted(&message));
    answer.assert_refused(401, "no authorized key signed this request");
    let answer = wallet.sign(&mut client, &TZ3, &message);
    answer.assert_refused(401, "no authorized key signed this request");
}

#[test]
fn requests_without_authentication_are_refused() {
    let [wallet, ..] = wallets();
    let (_home, daemon) = guarded(&[&wallet]);
    let answer = daemon.client().sign(&TZ3, &operation(1));
    answer.assert_refused(401, "missing authentication");
    answer.assert_refused(401, TZ3.address);
}

#[test]
fn keys_that_are_not_authorized_are_refused() {
    let [tz1, tz2, tz3] = wallets();
    let (_home, daemon) = guarded(&[&tz1, &tz3]);
    let mut client = daemon.client();
    let strangers = [Curve::Ed25519, Curve::P256].map(|curve| Wallet::new(curve, 5));
    for stranger in strangers.iter().chain([&tz2]) {
        let answer = stranger.sign(&mut client, &TZ3, &operation(1));
        answer.assert_refused(401, "no authorized key signed this request");
    }
}

#[test]
fn an_authentication_is_good_for_one_message_with_one_key() {
    let wallets = wallets();
    let (_home, daemon) = guarded(&wallets.each_ref());
    let mut client = daemon.client();
    let message = operation(1);
    for wallet in &wallets {
        for authentication in [
            wallet.authenticate(&TZ3, &operation(2)),
            wallet.authenticate(&TZ2, &message),
            wallet.authenticate(&TZ3, &[]),
        ] {
            let answer = ask(&mut client, &message, &authentication);
            answer.assert_refused(401, "invalid authentication");
        }
    }
}

#[test]
fn a_changed_character_is_seen_before_any_curve_is_asked() {
    let wallets = wallets();
    let (_home, daemon) = guarded(&wallets.each_ref());
    let mut client = daemon.client();
    let message = operation(1);
    for wallet in &wallets {
        let text = wallet.authenticate(&TZ3, &message);
        for at in (0..text.len()).step_by(7) {
            let other = if &text[at..=at] == "x" { "y" } else { "x" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            let answer = ask(&mut client, &message, &changed);
            answer.assert_refused(400, "authentication is not a signature");
        }
        let answer = ask(&mut client, &message, &text[1..]);
        answer.assert_refused(400, "authentication is not a signature");
    }
}

#[test]
fn the_form_that_names_no_curve_is_taken_for_any() {
    let wallets = wallets();
    let (_home, daemon) = guarded(&wallets.each_ref());
    let mut client = daemon.client();
    for (salt, wallet) in (1..).zip(&wallets) {
        let message = operation(salt);
        let text = wallet.authenticate_generic(&TZ3, &message);
        assert!(text.starts_with("sig"), "{text}");
        assert_signed(&TZ3, &message, &ask(&mut client, &message, &text));
    }
}

#[test]
fn both_halves_of_s_are_taken_on_p256() {
    let [_, _, wallet] = wallets();
    let (_home, daemon) = guarded(&[&wallet]);
    let mut client = daemon.client();
    for salt in 1..4 {
        let message = operation(salt);
        let high = wallet.authenticate_high(&TZ3, &message);
        assert_signed(&TZ3, &message, &ask(&mut client, &message, &high));
    }
}

#[test]
fn authentication_is_no_way_around_policy_or_marks() {
    let [wallet, ..] = wallets();
    let (_home, daemon) = guarded(&[&wallet]);
    let mut client = daemon.client();
    let message = attestation(7, 0, 1);
    assert_signed(&TZ3, &message, &wallet.sign(&mut client, &TZ3, &message));
    let answer = wallet.sign(&mut client, &TZ3, &attestation(7, 0, 2));
    answer.assert_refused(409, "different data");
    let answer = wallet.sign(&mut client, &TZ3, &[0x05, 0x01]);
    answer.assert_refused(403, "magic byte 0x05");
    // The stored signature is for those alone who may ask.
    let answer = client.sign(&TZ3, &message);
    answer.assert_refused(401, "missing authentication");
}

/// Nothing that a client proves itself with, and nothing that was signed, stands in the log.
#[test]
fn signatures_are_not_logged() {
    let [wallet, ..] = wallets();
    let (_home, daemon) = guarded(&[&wallet]);
    let mut client = daemon.client();
    let message = attestation(7, 0, 1);
    let signature = assert_signed(&TZ3, &message, &wallet.sign(&mut client, &TZ3, &message));
    let refused = attestation(7, 0, 2);
    wallet.sign(&mut client, &TZ3, &refused).refusal(409);
    let log = daemon.terminate().log;
    assert!(log.contains("signed") && log.contains("refused"), "{log}");
    for secret in [
        signature,
        wallet.authenticate(&TZ3, &message),
        wallet.authenticate(&TZ3, &refused),
    ] {
        assert!(!log.contains(&secret), "{log}");
    }
}

/// Requests that Octez sent to Tezio devices, with the keys that had signed them. This device does
/// not hold the keys that were asked for, so what is authenticated is refused for that reason, and
/// what is not is refused before.
#[test]
fn recorded_requests_of_octez_are_authentic() {
    let recorded = serde_json::from_str::<Value>(RECORDED).unwrap();
    let configuration = Configuration::simulated()
        .with(
            "keys",
            r#"[
                (hash: "tz3bcN2yEiHacx1YE6xoVu1CfU26J3rRKB1j", curve_alias: 3,
                 allowed_ops: [0x03, 0x11, 0x12, 0x13], allow_unreadable_operations: true),
                (hash: "tz2UsL2kos6EzKQHynKEdRG5M6JrfDqpXqi5", curve_alias: 2,
                 allowed_ops: [0x03], allow_unreadable_operations: true),
            ]"#,
        )
        .with(
            "authorized_keys",
            r#"[
                "p2pk66E8R1yCEMtvZGjYNQy35Tiz5Hi4e9egStrQERwnTgDhYc1TPcL",
                "edpkue7DpinB96wCHmGpjvLUernLrnWHsZvAGjNLkFSfzLgHVEY4NB",
                "sppk7aPp2iKRhHSsPqSRMLrzNjus7dnz9FTAUKpNvkq7mXfnm88bzm7",
                "p2pk686JU86a4LZdmDsii3sNSpNgvYmjDRV1sPyB4yxU2jLcN6Me2Ne",
            ]"#,
        )
        .with("timeouts", "(request_ms: 100, hsm_reply_ms: 5000)");
    let home = Home::new(&configuration);
    let daemon = home.start();
    daemon.log().wait_for("HSM cannot be used");
    let mut client = daemon.client();
    let requests = recorded["requests"].as_array().unwrap();
    assert!(!requests.is_empty());
    for (request, next) in requests.iter().zip(requests.iter().cycle().skip(1)) {
        let post = |client: &mut Client, authentication: &Value| {
            let (key, data) = (text(&request["key"]), text(&request["data"]));
            let path = format!("/keys/{key}?authentication={}", text(authentication));
            client.post(&path, &format!("\"{data}\""))
        };
        let answer = post(&mut client, &request["authentication"]);
        answer.assert_refused(500, "HSM holds");
        if request["data"] != next["data"] {
            let answer = post(&mut client, &next["authentication"]);
            answer.assert_refused(401, "invalid authentication");
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
