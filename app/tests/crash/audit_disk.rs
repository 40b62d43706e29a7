//! A disk that does not take the audit log: signing goes on as if nothing were, and what the log has lost
//! it says.

use crate::faulty_disk::{EIO, ENOSPC, FaultyDisk};
use crate::support::messages::attestation;
use crate::support::{Configuration, Daemon, Home, TZ3, assert_signed, wait_until};

const FAILS: &str = "the audit log cannot be written: signing goes on";
const TOLD: &str = "the audit log's disk takes no entries";
const MENDED: &str = "the audit log is written again";

/// A daemon whose audit log alone is on a faulty disk.
fn start(rules: &str) -> (Home, FaultyDisk, Daemon) {
    let home = Home::new(&Configuration::simulated().with("monitor", r#""127.0.0.1:0""#));
    let disk = FaultyDisk::of_audit(&home);
    disk.follow(rules);
    let daemon = disk.start(&home);
    daemon.wait_ready(1);
    (home, disk, daemon)
}

fn sign(daemon: &Daemon, levels: core::ops::RangeInclusive<u32>) {
    let mut client = daemon.client();
    for level in levels {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

/// All that was signed is in the log, once the disk is sound, and the chain holds.
#[track_caller]
fn fail_and_mend(rules: &str) {
    let (home, disk, daemon) = start("");
    sign(&daemon, 1..=3);
    disk.follow(rules);
    sign(&daemon, 4..=6);
    daemon.log().wait_for(FAILS);
    assert!(home.done(&["status"]).contains(TOLD));
    sign(&daemon, 7..=9);
    disk.mend();
    daemon.log().wait_for(MENDED);
    assert!(!home.done(&["status"]).contains(TOLD));
    sign(&daemon, 10..=12);
    assert!(daemon.terminate().status.success());
    home.done(&["audit", "verify"]);
    let shown = home.done(&["audit", "show"]);
    for level in 1..=12 {
        let entry = format!(" attestation {level}/0 ");
        assert_eq!(shown.matches(&entry).count(), 1, "{entry}: {shown}");
    }
}

#[test]
fn a_full_disk() {
    fail_and_mend(&format!("write fail {ENOSPC}"));
}

#[test]
fn a_write_that_stops_half_way() {
    fail_and_mend(&format!("write tear {EIO}"));
}

#[test]
fn a_sync_that_fails() {
    fail_and_mend(&format!("sync fail {EIO}"));
}

/// Nothing can be made from the first moment on.
#[test]
fn a_log_that_cannot_be_begun() {
    let rules = format!("mkdir fail {ENOSPC}\nopen fail {ENOSPC}");
    let (home, disk, daemon) = start(&rules);
    daemon.log().wait_for(FAILS);
    sign(&daemon, 1..=3);
    disk.mend();
    daemon.log().wait_for(MENDED);
    assert!(daemon.terminate().status.success());
    home.done(&["audit", "verify"]);
    let shown = home.done(&["audit", "show"]);
    assert!(shown.contains(" attestation 1/0 "), "{shown}");
}

/// The daemon dies with half an entry on the disk.
#[test]
fn a_torn_entry_is_dropped_by_the_next_start() {
    let (home, disk, daemon) = start("");
    sign(&daemon, 1..=3);
    wait_until("level 3 in the log", || {
        let shown = home.run(&["audit", "show"]).out;
        shown.contains(" attestation 3/0 ")
    });
    // The half that was written stays: it cannot be cut off, to try again, before the end.
    disk.follow(&format!("write tear {EIO}\nresize fail {EIO}"));
    sign(&daemon, 4..=4);
    daemon.log().wait_for(FAILS);
    daemon.kill();
    disk.mend();
    let before = home.run(&["audit", "verify"]).out;
    assert!(before.contains("the last line is unfinished"), "{before}");
    assert!(
        before.contains("the marks: the signature at level 4 round 0"),
        "{before}"
    );
    assert!(home.start().terminate().status.success());
    let after = home.done(&["audit", "verify"]);
    assert!(after.contains("note: 000001.jsonl, line 8"), "{after}");
    assert!(
        after.contains("found the signature at level 4 round 0"),
        "{after}"
    );
    let shown = home.done(&["audit", "show"]);
    assert!(shown.contains(" recovered "), "{shown}");
}

/// A signer that ends while the disk fails says once how many entries that costs: its begin, its HSM,
/// three votes, its end.
#[test]
fn an_end_without_a_disk_is_counted() {
    let rules = format!("mkdir fail {ENOSPC}\nopen fail {ENOSPC}");
    let (_home, _disk, daemon) = start(&rules);
    daemon.log().wait_for(FAILS);
    sign(&daemon, 1..=3);
    let ended = daemon.terminate();
    assert!(ended.status.success());
    let log = ended.log;
    assert_eq!(log.matches(FAILS).count(), 1, "{log}");
    let lost = log
        .lines()
        .find(|line| line.contains("the last entries of the audit log are lost"));
    assert!(lost.is_some_and(|line| line.contains("entries=6")), "{log}");
}

/// A disk that stands still: the queue fills, nobody waits, and the log says how many entries it lacks.
#[test]
fn a_disk_that_stands_still_costs_entries_and_no_signature() {
    let (home, disk, daemon) = start("");
    disk.follow("write slow 1000000000");
    let mut client = daemon.client();
    let message = attestation(1, 0, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    for _ in 0..3_500 {
        client.sign(&TZ3, &message).signature();
        client.sign(&TZ3, &attestation(1, 0, 2)).refusal(409);
    }
    daemon.log().wait_for("the audit log loses entries");
    sign(&daemon, 2..=20);
    daemon.ask_to_end();
    daemon
        .log()
        .wait_for("the end of the audit log is not on the disk");
    assert!(daemon.wait().status.success());
    disk.mend();
    home.start().terminate();
    home.done(&["audit", "verify"]);
}
