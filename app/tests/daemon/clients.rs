//! No client stands in another's way, and one that leaves costs nothing.

use crate::support::messages::{attestation, operation};
use crate::support::{
    Configuration, Home, Simulator, TZ3, Underway, assert_signed, on_board, ready, ready_with,
};

#[test]
fn silent_connections_and_half_requests_do_not_delay_an_honest_client() {
    let (_home, daemon) = ready();
    let mut honest = daemon.client();
    let half_requests = [
        "",
        "P",
        "POST /keys/x HTTP/1.1\r\nhost: signer",
        "POST /keys/x HTTP/1.1\r\nhost: signer\r\ncontent-length: 100\r\n\r\n\"0312",
    ];
    let others = half_requests.iter().cycle().take(20);
    let mut others = others
        .map(|half| {
            let mut client = daemon.client();
            client.send(half.as_bytes());
            client
        })
        .collect::<Vec<_>>();
    for level in 1..=10 {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &honest.sign(&TZ3, &message));
    }
    // They were all there to the end: one that goes on is served.
    let mut slow = others.remove(0);
    assert_eq!(slow.get("/").status, 200);
}

#[test]
fn one_address_cannot_take_all_connections_and_silent_ones_end() {
    let limits = "(connections: 10, connections_per_address: 2, idle_seconds: 1)";
    let configuration = Configuration::simulated().with("limits", limits);
    let (_home, daemon) = ready_with(&configuration);
    let mut first = daemon.client();
    assert_eq!(first.get("/").status, 200);
    let mut second = daemon.client();
    assert_eq!(second.get("/").status, 200);
    assert!(daemon.client().is_closed());
    assert!(first.is_closed());
    assert!(second.is_closed());
    assert_eq!(daemon.client().get("/").status, 200);
}

/// The board comes after the client has gone: other bytes can take the level.
#[test]
fn a_client_that_leaves_before_its_turn_moves_no_mark() {
    let links = tempfile::tempdir().unwrap();
    let link = links.path().join("board");
    let home = Home::new(&Configuration::serial(&link));
    home.init();
    let daemon = home.start();
    let waiting = Underway::begin(&daemon, [attestation(7, 0, 1), attestation(7, 0, 2)]);
    waiting.hang_up();
    daemon.log().wait_for("client went away before its answer");
    let _board = Simulator::linked("latency: Instant", &link);
    daemon.wait_ready(1);
    let answer = daemon.client().sign(&TZ3, &waiting.refused);
    assert_signed(&TZ3, &waiting.refused, &answer);
}

/// What is at the board already is recorded, so that a retry finds it.
#[test]
fn a_client_that_leaves_while_the_board_signs_finds_its_signature_later() {
    let late = "latency: Instant, faults: [(fault: Late(2000), when: Sign(1))]";
    let (_board, _home, daemon) = on_board(late);
    daemon.wait_ready(1);
    let signing = Underway::begin(&daemon, [attestation(7, 0, 1), attestation(7, 0, 2)]);
    signing.hang_up();
    daemon.log().wait_for("client went away before its answer");
    let mut client = daemon.client();
    let message = &signing.message;
    let signature = assert_signed(&TZ3, message, &client.sign(&TZ3, message));
    let again = assert_signed(&TZ3, message, &client.sign(&TZ3, message));
    assert_eq!(again, signature);
    let answer = client.sign(&TZ3, &signing.refused);
    answer.assert_refused(409, "has already been signed with different data");
    let next = operation(1);
    assert_signed(&TZ3, &next, &client.sign(&TZ3, &next));
}
