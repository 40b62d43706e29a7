//! A disk that fails when the daemon starts, or when the marks are made: it says why and does not start,
//! and on a sound disk it goes on where it was.

use crate::bench::{Bench, assert_signs_at, assert_stands, read_only, sign_before};
use crate::faulty_disk::{EACCES, EIO, ENOSPC, EROFS};
use crate::support::TZ3;
use crate::support::messages::attestation;

/// The disk fails when the daemon starts on marks that it has signed from.
#[track_caller]
fn fail_at_start(rules: &str, texts: &[&str]) {
    let bench = Bench::new();
    let daemon = bench.start();
    let signatures = sign_before(&mut daemon.client());
    daemon.kill();
    bench.disk.follow(rules);
    let log = bench.refused(&["run"]);
    for text in texts {
        assert!(log.contains(text), "\"{text}\" is not in:\n{log}");
    }
    bench.disk.mend();
    let daemon = bench.start();
    let mut client = daemon.client();
    assert_stands(&mut client, &signatures);
    daemon.wait_ready(1);
    assert_signs_at(&mut client, 8);
}

#[test]
fn the_first_sync_fails() {
    fail_at_start(
        &format!("sync fail {EIO}"),
        &["cannot write", "marks.journal", "Input/output error"],
    );
}

#[test]
fn the_directory_cannot_be_synced() {
    fail_at_start(
        &format!("sync-directory fail {EIO}"),
        &["journal", "Input/output error"],
    );
}

#[test]
fn the_new_journal_cannot_take_the_old_one_s_place() {
    fail_at_start(
        &format!("rename fail {EIO}"),
        &["anew, as every start does", "Input/output error"],
    );
}

#[test]
fn a_read_only_state_directory() {
    fail_at_start(
        &read_only(),
        &["cannot open", "marks.journal", "Read-only file system"],
    );
}

#[test]
fn a_journal_that_may_not_be_read() {
    fail_at_start(
        &format!("read-open fail {EACCES}"),
        &["cannot use the state directory", "Permission denied"],
    );
}

/// Marks that could not be made for sure are made again, or the operator is told what to do before;
/// nothing is signed from what is left.
#[track_caller]
fn fail_at_first(rules: &str, reason: &str) {
    let bench = Bench::without_marks();
    bench.disk.follow(rules);
    let log = bench.refused(&["watermarks", "init"]);
    assert!(log.contains(reason), "{log}");
    bench.disk.mend();
    let again = bench.home.run(&["watermarks", "init"]);
    if !again.status.success() {
        assert!(again.log.contains("move the file away"), "{again:?}");
        bench.home.refused(&["run"]);
        std::fs::remove_file(bench.home.journal()).unwrap();
        bench.home.init();
    }
    let daemon = bench.start();
    daemon.wait_ready(1);
    let mut client = daemon.client();
    let answer = client.sign(&TZ3, &attestation(5, 0, 1));
    answer.assert_refused(409, "is not above the starting mark");
    assert_signs_at(&mut client, 6);
}

#[test]
fn the_state_directory_cannot_be_made() {
    fail_at_first(
        &format!("mkdir fail {EROFS}"),
        "cannot make the state directory",
    );
}

#[test]
fn the_journal_cannot_be_made() {
    fail_at_first(&format!("open fail {EROFS}"), "cannot make");
}

#[test]
fn the_first_marks_find_no_room() {
    fail_at_first(&format!("write fail {ENOSPC}"), "No space left on device");
}

#[test]
fn the_first_marks_are_cut_off() {
    fail_at_first(&format!("write tear {EIO}"), "Input/output error");
}

#[test]
fn the_first_marks_cannot_be_synced() {
    fail_at_first(&format!("sync fail {EIO}"), "Input/output error");
    fail_at_first(&format!("sync-directory fail {EIO}"), "Input/output error");
}
