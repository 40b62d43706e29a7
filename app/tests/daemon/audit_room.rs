//! The audit log on a small disk: it never takes the room that the marks need.

use std::process::Command;

use crate::support::messages::attestation;
use crate::support::{Configuration, Daemon, Home, TZ3, assert_signed};

const MIB: usize = 1024 * 1024;

/// A home whose state directory is a disk of three mebibytes.
struct Small(Home);

impl Small {
    /// `None` where it cannot be made.
    fn new() -> Option<Self> {
        let home = Home::new(&Configuration::simulated().with("monitor", r#""127.0.0.1:0""#));
        std::fs::create_dir(home.state()).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m,mode=700", "tezio-test"]);
        let made = mount.arg(home.state()).output();
        let made = made.is_ok_and(|made| made.status.success());
        if !made {
            eprintln!("skipped: only root can make a small disk");
        }
        made.then(|| Self(home))
    }

    fn free(&self) -> usize {
        let disk = rustix::fs::statvfs(self.0.state()).unwrap();
        usize::try_from(disk.f_bavail * disk.f_frsize).unwrap()
    }

    /// Fills it until so many bytes are free.
    fn leave(&self, free: usize) {
        let others = self.0.state().join("others");
        std::fs::write(others, vec![0; self.free() - free]).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.state()).status();
    }
}

fn sign(daemon: &Daemon, levels: core::ops::RangeInclusive<u32>) {
    let mut client = daemon.client();
    for level in levels {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

/// Three thousand votes compact the journal at least twice.
#[test]
fn a_log_that_finds_no_room_leaves_the_marks_theirs() {
    let Some(disk) = Small::new() else { return };
    let daemon = disk.0.start();
    daemon.wait_ready(1);
    disk.leave(MIB + 200 * 1024);
    sign(&daemon, 1..=3_000);
    daemon
        .log()
        .wait_for("the audit log cannot be written: signing goes on");
    assert!(disk.free() > MIB / 2, "{}", disk.free());
    let status = disk.0.run(&["status"]).out;
    assert!(status.contains("the audit log's disk takes no"), "{status}");
    assert!(daemon.terminate().status.success());

    let daemon = disk.0.start();
    daemon.wait_ready(1);
    sign(&daemon, 3_001..=3_010);
    std::fs::remove_file(disk.0.state().join("others")).unwrap();
    daemon.log().wait_for("the audit log is written again");
    assert!(daemon.terminate().status.success());
    let shown = disk.0.done(&["audit", "show"]);
    assert!(shown.contains(" attestation 3010/0 "));
}
