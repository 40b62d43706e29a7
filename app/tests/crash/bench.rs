//! A board and its daemon on a disk that will fail, and what holds before and after.

use crate::faulty_disk::{EROFS, FaultyDisk};
use crate::support::messages::{attestation, block, operation, preattestation};
use crate::support::process::Process;
use crate::support::{Client, Configuration, Daemon, Home, Simulator, TZ1, TZ3, assert_signed};

/// A board whose daemon works on a faulty disk.
#[derive(Debug)]
pub(crate) struct Bench {
    _board: Simulator,
    pub(crate) home: Home,
    pub(crate) disk: FaultyDisk,
}

impl Bench {
    /// Marks at level 5, on a disk that is still sound.
    pub(crate) fn new() -> Self {
        let bench = Self::without_marks();
        bench.home.init();
        bench
    }

    pub(crate) fn without_marks() -> Self {
        let board = Simulator::start("latency: Instant");
        let marks = r#"[(chain: "NetXnHfVqm9iesp", level: 5)]"#;
        let configuration = Configuration::serial(board.path());
        let home = Home::new(&configuration.with("high_water_marks", marks));
        let disk = FaultyDisk::of(&home);
        Self {
            _board: board,
            home,
            disk,
        }
    }

    pub(crate) fn start(&self) -> Daemon {
        self.disk.start(&self.home)
    }

    /// What `words` says when the disk makes it fail.
    pub(crate) fn refused(&self, words: &[&str]) -> String {
        let mut command = self.home.command(words);
        let ended = Process::start(self.disk.under(&mut command)).wait();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        ended.log
    }
}

/// What is signed before anything fails.
fn before() -> [Vec<u8>; 3] {
    [
        block(7, 1, 1),
        preattestation(7, 1, 1),
        attestation(7, 1, 1),
    ]
}

pub(crate) fn sign_before(client: &mut Client) -> [String; 3] {
    before().map(|message| assert_signed(&TZ3, &message, &client.sign(&TZ3, &message)))
}

/// All that was released is given again, and nothing else at or below it.
pub(crate) fn assert_stands(client: &mut Client, signatures: &[String; 3]) {
    assert_eq!(&sign_before(client), signatures);
    for kind in [block, preattestation, attestation] {
        let answer = client.sign(&TZ3, &kind(7, 1, 2));
        answer.assert_refused(409, "different data");
        let answer = client.sign(&TZ3, &kind(6, 0, 1));
        answer.assert_refused(409, "below the high watermark");
    }
}

pub(crate) fn assert_signs_at(client: &mut Client, level: u32) {
    for kind in [block, preattestation, attestation] {
        let message = kind(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

/// What no mark guards is served as ever.
pub(crate) fn assert_rest_is_served(client: &mut Client) {
    for key in [TZ1, TZ3] {
        let message = operation(1);
        assert_signed(&key, &message, &client.sign(&key, &message));
        let answer = client.get(&key.path());
        assert_eq!(answer.json()["public_key"], key.public_key);
    }
}

/// A file system on which nothing can be changed.
pub(crate) fn read_only() -> String {
    let calls = ["write", "open", "rename", "unlink", "mkdir", "resize"];
    calls.map(|call| format!("{call} fail {EROFS}\n")).concat()
}
