//! The configuration read again while the daemon works: taken as a whole or not at all.

use crate::support::messages::{attestation, operation};
use crate::support::{Configuration, Home, TZ1, TZ3, assert_signed, ready_with};

const TAKEN: &str = "the new policy is in force";
const LEFT: &str = "what was in force stays";

/// A configuration under which TZ1 signs these kinds of operation.
fn allowing(kinds: &str) -> Configuration {
    let rules = format!("operations: (allow: [(kinds: [{kinds}])]), auth_req");
    let key = TZ1.entry(false).replace("auth_req", &rules);
    let keys = format!("[{key}{}]", TZ3.entry(false));
    Configuration::simulated().with("keys", &keys)
}

#[test]
fn a_changed_policy_is_in_force_and_the_log_names_what_changed() {
    let (home, daemon) = ready_with(&allowing("\"reveal\""));
    let (mut client, message) = (daemon.client(), operation(1));
    let answer = client.sign(&TZ1, &message);
    answer.assert_refused(403, "transaction is not among the kinds in operations");
    home.configure(&allowing("\"reveal\", \"transaction\""));
    let told = home.done(&["reload"]);
    assert!(
        told.contains(TAKEN) && told.contains("operations"),
        "{told}"
    );
    let refused = daemon.log().wait_for("refused to sign");
    assert!(refused.contains("operation of 1: transaction"), "{refused}");
    let line = daemon.log().wait_for(TAKEN);
    assert!(line.contains("operations"), "{line}");
    // On the connection that was there before.
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
    daemon.ask_to_reload();
    daemon.log().wait_for("the policy is the same");
}

#[test]
fn marks_outlive_a_reload() {
    let (home, daemon) = ready_with(&allowing("\"reveal\""));
    let (mut client, message) = (daemon.client(), attestation(7, 0, 1));
    let first = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    home.configure(&allowing("\"transaction\""));
    daemon.ask_to_reload();
    daemon.log().wait_for(TAKEN);
    let answer = client.sign(&TZ3, &attestation(7, 0, 2));
    answer.assert_refused(409, "different data");
    let again = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    assert_eq!(first, again);
}

#[test]
fn a_file_that_is_not_sound_changes_nothing() {
    let (home, daemon) = ready_with(&allowing("\"transaction\""));
    let (mut client, message) = (daemon.client(), operation(1));
    home.configure(&allowing("\"transfer\""));
    let log = home.refused(&["reload"]);
    assert!(
        log.contains("\"transfer\" is not a kind of operation"),
        "{log}"
    );
    assert!(!daemon.log().text().contains(LEFT), "it was never told");
    daemon.ask_to_reload();
    let line = daemon.log().wait_for(LEFT);
    assert!(
        line.contains("line ") && line.contains("transfer"),
        "{line}"
    );
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}

/// The command tells what the daemon says of it, and fails with it.
#[test]
fn what_was_not_taken_over_fails_the_command() {
    let (home, daemon) = ready_with(&allowing("\"transaction\""));
    home.configure(&allowing("\"reveal\"").with("timeouts", "(request_ms: 1000)"));
    let log = home.refused(&["reload"]);
    assert!(
        log.contains(LEFT) && log.contains("it takes a restart to change timeouts"),
        "{log}"
    );
    // Without a control socket there, a signal tells it, and the log has the rest.
    home.configure(&allowing("\"reveal\"").with("control", "\"elsewhere\""));
    let told = home.done(&["reload"]);
    assert!(told.contains(&daemon.id().to_string()), "{told}");
    let line = daemon.log().wait_for_nth(LEFT, 2);
    assert!(line.contains("control"), "{line}");
}

/// Even where the rest of the file would forbid something, nothing of it is taken.
#[test]
fn what_takes_a_restart_is_named_and_nothing_is_taken() {
    let (home, daemon) = ready_with(&allowing("\"transaction\""));
    let (mut client, message) = (daemon.client(), operation(1));
    let strict = || allowing("\"reveal\"");
    let one_key = format!("[{}]", TZ1.entry_for("0x11", false));
    let other = [
        (strict().with("listen", "[Tcp(\"127.0.0.1:0\")]"), "listen"),
        (strict().with("state", "\"elsewhere\""), "state"),
        (strict().with("timeouts", "(request_ms: 1000)"), "timeouts"),
        (strict().with("rounds", "(first_seconds: 4)"), "rounds"),
        (strict().with("lasting_marks", "true"), "lasting_marks"),
        (strict().with("keys", &one_key), "which keys there are"),
        (
            strict().with("security", "(high_water_mark_check: false)"),
            "high_water_mark_check",
        ),
    ];
    for (nth, (configuration, named)) in (1..).zip(other) {
        home.configure(&configuration);
        daemon.ask_to_reload();
        let line = daemon.log().wait_for_nth(LEFT, nth);
        assert!(line.contains("restart") && line.contains(named), "{line}");
        assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
    }
}

/// What is with the board when the policy changes is answered; what comes next is refused.
#[test]
fn requests_under_way_survive() {
    let slow = "Simulated(kinds: (ed25519: [3, 17, 18, 19]))";
    let (home, daemon) = ready_with(&allowing("\"transaction\"").with("hsm", slow));
    let mut client = daemon.client();
    let message = operation(1);
    let mut under_way = daemon.client();
    std::thread::scope(|scope| {
        let signed = scope.spawn(|| under_way.sign(&TZ1, &operation(1)));
        home.configure(&allowing("\"reveal\"").with("hsm", slow));
        daemon.ask_to_reload();
        daemon.log().wait_for(TAKEN);
        let answer = signed.join().unwrap();
        // It came before or after; it was never left without an answer.
        assert!(matches!(answer.status, 200 | 403), "{answer:?}");
    });
    client.sign(&TZ1, &message).refusal(403);
}

#[test]
fn there_must_be_a_daemon_to_be_told() {
    let home = Home::new(&allowing("\"transaction\""));
    let log = home.refused(&["reload"]);
    assert!(log.contains("no signer runs on"), "{log}");
    let daemon = home.start();
    daemon.kill();
    let log = home.refused(&["reload"]);
    assert!(log.contains("no signer runs on"), "{log}");
}

#[test]
fn a_policy_is_tried_beside_the_one_in_force() {
    let home = Home::new(&allowing("\"transaction\"").with("shadow_policy", "\"candidate.ron\""));
    let candidate = allowing("\"reveal\"").text();
    std::fs::write(home.path().join("candidate.ron"), candidate).unwrap();
    let daemon = home.start();
    daemon.wait_ready(1);
    let (mut client, message) = (daemon.client(), operation(1));
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
    let line = daemon.log().wait_for("shadow_policy would refuse this");
    assert!(
        line.contains("content 1 of 1") && line.contains("WARN"),
        "{line}"
    );
    let vote = attestation(7, 0, 1);
    assert_signed(&TZ3, &vote, &client.sign(&TZ3, &vote));
    let log = daemon.terminate().log;
    let would = log
        .lines()
        .filter(|line| line.contains("shadow_policy would"));
    assert_eq!(would.count(), 1, "{log}");
}
