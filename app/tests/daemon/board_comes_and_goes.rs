//! The port may be absent, something else, held, or lost at any time: the daemon says so, serves
//! what needs no board, and goes on as soon as there is one.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tezio_transport_serial::Port;

use crate::support::messages::{attestation, operation};
use crate::support::{Configuration, Daemon, Home, Simulator, TZ3, Underway, assert_signed};

const PROFILE: &str = "latency: Instant";

/// A name for boards that come and go.
fn name() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    (folder, path)
}

/// A daemon on `port` whose clients wait for `request_ms`.
fn daemon_on(port: &Path, request_ms: u32) -> (Home, Daemon) {
    let times = format!("(request_ms: {request_ms}, hsm_reply_ms: 5000)");
    let home = Home::new(&Configuration::serial(port).with("timeouts", &times));
    home.init();
    let daemon = home.start();
    (home, daemon)
}

/// As udev does it, the name goes first. Left behind, it might name another test's board next.
fn unplug(mut board: Simulator, link: &Path) {
    std::fs::remove_file(link).unwrap();
    board.kill();
}

#[test]
fn without_a_board_requests_are_refused_and_the_rest_is_served() {
    let (_folder, link) = name();
    let (_home, daemon) = daemon_on(&link, 200);
    daemon.log().wait_for("there is no such device");
    let mut client = daemon.client();
    for message in [operation(1), attestation(7, 0, 1)] {
        client
            .sign(&TZ3, &message)
            .assert_refused(500, "HSM not connected");
    }
    client
        .get(&TZ3.path())
        .assert_refused(500, "HSM not connected");
    assert_eq!(client.get("/").status, 200);
    // What was refused has moved no mark.
    let _board = Simulator::linked(PROFILE, &link);
    daemon.wait_ready(1);
    let other = attestation(7, 0, 2);
    assert_signed(&TZ3, &other, &client.sign(&TZ3, &other));
}

#[test]
fn a_request_waits_for_a_board_that_is_just_being_plugged_in() {
    let (_folder, link) = name();
    let (_home, daemon) = daemon_on(&link, 30_000);
    let mut client = daemon.client();
    let message = attestation(7, 0, 1);
    client.ask_to_sign(&TZ3, &message);
    let _board = Simulator::linked(PROFILE, &link);
    assert_signed(&TZ3, &message, &client.receive());
}

#[test]
fn a_board_that_is_unplugged_and_plugged_in_again_goes_on() {
    let (_folder, link) = name();
    let board = Simulator::linked(PROFILE, &link);
    let (_home, daemon) = daemon_on(&link, 30_000);
    let mut client = daemon.client();
    let message = attestation(7, 0, 1);
    let signature = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    unplug(board, &link);
    daemon.log().wait_for("HSM port lost");
    // What is recorded needs no board.
    let again = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    assert_eq!(again, signature);
    let _board = Simulator::linked(PROFILE, &link);
    daemon.wait_ready(2);
    // The new board knows no marks; the daemon does.
    let answer = client.sign(&TZ3, &attestation(7, 0, 2));
    answer.assert_refused(409, "different data");
    let next = attestation(8, 0, 1);
    assert_signed(&TZ3, &next, &client.sign(&TZ3, &next));
}

/// It may have signed what it was asked for, but that is gone with it.
#[test]
fn a_board_that_is_unplugged_while_it_signs_costs_one_reply() {
    let (_folder, link) = name();
    let silent = "latency: Instant, faults: [(fault: Silence, when: Sign(1))]";
    let board = Simulator::linked(silent, &link);
    let (_home, daemon) = daemon_on(&link, 30_000);
    daemon.wait_ready(1);
    let underway = Underway::begin(&daemon, [attestation(7, 0, 1), attestation(7, 0, 2)]);
    unplug(board, &link);
    underway.answer().assert_refused(500, "HSM not connected");
    let _board = Simulator::linked(PROFILE, &link);
    daemon.wait_ready(2);
    let mut client = daemon.client();
    let message = &underway.message;
    assert_signed(&TZ3, message, &client.sign(&TZ3, message));
    let answer = client.sign(&TZ3, &underway.refused);
    answer.assert_refused(409, "different data");
}

#[test]
fn a_port_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (_home, daemon) = daemon_on(&file, 200);
    daemon.log().wait_for("not a serial port");
    let answer = daemon.client().sign(&TZ3, &operation(1));
    answer.assert_refused(500, "HSM not connected");
}

#[test]
fn a_port_that_another_program_holds_is_left_to_it_and_taken_when_it_is_free() {
    let board = Simulator::start(PROFILE);
    let holder = smol::block_on(async { Port::open(board.path()) }).unwrap();
    let (_home, daemon) = daemon_on(board.path(), 200);
    daemon.log().wait_for("is held by another program");
    let mut client = daemon.client();
    let message = operation(1);
    let answer = client.sign(&TZ3, &message);
    answer.assert_refused(500, "HSM not connected");
    drop(holder);
    daemon.wait_ready(1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
}

#[test]
fn two_daemons_do_not_share_a_board() {
    let board = Simulator::start(PROFILE);
    let (_first_home, first) = daemon_on(board.path(), 30_000);
    first.wait_ready(1);
    let (_second_home, second) = daemon_on(board.path(), 200);
    second.log().wait_for("is held by another program");
    let message = operation(1);
    let answer = second.client().sign(&TZ3, &message);
    answer.assert_refused(500, "HSM not connected");
    assert_signed(&TZ3, &message, &first.client().sign(&TZ3, &message));
    assert!(first.terminate().status.success());
    second.wait_ready(1);
    assert_signed(&TZ3, &message, &second.client().sign(&TZ3, &message));
}
