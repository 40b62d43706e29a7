//! A disk that takes no more: consensus messages are refused, everything else is served, and after
//! a restart with room the marks are what they were.

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::messages::{attestation, block, operation};
use crate::support::{Configuration, Daemon, Home, Simulator, TZ3, assert_signed};

/// Lets `room` bytes be written behind the journal's records and no more.
fn leave_room(home: &Home, daemon: &Daemon, room: u64) {
    let limit = home.journal_end() + room;
    let limit = Rlimit {
        current: Some(limit),
        maximum: None,
    };
    let id = i32::try_from(daemon.id()).unwrap();
    prlimit(Pid::from_raw(id), Resource::Fsize, limit).unwrap();
}

/// The first signature finds room, the second finds `room` bytes.
fn fill(room: u64) {
    let board = Simulator::start("latency: Instant");
    let home = Home::new(&Configuration::serial(board.path()));
    home.init();
    let daemon = home.start();
    let mut client = daemon.client();
    let first = attestation(7, 0, 1);
    let signature = assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    leave_room(&home, &daemon, room);
    for lost in [attestation(8, 0, 1), attestation(9, 0, 1), block(7, 0, 1)] {
        let answer = client.sign(&TZ3, &lost);
        answer.assert_refused(500, "high watermarks could not be written");
    }
    let unguarded = operation(1);
    assert_signed(&TZ3, &unguarded, &client.sign(&TZ3, &unguarded));
    daemon.log().wait_for("Mend the disk and restart");
    assert!(daemon.terminate().status.success());

    let daemon = home.start();
    let mut client = daemon.client();
    let again = assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    assert_eq!(again, signature);
    let answer = client.sign(&TZ3, &attestation(7, 0, 2));
    answer.assert_refused(409, "different data");
    let next = attestation(9, 0, 1);
    assert_signed(&TZ3, &next, &client.sign(&TZ3, &next));
}

#[test]
fn no_room_at_all() {
    fill(0);
}

#[test]
fn room_for_half_a_record() {
    fill(128);
}
