//! What is written is what is read, and nobody waits in a blocked thread.

mod support;

use std::io::{Read, Write};

use futures_lite::future::poll_once;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::termios::{ControlModes, InputModes, LocalModes, OutputModes, tcgetattr};
use support::{board, run};
use tezio_transport_serial::Port;

#[test]
fn every_byte_passes_unchanged_both_ways() {
    let (mut board, path) = board();
    let mut port = Port::open(&path).expect("a port");
    let all: Vec<u8> = (0..=255).collect();
    run(async {
        let mut heard = [0; 256];
        port.write_all(&all).await.expect("sent");
        board.read_exact(&mut heard).expect("heard");
        assert_eq!(heard[..], all);
        board.write_all(&all).expect("answered");
        heard.fill(0);
        port.read_exact(&mut heard).await.expect("heard");
        assert_eq!(heard[..], all);
    });
}

#[test]
fn the_line_is_57600_8n1_and_raw() {
    let (board, path) = board();
    let _port = Port::open(&path).expect("a port");
    let line = tcgetattr(&board).expect("its settings");
    assert_eq!((line.input_speed(), line.output_speed()), (57_600, 57_600));
    let framing = ControlModes::CSIZE | ControlModes::PARENB | ControlModes::CSTOPB;
    assert_eq!(line.control_modes & framing, ControlModes::CS8);
    assert!(!line.control_modes.contains(ControlModes::CRTSCTS));
    assert!(
        !line
            .input_modes
            .intersects(InputModes::IXON | InputModes::IXOFF | InputModes::ICRNL)
    );
    assert!(!line.output_modes.contains(OutputModes::OPOST));
    assert!(
        !line
            .local_modes
            .intersects(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    );
}

#[test]
fn a_board_that_does_not_read_blocks_nothing() {
    let (_board, path) = board();
    let mut port = Port::open(&path).expect("a port");
    let endless = vec![0; 1 << 20];
    let sent = run(poll_once(port.write_all(&endless)));
    assert!(sent.is_none(), "the write waits");
}

#[test]
fn a_silent_board_blocks_nothing() {
    let (_board, path) = board();
    let mut port = Port::open(&path).expect("a port");
    assert!(
        run(poll_once(port.read(&mut [0]))).is_none(),
        "the read waits"
    );
}

#[test]
fn stale_input_can_be_discarded() {
    let (mut board, path) = board();
    let mut port = Port::open(&path).expect("a port");
    run(async {
        board.write_all(b"stale").expect("sent");
        let mut first = [0];
        port.read_exact(&mut first).await.expect("it has come");
        port.discard_input().expect("a device");
        board.write_all(b"fresh").expect("sent");
        let mut heard = [0; 5];
        port.read_exact(&mut heard).await.expect("heard");
        assert_eq!(&heard, b"fresh");
    });
}

#[test]
fn a_board_that_vanishes_ends_a_waiting_read() {
    let (board, path) = board();
    let mut port = Port::open(&path).expect("a port");
    run(async {
        let mut buffer = [0];
        let mut reading = Box::pin(port.read(&mut buffer));
        assert!(poll_once(reading.as_mut()).await.is_none());
        drop(board);
        assert_eq!(reading.await.expect("an end, not an error"), 0);
        port.write_all(b"x").await.expect_err("nobody is there");
        port.discard_input().expect_err("nobody is there");
    });
}
