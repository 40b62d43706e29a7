//! What is counted is what happened, and clients choose no label.

use std::time::Instant;

use crate::monitor::{HERE, monitor, samples};
use crate::support::messages::{attestation, block, operation};
use crate::support::{
    Client, Configuration, Daemon, Home, PATIENCE, Simulator, TZ1, TZ3, Underway, assert_signed,
    ready_with,
};

/// The sum of the samples whose name and labels hold all of `parts`.
fn sum(monitor: &mut Client, parts: &[&str]) -> f64 {
    let samples = samples(monitor);
    let wanted = samples
        .iter()
        .filter(|(name, _)| parts.iter().all(|part| name.contains(part)));
    let wanted: Vec<_> = wanted.map(|(_, value)| *value).collect();
    assert!(!wanted.is_empty(), "no sample with {parts:?}");
    wanted.iter().sum()
}

/// Looks until the sum is `wanted`.
fn wait_for(monitor: &mut Client, parts: &[&str], wanted: f64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = sum(monitor, parts);
        if now == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "{parts:?}: {now}, not {wanted}");
        std::thread::yield_now();
    }
}

/// A daemon with a monitor on a board of its own, whose clients wait for `request_ms`.
fn watched(profile: &str, request_ms: u32) -> (Simulator, Home, Daemon) {
    let board = Simulator::start(profile);
    let times = format!("(request_ms: {request_ms}, hsm_reply_ms: 5000)");
    let configuration = Configuration::serial(board.path())
        .with("monitor", HERE)
        .with("timeouts", &times);
    let home = Home::new(&configuration);
    home.init();
    let daemon = home.start();
    daemon.wait_ready(1);
    (board, home, daemon)
}

