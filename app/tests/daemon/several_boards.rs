//! Several boards with the same keys: one takes over when the other is gone, in the same request.

use crate::support::messages::{attestation, block};
use crate::support::{Configuration, Daemon, Home, Simulator, TZ3, Underway, assert_signed};

const PROFILE: &str = "latency: Instant";

/// Two boards with the same keys, and a daemon on both.
fn twins(left: &str) -> ([Simulator; 2], Home, Daemon) {
    let boards = [left, PROFILE].map(Simulator::start);
    let [left, right] = [&boards[0], &boards[1]].map(|board| board.path().display().to_string());
    let hsms = format!(r#"{{"left": Serial(port: "{left}"), "right": Serial(port: "{right}")}}"#);
    let configuration = Configuration::serial(boards[0].path()).without("hsm");
    let home = Home::new(&configuration.with("hsms", &hsms));
    home.init();
    let daemon = home.start();
    daemon.wait_ready(2);
    (boards, home, daemon)
}

#[test]
fn with_one_board_killed_the_other_signs_and_the_marks_are_common() {
    let ([mut left, _right], _home, daemon) = twins(PROFILE);
    let mut client = daemon.client();
    let first = attestation(7, 0, 1);
    assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    left.kill();
    for level in 8..12 {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
    client
        .sign(&TZ3, &attestation(11, 0, 2))
        .assert_refused(409, "different data");
    client
        .sign(&TZ3, &first)
        .assert_refused(409, "below the high watermark");
}

/// The board at which the request is dies with it, and the request is answered all the same.
#[test]
fn a_board_killed_in_the_middle_of_an_exchange_gives_way_to_the_other() {
    let slow = "latency: Instant, faults: [(fault: Late(3000), when: Sign(1))]";
    let ([mut left, _right], _home, daemon) = twins(slow);
    let request = Underway::begin(&daemon, [block(7, 0, 1), block(7, 0, 2)]);
    left.kill();
    let signature = assert_signed(&TZ3, &request.message, &request.answer());
    daemon.log().wait_for("HSM cannot be used");
    let mut client = daemon.client();
    let again = assert_signed(&TZ3, &request.message, &client.sign(&TZ3, &request.message));
    assert_eq!(again, signature, "one signature is released");
    client
        .sign(&TZ3, &request.refused)
        .assert_refused(409, "different data");
}

#[test]
fn a_silent_board_gives_way_within_the_request_s_time() {
    let silent = "latency: Instant, faults: [(fault: Silence, when: Sign(1))]";
    let (_boards, _home, daemon) = twins(silent);
    let message = attestation(7, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
}

#[test]
fn names_of_boards_that_are_not_there_are_refused_with_those_that_are() {
    let entry = TZ3
        .entry(false)
        .replace("curve_alias", r#"hsms: ["middle"], curve_alias"#);
    let configuration = Configuration::simulated()
        .without("hsm")
        .with("hsms", r#"{"left": Simulated(), "right": Simulated()}"#)
        .with("keys", &format!("[{entry}]"));
    let log = Home::new(&configuration).refused(&["check"]);
    assert!(
        log.contains("no HSM is called middle; there is left, right"),
        "{log}"
    );
}

#[test]
fn boards_and_simulated_ones_do_not_go_together() {
    let configuration = Configuration::simulated().without("hsm").with(
        "hsms",
        r#"{"left": Simulated(), "right": Serial(port: "/dev/ttyACM0")}"#,
    );
    let log = Home::new(&configuration).refused(&["check"]);
    assert!(
        log.contains("hsms mixes boards and simulated HSMs"),
        "{log}"
    );
}

#[test]
fn one_hsm_or_several_but_not_both() {
    for configuration in [
        Configuration::simulated().without("hsm"),
        Configuration::simulated().with("hsms", r#"{"left": Simulated()}"#),
    ] {
        let log = Home::new(&configuration).refused(&["check"]);
        assert!(
            log.contains("name the HSM under hsm, or several under hsms"),
            "{log}"
        );
    }
}
