//! A level far above the marks is refused, and the refusal names what lets it through.

use crate::support::messages::{attestation, block, preattestation};
use crate::support::{Configuration, Home, Simulator, TZ3, assert_signed, ready_with};

const LAST: u32 = 0x7fff_ffff;

#[test]
fn one_request_cannot_carry_a_mark_to_the_last_level() {
    let (_home, daemon) = ready_with(&Configuration::simulated());
    let mut client = daemon.client();
    let first = attestation(1_000, 0, 1);
    assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    for forged in [
        attestation(LAST, 0, 1),
        block(LAST, 0, 1),
        preattestation(101_001, 0, 1),
    ] {
        let answer = client.sign(&TZ3, &forged);
        let refusal = answer.refusal(409);
        assert!(
            refusal.contains("tezio-signer watermarks raise --chain NetXnHfVqm9iesp"),
            "{refusal}"
        );
    }
    let next = attestation(1_001, 0, 1);
    assert_signed(&TZ3, &next, &client.sign(&TZ3, &next));
}

#[test]
fn the_time_since_the_last_signature_bounds_the_next_across_a_restart() {
    let board = Simulator::start("latency: Instant");
    let home = Home::new(
        &Configuration::serial(board.path())
            .with("level_jumps", "(block_seconds: 3600, ahead: 10)"),
    );
    home.init();
    let daemon = home.start();
    let first = attestation(5_000, 0, 1);
    assert_signed(&TZ3, &first, &daemon.client().sign(&TZ3, &first));
    daemon.kill();
    let daemon = home.start();
    let mut client = daemon.client();
    let answer = client.sign(&TZ3, &attestation(5_020, 0, 1));
    answer.assert_refused(409, "what the time since the last signature allows");
    let next = attestation(5_010, 0, 1);
    assert_signed(&TZ3, &next, &client.sign(&TZ3, &next));
}

#[test]
fn an_operators_starting_mark_is_a_place_to_jump_from() {
    let board = Simulator::start("latency: Instant");
    let marks = r#"[(chain: "NetXnHfVqm9iesp", level: 7000000)]"#;
    let home = Home::new(&Configuration::serial(board.path()).with("high_water_marks", marks));
    home.init();
    let daemon = home.start();
    let mut client = daemon.client();
    let answer = client.sign(&TZ3, &attestation(7_100_001, 0, 1));
    answer.assert_refused(409, "above level 7100000");
    let message = attestation(7_100_000, 0, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
}

#[test]
fn switched_off_it_is_said_at_the_start() {
    let (_home, daemon) =
        ready_with(&Configuration::simulated().with("security", "(level_jump_check: false)"));
    daemon.log().wait_for("level_jump_check is off");
    let mut client = daemon.client();
    for level in [1_000, LAST] {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}
