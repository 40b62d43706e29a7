//! Nothing is signed at or below a mark but the bytes that made it.

use crate::support::messages::{attestation, block, dal_attestation, on_mainnet, preattestation};
use crate::support::{Configuration, TZ1, TZ2, TZ3, assert_signed, ready, ready_with};

#[test]
fn other_bytes_at_the_same_level_and_round_are_refused() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for (message, other) in [
        (block(7, 1, 1), block(7, 1, 2)),
        (preattestation(7, 1, 1), preattestation(7, 1, 2)),
        (attestation(7, 1, 1), attestation(7, 1, 2)),
    ] {
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        let answer = client.sign(&TZ3, &other);
        answer.assert_refused(409, "has already been signed with different data");
    }
}

#[test]
fn lower_levels_and_rounds_are_refused_even_with_the_same_bytes() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    let first = attestation(6, 2, 1);
    assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    let message = attestation(7, 1, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    for below in [first, attestation(7, 0, 1), attestation(1, 9, 1)] {
        let answer = client.sign(&TZ3, &below);
        answer.assert_refused(409, "is below the high watermark");
    }
    let above = attestation(7, 2, 1);
    assert_signed(&TZ3, &above, &client.sign(&TZ3, &above));
}

#[test]
fn attestations_with_and_without_dal_content_share_one_mark() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for (message, other) in [
        (attestation(7, 0, 1), dal_attestation(7, 0, 1)),
        (dal_attestation(8, 0, 1), attestation(8, 0, 1)),
    ] {
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        let answer = client.sign(&TZ3, &other);
        answer.assert_refused(409, "different data");
    }
}

#[test]
fn kinds_and_keys_do_not_stand_in_each_other_s_way() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for key in [TZ3, TZ1, TZ2] {
        for message in [
            attestation(9, 0, 1),
            preattestation(8, 0, 1),
            block(7, 0, 1),
        ] {
            assert_signed(&key, &message, &client.sign(&key, &message));
        }
    }
}

/// The device's own marks know no chains: the higher level has to come second.
#[test]
fn chains_do_not_stand_in_each_other_s_way() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    let message = attestation(50, 0, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    let elsewhere = on_mainnet(attestation(100, 0, 1));
    assert_signed(&TZ3, &elsewhere, &client.sign(&TZ3, &elsewhere));
    let answer = client.sign(&TZ3, &on_mainnet(attestation(100, 0, 2)));
    answer.assert_refused(409, "different data");
    let answer = client.sign(&TZ3, &attestation(50, 0, 2));
    answer.assert_refused(409, "different data");
    // Above this chain's own mark: no refusal of ours, but the device's.
    let answer = client.sign(&TZ3, &attestation(51, 0, 2));
    answer.assert_refused(500, "HSM status 0xd4");
}

#[test]
fn starting_marks_are_not_signed_at_nor_below() {
    let marks = r#"[
        (chain: "NetXnHfVqm9iesp", level: 100, round: 2),
        (chain: "NetXnHfVqm9iesp", level: 200, kind: "block"),
        (chain: "NetXnHfVqm9iesp", level: 300, key: "tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v"),
    ]"#;
    let (_home, daemon) = ready_with(&Configuration::simulated().with("high_water_marks", marks));
    let mut client = daemon.client();
    for (key, at, above) in [
        (TZ3, attestation(100, 2, 1), attestation(100, 3, 1)),
        (TZ3, block(200, 0, 1), block(200, 1, 1)),
        (TZ1, preattestation(300, 0, 1), preattestation(301, 0, 1)),
    ] {
        let answer = client.sign(&key, &at);
        answer.assert_refused(409, "is not above the starting mark");
        assert_signed(&key, &above, &client.sign(&key, &above));
    }
    let answer = client.sign(&TZ3, &block(150, 0, 1));
    answer.assert_refused(409, "below the high watermark");
}
