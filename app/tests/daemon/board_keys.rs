//! A board that does not hold the configured keys signs nothing.

use crate::support::messages::operation;
use crate::support::{Client, Configuration, Daemon, Home, Simulator, TZ1, TZ3};

/// A daemon without patience on a board that must not become ready.
fn on_wrong_board(profile: &str) -> (Simulator, Home, Daemon) {
    let board = Simulator::start(&format!("latency: Instant, {profile}"));
    let times = "(request_ms: 200, hsm_reply_ms: 5000)";
    let home = Home::new(&Configuration::serial(board.path()).with("timeouts", times));
    home.init();
    let daemon = home.start();
    daemon.log().wait_for("HSM cannot be used");
    (board, home, daemon)
}

/// No key and no signature comes out, whichever is asked for.
#[track_caller]
fn assert_shut(client: &mut Client, reason: &str) {
    client.get(&TZ3.path()).assert_refused(500, reason);
    for key in [TZ1, TZ3] {
        client.sign(&key, &operation(1)).assert_refused(500, reason);
    }
}

#[test]
fn a_board_with_another_key_is_refused_and_both_addresses_are_named() {
    let other =
        "keys: (p256: \"0101010101010101010101010101010101010101010101010101010101010101\")";
    let (_board, _home, daemon) = on_wrong_board(other);
    let mut client = daemon.client();
    let reason = format!("where the configuration says {}", TZ3.address);
    assert_shut(&mut client, &reason);
    let said = client.get(&TZ3.path()).refusal(500);
    let found = said.split(' ').find(|word| word.starts_with("tz3"));
    assert!(found.is_some_and(|found| found != TZ3.address), "{said}");
    let log = daemon.terminate().log;
    assert!(
        log.contains(&reason) && log.contains(found.unwrap()),
        "{log}"
    );
}

#[test]
fn a_board_that_makes_its_keys_up_is_refused() {
    let (_board, _home, daemon) = on_wrong_board("faults: [(fault: GarbageKey, when: Always)]");
    assert_shut(&mut daemon.client(), "HSM");
}

#[test]
fn a_board_without_secure_element_is_refused() {
    let (_board, _home, daemon) = on_wrong_board("chip_fault: Absent");
    let mut client = daemon.client();
    assert_shut(&mut client, "the secure element does not answer");
}

#[test]
fn other_questions_are_answered_all_the_same() {
    let (_board, _home, daemon) = on_wrong_board("chip_fault: Absent");
    let mut client = daemon.client();
    assert_eq!(client.get("/").status, 200);
    assert_eq!(client.get("/authorized_keys").json(), serde_json::json!({}));
}
