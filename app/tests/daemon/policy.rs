//! What the policy does not allow is refused with its reason, and never reaches the HSM.

use crate::support::messages::{attestation, block, on_mainnet, operation};
use crate::support::{Configuration, TZ1, TZ3, assert_signed, ready, ready_with};

#[test]
fn keys_that_are_not_listed_are_unknown() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for (stranger, reason) in [
        (
            "tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t",
            "no key tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t here",
        ),
        (
            "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn",
            "no tz4 keys here: a Tezio HSM holds tz1, tz2 and tz3 keys",
        ),
    ] {
        let path = format!("/keys/{stranger}");
        client.get(&path).assert_refused(404, reason);
        let answer = client.post(&path, "\"03deadbeef\"");
        answer.assert_refused(404, reason);
    }
}

#[test]
fn magic_bytes_that_are_not_listed_are_refused() {
    let keys = format!("[{}]", TZ3.entry_for("0x11, 0x13", false));
    let (_home, daemon) = ready_with(&Configuration::simulated().with("keys", &keys));
    let mut client = daemon.client();
    for first in 0..=255 {
        if first == 0x11 || first == 0x13 {
            continue;
        }
        let reason = format!("magic byte {first:#04x} not allowed for {}", TZ3.address);
        let answer = client.sign(&TZ3, &[first, 0xde, 0xad]);
        answer.assert_refused(403, &reason);
    }
    let message = attestation(1, 0, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
}

#[test]
fn with_the_policy_switched_off_unknown_magic_bytes_stay_refused() {
    let keys = format!("[{}]", TZ1.entry_for("0x11", false));
    let configuration = Configuration::simulated()
        .with("keys", &keys)
        .with("security", "(signing_policy_check: false)");
    let (_home, daemon) = ready_with(&configuration);
    let mut client = daemon.client();
    let message = operation(1);
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
    for first in [0x00, 0x01, 0x02, 0x06, 0x10, 0x14, 0xff] {
        client
            .sign(&TZ1, &[first, 0xde, 0xad])
            .assert_refused(403, "not allowed");
    }
    assert!(daemon.log().text().contains("signing_policy_check is off"));
}

#[test]
fn chains_that_are_not_listed_are_refused() {
    let marks = r#"[(chain: "NetXnHfVqm9iesp", level: 10)]"#;
    let (_home, daemon) = ready_with(&Configuration::simulated().with("high_water_marks", marks));
    let mut client = daemon.client();
    for message in [attestation(11, 0, 1), block(11, 0, 1)] {
        let answer = client.sign(&TZ3, &on_mainnet(message));
        answer.assert_refused(409, "no high watermark is known for");
        answer.assert_refused(409, "NetXdQprcVkpaWU");
        answer.assert_refused(409, "high_water_marks");
    }
}