#[test]
fn what_is_signed_and_refused_is_counted_and_marks_are_shown() {
    let (_home, daemon) = ready_with(&Configuration::simulated().with("monitor", HERE));
    let mut client = daemon.client();
    for message in [attestation(7, 1, 1), block(8, 0, 1)] {
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
    let other = operation(1);
    assert_signed(&TZ1, &other, &client.sign(&TZ1, &other));
    let again = block(8, 0, 1);
    assert_signed(&TZ3, &again, &client.sign(&TZ3, &again));
    client
        .sign(&TZ3, &attestation(7, 1, 2))
        .assert_refused(409, "different data");
    let monitor = &mut monitor(&daemon);
    for (parts, count) in [
        (&["requests_total", "http\"", "answered", "sign"][..], 4.0),
        (&["requests_total", "http\"", "refused", "sign"], 1.0),
        (&["refusals_total", "watermark_conflict"], 1.0),
        (&["refusals_total"], 1.0),
        (&["signatures_total", TZ3.address, "block", "hsm"], 1.0),
        (&["signatures_total", TZ3.address, "block", "record"], 1.0),
        (&["signatures_total", TZ1.address, "other", "hsm"], 1.0),
        (&["round_used_ratio_count", "\"attestation"], 1.0),
        (&["round_used_ratio_count", "\"block"], 1.0),
        (&["round_used_ratio_count", "\"preattestation"], 0.0),
        (&["block_round_elapsed_ratio_count"], 1.0),
        // The recorded block is of 2024: at most ten rounds are said to have passed.
        (&["block_round_elapsed_ratio_sum"], 10.0),
        (&["late_requests_total"], 0.0),
        (&["tezio_connections{", "http\""], 1.0),
        (&["tezio_connections_total{", "http\""], 1.0),
        (&["tezio_ready"], 1.0),
        (
            &["watermark_level", "NetXnHfVqm9iesp", TZ3.address, "\"block"],
            8.0,
        ),
        (
            &["watermark_round", "NetXnHfVqm9iesp", TZ3.address, "\"att"],
            1.0,
        ),
        (
            &["watermark_level", "NetXnHfVqm9iesp", TZ3.address, "\"pre"],
            0.0,
        ),
    ] {
        assert_eq!(sum(monitor, parts), count, "{parts:?}");
    }
    // The journal's thread counts when the signature is on its way already.
    wait_for(monitor, &["journal_sync_seconds_count"], 2.0);
    wait_for(monitor, &["journal_batch_records_sum"], 2.0);
}

/// Phases are of new signatures alone: what is answered from the record takes no time worth a mean.
#[test]
fn each_phase_is_counted_once_for_a_new_signature_and_all_of_them_are_the_whole() {
    let (_home, daemon) = ready_with(&Configuration::simulated().with("monitor", HERE));
    let mut client = daemon.client();
    for message in [attestation(7, 1, 1), attestation(7, 1, 1), operation(1)] {
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
    let samples = samples(&mut monitor(&daemon));
    let seconds = |what: &str, phase: &str| {
        samples[&format!("tezio_signing_seconds_{what}{{phase=\"{phase}\"}}")]
    };
    let parts = ["check", "queue", "hsm", "verify", "store"];
    for phase in [&parts[..], &["total"]].concat() {
        // An operation waits for no disk.
        let count = if phase == "store" { 1.0 } else { 2.0 };
        assert_eq!(seconds("count", phase), count, "{phase}");
    }
    assert!(seconds("sum", "verify") > 0.0 && seconds("sum", "hsm") > 0.0);
    let whole: f64 = parts.iter().map(|phase| seconds("sum", phase)).sum();
    assert!(whole <= seconds("sum", "total"), "{samples:?}");
}

/// A board that takes longer than clients wait: its signature is made for nobody, and kept.
#[test]
fn a_signature_that_comes_too_late_is_counted_and_given_to_whoever_asks_again() {
    let (_board, _home, daemon) = watched("latency: Measured", 100);
    let mut client = daemon.client();
    let message = attestation(7, 0, 1);
    let answer = client.sign(&TZ3, &message);
    answer.assert_refused(500, "gave up after 100 ms");
    daemon.log().wait_for("signed too late for its client");
    let monitor = &mut monitor(&daemon);
    assert_eq!(sum(monitor, &["late_requests_total", "deadline"]), 1.0);
    assert_eq!(sum(monitor, &["unclaimed_signatures_total"]), 1.0);
    assert_eq!(sum(monitor, &["signatures_total", "record"]), 0.0);
    // Its record may still be on the way to the disk.
    wait_for(
        monitor,
        &["watermark_level", TZ3.address, "NetXnHf", "\"att"],
        7.0,
    );
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    assert_eq!(sum(monitor, &["signatures_total", "record"]), 1.0);
}

#[test]
fn a_client_that_goes_before_its_answer_is_counted_as_gone() {
    let silent = "latency: Instant, faults: [(fault: Silence, when: Sign(1))]";
    let (_board, _home, daemon) = watched(silent, 30_000);
    let underway = Underway::begin(&daemon, [attestation(7, 0, 1), attestation(7, 0, 2)]);
    underway.hang_up();
    daemon.log().wait_for("client went away before its answer");
    let monitor = &mut monitor(&daemon);
    assert_eq!(sum(monitor, &["late_requests_total", "gone"]), 1.0);
    assert_eq!(sum(monitor, &["requests_total", "gone", "sign"]), 1.0);
    assert_eq!(sum(monitor, &["requests_total", "answered", "sign"]), 0.0);
}

#[test]
fn what_an_hsm_went_through_is_counted_by_its_name_and_reason() {
    let twice = "latency: Instant, faults: [(fault: WrongSignature, when: Sign(1))]";
    let (mut board, _home, daemon) = watched(twice, 30_000);
    let message = attestation(7, 0, 1);
    let answer = daemon.client().sign(&TZ3, &message);
    answer.assert_refused(500, "does not verify");
    let monitor = &mut monitor(&daemon);
    let hsm = "hsm=\"hsm\"";
    for (parts, count) in [
        (&["hsm_events_total", hsm, "failed"][..], 1.0),
        (&["hsm_faults_total", hsm, "invalid_signature"], 1.0),
        (&["hsm_faults_total", hsm], 1.0),
        (&["hsm_port_opened_total", hsm], 1.0),
        (&["hsm_port_closed_total", hsm], 0.0),
        (&["hsm_state", hsm], 1.0),
    ] {
        assert_eq!(sum(monitor, parts), count, "{parts:?}");
    }
    board.kill();
    daemon.log().wait_for("HSM port lost");
    for (parts, count) in [
        (&["hsm_port_closed_total", hsm, "lost"][..], 1.0),
        (&["hsm_port_closed_total", hsm], 1.0),
        (&["hsm_port_open{", hsm], 0.0),
        (&["hsm_faults_total", hsm, "not_connected"], 1.0),
        (&["hsm_state", hsm, "absent"], 1.0),
        (&["tezio_ready"], 0.0),
        (&["key_ready", TZ3.address], 0.0),
    ] {
        assert_eq!(sum(monitor, parts), count, "{parts:?}");
    }
}

/// From the plug to what is shown of it, and back. Nothing is shown that was not so a moment ago.
#[test]
fn a_board_that_is_unplugged_and_comes_back_is_seen_by_whoever_watches() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("board");
    let mut board = Simulator::linked("latency: Instant", &link);
    let home = Home::new(&Configuration::serial(&link).with("monitor", HERE));
    home.init();
    let daemon = home.start();
    let monitor = &mut monitor(&daemon);
    for turn in 1_u8..=3 {
        daemon.wait_ready(turn.into());
        let turn = f64::from(turn);
        assert_eq!(monitor.get("/readyz").status, 200);
        for (parts, count) in [
            (&["tezio_ready"][..], 1.0),
            (&["tezio_hsm_ready"], 1.0),
            (&["hsm_state", "\"ready"], 1.0),
            (&["hsm_port_opened_total"], turn),
            (&["hsm_port_closed_total", "lost"], turn - 1.0),
        ] {
            assert_eq!(sum(monitor, parts), count, "{parts:?}");
        }
        std::fs::remove_file(&link).unwrap();
        board.kill();
        wait_for(monitor, &["tezio_ready"], 0.0);
        let answer = monitor.get("/readyz");
        assert_eq!(answer.status, 503, "{}", answer.body);
        wait_for(monitor, &["hsm_state", "absent"], 1.0);
        assert_eq!(sum(monitor, &["key_ready"]), 0.0);
        board = Simulator::linked("latency: Instant", &link);
    }
}

/// Keys, chains, paths and bytes that clients make up are counted and never named.
#[test]
fn no_client_begins_a_series() {
    let (_home, daemon) = ready_with(&Configuration::simulated().with("monitor", HERE));
    let monitor = &mut monitor(&daemon);
    let before: Vec<_> = samples(monitor).into_keys().collect();
    let mut client = daemon.client();
    let stranger = "tz1burnburnburnburnburnburnburjAYjjX";
    client.get(&format!("/keys/{stranger}"));
    client.get("/tezio_made_up");
    client.post(&format!("/keys/{stranger}"), "\"0311\"");
    for byte in [0x00, 0x04, 0x2a, 0xff] {
        client.sign(&TZ3, &[byte; 40]);
    }
    client.sign(
        &TZ3,
        &crate::support::messages::on_chain([1, 2, 3, 4], block(9, 0, 1)),
    );
    client.sign(&TZ1, &attestation(9, 0, 1));
    client.sign(&TZ1, &block(9, 0, 1));
    let after: Vec<_> = samples(monitor).into_keys().collect();
    assert_eq!(before, after);
    assert!(sum(monitor, &["refusals_total"]) >= 7.0);
}
