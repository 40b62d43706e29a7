//! A disk that fails under the running daemon: no consensus message is signed from then on until it has
//! been restarted on a sound disk; everything else is served, and all that was released before stands.

use crate::bench::{
    Bench, assert_rest_is_served, assert_signs_at, assert_stands, read_only, sign_before,
};
use crate::faulty_disk::{EIO, ENOSPC};
use crate::support::messages::{attestation, block};
use crate::support::{TZ3, assert_signed};

/// What the log tells an operator to do.
const ADVICE: &str = "Mend the disk and restart the signer";
const SEALED: &str = "high watermarks could not be written";

/// The disk fails in this way after three signatures, is mended, and the daemon restarted.
#[track_caller]
fn fail_while_running(rules: &str, reason: &str) {
    let bench = Bench::new();
    let daemon = bench.start();
    let mut client = daemon.client();
    let signatures = sign_before(&mut client);
    bench.disk.follow(rules);
    let lost = [attestation(8, 0, 1), block(8, 0, 1), attestation(9, 0, 1)];
    for message in &lost {
        client.sign(&TZ3, message).assert_refused(500, SEALED);
    }
    assert_rest_is_served(&mut client);
    let line = daemon.log().wait_for(ADVICE);
    assert!(line.contains(reason), "{line}");
    let status = bench.home.run(&["status"]);
    assert_eq!(status.status.code(), Some(1), "{status:?}");
    assert!(status.out.contains(SEALED), "{status:?}");

    bench.disk.mend();
    for message in lost.iter().chain([&attestation(10, 0, 1)]) {
        client.sign(&TZ3, message).assert_refused(500, SEALED);
    }
    assert!(daemon.terminate().status.success());

    let daemon = bench.start();
    let mut client = daemon.client();
    daemon.wait_ready(1);
    // A record whose sync failed may be there: then its signature is the one.
    let moved = client.sign(&TZ3, &lost[0]);
    if moved.status == 200 {
        let signature = assert_signed(&TZ3, &lost[0], &moved);
        let again = client.sign(&TZ3, &lost[0]);
        assert_eq!(assert_signed(&TZ3, &lost[0], &again), signature);
        let answer = client.sign(&TZ3, &attestation(8, 0, 2));
        answer.assert_refused(409, "different data");
    } else {
        moved.assert_refused(500, "HSM status 0xd4");
        assert_stands(&mut client, &signatures);
    }
    assert_signs_at(&mut client, 11);
}

#[test]
fn a_write_finds_no_room() {
    let rules = format!("write fail {ENOSPC}\nresize fail {ENOSPC}");
    fail_while_running(&rules, "No space left on device");
}

#[test]
fn a_write_stops_half_way() {
    fail_while_running(&format!("write tear {EIO}"), "Input/output error");
}

#[test]
fn a_sync_fails() {
    fail_while_running(&format!("sync fail {EIO}"), "Input/output error");
}

/// As Linux does to a file system in which it has found a fault.
#[test]
fn the_file_system_becomes_read_only() {
    fail_while_running(&read_only(), "Read-only file system");
}

/// A sync that failed once is not tried again: Linux may have thrown away what it could not write, and
/// say of the next sync that all is well.
#[test]
fn one_failed_sync_is_one_too_many() {
    let bench = Bench::new();
    let daemon = bench.start();
    let mut client = daemon.client();
    bench.disk.follow(&format!("sync fail {EIO}"));
    let answer = client.sign(&TZ3, &attestation(8, 0, 1));
    answer.assert_refused(500, SEALED);
    bench.disk.mend();
    let syncs = |events: &[String]| {
        events
            .iter()
            .filter(|line| *line == "sync marks.journal")
            .count()
    };
    let before = syncs(&bench.disk.events());
    for level in 9..12 {
        let answer = client.sign(&TZ3, &attestation(level, 0, 1));
        answer.assert_refused(500, SEALED);
    }
    assert_eq!(syncs(&bench.disk.events()), before);
}

/// As write(2) may do at any time. It is no fault.
#[test]
fn a_disk_that_writes_a_part_each_time_is_sound() {
    let bench = Bench::new();
    bench.disk.follow("write short 0");
    let daemon = bench.start();
    let signatures = sign_before(&mut daemon.client());
    daemon.kill();
    let daemon = bench.start();
    let mut client = daemon.client();
    assert_stands(&mut client, &signatures);
    daemon.wait_ready(1);
    assert_signs_at(&mut client, 8);
}

/// A disk that is slow is waited for.
#[test]
fn a_slow_disk_makes_slow_signatures() {
    let bench = Bench::new();
    bench.disk.follow("write slow 100000\nsync slow 200000");
    let daemon = bench.start();
    let signatures = sign_before(&mut daemon.client());
    daemon.kill();
    assert_stands(&mut bench.start().client(), &signatures);
}
