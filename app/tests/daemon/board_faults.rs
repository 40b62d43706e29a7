//! A board that answers wrongly, late or not at all: an error within the deadlines, no signature,
//! and the next request is served.

use crate::support::messages::{attestation, operation};
use crate::support::{
    Configuration, Daemon, Home, Simulator, TZ1, TZ2, TZ3, assert_signed, on_board,
};

/// A daemon that waits a second for a board with this profile, ready.
fn hasty(profile: &str) -> (Simulator, Home, Daemon) {
    let board = Simulator::start(&format!("latency: Instant, {profile}"));
    let times = "(request_ms: 20000, hsm_reply_ms: 1000)";
    let home = Home::new(&Configuration::serial(board.path()).with("timeouts", times));
    home.init();
    let daemon = home.start();
    daemon.wait_ready(1);
    (board, home, daemon)
}

/// The first signature goes wrong in this way; the second request is served and no mark has moved
/// for the first.
#[track_caller]
fn assert_survived(fault: &str, reason: &str) {
    let (_board, _home, daemon) = hasty(&format!("faults: [(fault: {fault}, when: Sign(1))]"));
    let mut client = daemon.client();
    let lost = attestation(7, 0, 1);
    client.sign(&TZ3, &lost).assert_refused(500, reason);
    let answer = client.sign(&TZ3, &lost);
    // The board did sign; by its own marks it does not sign this level again.
    answer.assert_refused(500, "HSM status 0xd4");
    for message in [attestation(7, 1, 1), operation(1)] {
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

#[test]
fn silence() {
    assert_survived("Silence", "HSM did not answer in time");
}

#[test]
fn a_flipped_bit() {
    assert_survived("Garbled", "HSM answered with bytes that are no reply");
}

#[test]
fn half_a_reply() {
    assert_survived("Short", "HSM did not answer in time");
}

/// The reply comes while the daemon resynchronises; it must not be taken for the answer to the next
/// request.
#[test]
fn a_late_reply() {
    assert_survived("Late(2500)", "HSM did not answer in time");
}

#[test]
fn text_before_the_reply() {
    assert_survived("Text", "HSM answered with bytes that are no reply");
}

#[test]
fn a_signature_of_something_else() {
    assert_survived("WrongSignature", "does not verify; it was thrown away");
}

#[test]
fn the_signature_of_the_request_before() {
    let (_board, _home, daemon) = hasty("faults: [(fault: Stale, when: Sign(2))]");
    let mut client = daemon.client();
    let first = attestation(7, 0, 1);
    let signature = assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    let answer = client.sign(&TZ3, &attestation(8, 0, 1));
    answer.assert_refused(500, "does not verify; it was thrown away");
    let third = attestation(9, 0, 1);
    assert_signed(&TZ3, &third, &client.sign(&TZ3, &third));
    assert!(!daemon.terminate().log.contains(&signature));
}

/// Two signatures of one nonce give the secret key away. The second never leaves.
#[test]
fn a_nonce_that_is_used_again() {
    let stuck = "(fault: RepeatedNonce, when: Always)";
    let (_board, _home, daemon) = hasty(&format!("faults: [{stuck}]"));
    let mut client = daemon.client();
    let first = operation(1);
    assert_signed(&TZ2, &first, &client.sign(&TZ2, &first));
    let answer = client.sign(&TZ2, &operation(2));
    answer.assert_refused(500, "HSM used one nonce for two messages");
    let other_key = operation(3);
    assert_signed(&TZ3, &other_key, &client.sign(&TZ3, &other_key));
}

#[test]
fn operations_can_be_asked_again_at_once() {
    for fault in [
        "Silence",
        "Garbled",
        "Short",
        "Late(1200)",
        "WrongSignature",
    ] {
        let (_board, _home, daemon) = hasty(&format!("faults: [(fault: {fault}, when: Sign(1))]"));
        let mut client = daemon.client();
        let message = operation(1);
        client.sign(&TZ3, &message).refusal(500);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

#[test]
fn a_secure_element_that_fails_to_sign_is_named_and_other_keys_go_on() {
    let (_board, _home, daemon) = on_board("latency: Instant, chip_fault: Sign");
    let mut client = daemon.client();
    let answer = client.sign(&TZ3, &attestation(7, 0, 1));
    answer.assert_refused(500, "HSM status 0xaf: the secure element failed to sign");
    let message = operation(1);
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}

#[test]
fn a_board_whose_own_marks_are_higher_refuses_and_goes_on_above() {
    let marks = "marks: (p256: (attestation: (level: 100, round: 0)))";
    let (_board, _home, daemon) = on_board(&format!("latency: Instant, {marks}"));
    let mut client = daemon.client();
    let answer = client.sign(&TZ3, &attestation(100, 0, 1));
    answer.assert_refused(500, "HSM status 0xd4");
    answer.assert_refused(
        500,
        "will not sign this level and round again before it loses power",
    );
    let above = attestation(100, 1, 1);
    assert_signed(&TZ3, &above, &client.sign(&TZ3, &above));
}

#[test]
fn a_board_whose_own_policy_refuses_says_what_to_do() {
    let (_board, _home, daemon) = on_board("latency: Instant");
    let mut client = daemon.client();
    let answer = client.sign(&TZ1, &attestation(7, 0, 1));
    answer.assert_refused(500, "HSM status 0xb8");
    answer.assert_refused(500, "enable the operation for this key alias");
    let message = operation(1);
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}
