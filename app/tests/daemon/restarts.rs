//! Marks outlive the daemon and the board, however either ends.

use crate::support::messages::{attestation, block, preattestation};
use crate::support::{Client, Configuration, Home, Simulator, TZ3, assert_signed, on_board};

/// The messages that are signed before.
fn signed_before() -> [Vec<u8>; 3] {
    [
        block(7, 1, 1),
        preattestation(7, 1, 1),
        attestation(7, 1, 1),
    ]
}

fn sign_all(client: &mut Client) -> [String; 3] {
    signed_before().map(|message| assert_signed(&TZ3, &message, &client.sign(&TZ3, &message)))
}

/// What holds of the marks after whatever has happened.
fn assert_marks_hold(client: &mut Client, signatures: &[String; 3]) {
    assert_eq!(&sign_all(client), signatures);
    for other in [
        block(7, 1, 2),
        preattestation(7, 1, 2),
        attestation(7, 1, 2),
    ] {
        let answer = client.sign(&TZ3, &other);
        answer.assert_refused(409, "different data");
    }
    let answer = client.sign(&TZ3, &attestation(7, 0, 2));
    answer.assert_refused(409, "below the high watermark");
}

fn assert_next_level_is_signed(client: &mut Client) {
    let next = attestation(8, 0, 1);
    assert_signed(&TZ3, &next, &client.sign(&TZ3, &next));
}

#[test]
fn marks_and_signatures_outlive_kill_9() {
    let (_board, home, daemon) = on_board("latency: Instant");
    let signatures = sign_all(&mut daemon.client());
    daemon.kill();
    let daemon = home.start();
    assert_marks_hold(&mut daemon.client(), &signatures);
    daemon.kill();
    let daemon = home.start();
    let mut client = daemon.client();
    assert_marks_hold(&mut client, &signatures);
    assert_next_level_is_signed(&mut client);
}

#[test]
fn marks_and_signatures_outlive_an_ordered_end() {
    let (_board, home, daemon) = on_board("latency: Instant");
    let signatures = sign_all(&mut daemon.client());
    assert!(daemon.terminate().status.success());
    let daemon = home.start();
    let mut client = daemon.client();
    assert_marks_hold(&mut client, &signatures);
    assert_next_level_is_signed(&mut client);
}

/// The board forgets its own marks when it loses power; with both gone at once the original signer
/// signed twice.
#[test]
fn marks_hold_when_board_and_daemon_lose_power_together() {
    let links = tempfile::tempdir().unwrap();
    let link = links.path().join("board");
    let mut board = Simulator::linked("latency: Instant", &link);
    let home = Home::new(&Configuration::serial(&link));
    home.init();
    let daemon = home.start();
    let signatures = sign_all(&mut daemon.client());
    daemon.kill();
    std::fs::remove_file(&link).unwrap();
    board.kill();
    let _board = Simulator::linked("latency: Instant", &link);
    let daemon = home.start();
    let mut client = daemon.client();
    assert_marks_hold(&mut client, &signatures);
    assert_next_level_is_signed(&mut client);
}

/// What a person quotes from a log of last week is not the id of another request since.
#[test]
fn no_request_id_comes_twice() {
    let (_board, home, daemon) = on_board("latency: Instant");
    daemon.client().sign(&TZ3, &attestation(7, 0, 1));
    daemon.log().wait_for("id=1-1");
    daemon.kill();
    let daemon = home.start();
    daemon.client().sign(&TZ3, &attestation(7, 0, 1));
    daemon.log().wait_for("id=2-1");
}
