//! SIGTERM ends the daemon in order: what is in flight is answered, nothing is held any more.

use tezio_transport_serial::Port;

use crate::support::messages::{attestation, operation};
use crate::support::{Configuration, Home, TZ3, Underway, assert_signed, on_board, ready};

#[test]
fn a_request_at_the_device_is_answered_before_the_end() {
    let slow = "latency: Instant, faults: [(fault: Late(2000), when: Sign(1))]";
    let (_board, _home, daemon) = on_board(slow);
    daemon.wait_ready(1);
    let underway = Underway::begin(&daemon, [attestation(7, 0, 1), attestation(7, 0, 2)]);
    daemon.ask_to_end();
    assert_signed(&TZ3, &underway.message, &underway.answer());
    let ended = daemon.wait();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.log.contains("SIGTERM"), "{ended:?}");
}

#[test]
fn idle_connections_and_half_requests_do_not_hold_up_the_end() {
    let (_home, daemon) = ready();
    let mut idle = daemon.client();
    assert_eq!(idle.get("/").status, 200);
    let mut half = daemon.client();
    half.send(b"POST /keys/ HTTP/1.1\r\nhost: sig");
    daemon.client().get("/");
    let ended = daemon.terminate();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(idle.is_closed());
}

#[test]
fn the_board_the_address_and_the_marks_are_free_after_the_end() {
    let (board, home, daemon) = on_board("latency: Instant");
    daemon.wait_ready(1);
    let address = daemon.address();
    assert!(daemon.terminate().status.success());
    drop(smol::block_on(async { Port::open(board.path()) }).unwrap());
    let listen = format!("[Http(\"{address}\")]");
    home.configure(&Configuration::serial(board.path()).with("listen", &listen));
    let daemon = home.start();
    let message = operation(1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
}

#[test]
fn an_address_in_use_is_refused_with_advice() {
    let (_home, daemon) = ready();
    let listen = format!("[Http(\"{}\")]", daemon.address());
    let home = Home::new(&Configuration::simulated().with("listen", &listen));
    let log = home.refused(&["run"]);
    assert!(log.contains("is another signer running there?"), "{log}");
}
