//! A journal that has grown is replaced by a short one while the daemon signs, or is not: whatever the
//! disk says to that, marks and signatures stand.

use crate::faulty_disk::{EIO, ENOSPC, FaultyDisk};
use crate::support::messages::attestation;
use crate::support::{Client, Configuration, Daemon, Home, TZ3, assert_signed};

/// More records than a journal has room for before it is replaced.
const RECORDS: u32 = 5_000;

/// The level at which all is signed, round after round.
const LEVEL: u32 = 7;

/// Nothing here is about power: without syncs the records are there sooner.
const QUICK: &str = "sync skip 0";

/// A daemon whose disk follows these rules once it is ready.
#[derive(Debug)]
struct Growing {
    home: Home,
    disk: FaultyDisk,
    daemon: Daemon,
    client: Client,
    /// The last round signed, and its signature.
    last: (u32, String),
}

impl Growing {
    fn start(rules: &str) -> Self {
        let home = Home::new(&Configuration::simulated());
        let disk = FaultyDisk::of(&home);
        let daemon = disk.start(&home);
        daemon.wait_ready(1);
        disk.follow(&format!("{QUICK}\n{rules}"));
        let client = daemon.client();
        Self {
            home,
            disk,
            daemon,
            client,
            last: (0, String::new()),
        }
    }

    /// Signs one round after the other until one is refused, or `is_over`.
    fn sign_until(&mut self, is_over: impl Fn(&Self) -> bool) {
        for round in 0..RECORDS {
            let message = attestation(LEVEL, round, 1);
            let answer = self.client.sign(&TZ3, &message);
            if answer.status != 200 {
                return answer.assert_refused(500, "high watermarks could not be written");
            }
            self.last = (round, assert_signed(&TZ3, &message, &answer));
            if is_over(self) {
                return;
            }
        }
        panic!("the journal only grows");
    }

    /// Kills the daemon; the next one, on a sound disk, knows what the last one released.
    fn assert_outlived(self) {
        self.daemon.kill();
        let (round, signature) = self.last;
        let daemon = self.home.start();
        let mut client = daemon.client();
        assert_eq!(sign(&mut client, round), signature);
        let answer = client.sign(&TZ3, &attestation(LEVEL, round, 2));
        answer.assert_refused(409, "different data");
        daemon.wait_ready(1);
        sign(&mut client, round + 10);
    }
}

fn sign(client: &mut Client, round: u32) -> String {
    let message = attestation(LEVEL, round, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message))
}

fn renames(disk: &FaultyDisk) -> usize {
    let is_rename = |event: &&String| event.starts_with("rename");
    disk.events().iter().filter(is_rename).count()
}

/// The new journal is whole and synced before it takes the old one's name, and the name is synced before
/// anything is written to it.
#[test]
fn a_journal_that_has_grown_is_replaced() {
    let mut growing = Growing::start("");
    let at_start = renames(&growing.disk);
    growing.sign_until(|growing| {
        growing.last.0.is_multiple_of(64) && renames(&growing.disk) > at_start
    });
    let events = growing.disk.events();
    // The reply to what was stored before may leave meanwhile.
    let events = events.iter().filter(|event| !event.starts_with("send"));
    let events = events.collect::<Vec<_>>();
    let last = events.iter().rposition(|event| event.starts_with("rename"));
    let at = last.unwrap();
    assert_eq!(events[at - 1], "sync simulated.journal.new");
    assert_eq!(events[at + 1], "sync-directory state");
    growing.assert_outlived();
}

#[test]
fn the_new_journal_cannot_take_the_old_one_s_place() {
    let mut growing = Growing::start(&format!("rename fail {EIO}"));
    growing.sign_until(|_| false);
    growing.daemon.log().wait_for("Mend the disk and restart");
    growing.assert_outlived();
}

/// Where there is no room for a new one, the old one goes on growing.
#[test]
fn there_is_no_room_for_a_new_journal() {
    let mut growing = Growing::start(&format!("open fail {ENOSPC}"));
    let warning = "no new journal could be written";
    growing.sign_until(|growing| growing.daemon.log().text().contains(warning));
    growing.assert_outlived();
}
