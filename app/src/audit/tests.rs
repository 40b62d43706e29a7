//! Whole logs in real files.

mod changes;
mod ends;
mod room;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempDir;

use super::chain::Hash;
use super::entry::{Event, Note};
use super::folder::Folder;
use super::log::Log;
use super::verify::{Report, verify};
use crate::config::AuditBounds;

/// A log in a folder of its own.
struct Bench {
    _state: TempDir,
    folder: Folder,
    bounds: AuditBounds,
}

impl Bench {
    /// An empty one, whose files hold a few entries.
    fn new(files: usize) -> Self {
        let state = tempfile::tempdir().unwrap();
        Self {
            folder: Folder::of(state.path()),
            _state: state,
            bounds: AuditBounds { files, bytes: 700 },
        }
    }

    /// One with so many entries besides the first of each file.
    fn with(files: usize, entries: u64) -> Self {
        let bench = Self::new(files);
        bench.put(entries);
        bench
    }

    fn open(&self) -> Log {
        Log::open(self.folder.clone(), self.bounds, SystemTime::now()).unwrap()
    }

    fn put(&self, entries: u64) {
        let mut log = self.open();
        for number in 0..entries {
            put(&mut log, number);
        }
        log.sync().unwrap();
    }

    fn check(&self) -> Report {
        verify(&self.folder, None, &mut BTreeSet::new()).unwrap()
    }

    fn check_with(&self, head: Hash) -> Report {
        verify(&self.folder, Some(head), &mut BTreeSet::new()).unwrap()
    }

    /// Each file's number and bytes.
    fn files(&self) -> Vec<(u64, Vec<u8>)> {
        let numbers = self.folder.numbers().unwrap();
        let read = |number| (number, std::fs::read(self.folder.file(number)).unwrap());
        numbers.into_iter().map(read).collect()
    }

    fn write(&self, number: u64, bytes: &[u8]) {
        std::fs::write(self.folder.file(number), bytes).unwrap();
        private(&self.folder.file(number), 0o600);
    }
}

fn put(log: &mut Log, number: u64) {
    log.make_place().unwrap();
    log.seal(&note(number));
    log.put().unwrap();
}

fn note(number: u64) -> Note {
    let why = format!("a \"text\" {number}\n");
    Note {
        at: SystemTime::now(),
        event: Event::NotReloaded { why },
    }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

#[track_caller]
fn assert_sound(report: &Report) {
    assert_eq!(report.faults, []);
}

/// There is a finding in the file that was touched, or where the chain goes on behind it.
#[track_caller]
fn assert_found(report: &Report, number: u64, what: &str) {
    let names = [Folder::name(number), Folder::name(number + 1)];
    let found = |name: &String| report.faults.iter().any(|finding| finding.file == *name);
    assert!(names.iter().any(found), "{what}: {:?}", report.faults);
}

#[test]
fn what_was_written_is_sound_over_files_and_starts() {
    let bench = Bench::new(9);
    for _ in 0..4 {
        bench.put(4);
    }
    let report = bench.check();
    assert_sound(&report);
    assert!(report.files > 3, "{report:?}");
    assert_eq!(report.entries, 16 + report.files as u64);
    assert_eq!(report.last.unwrap().0, report.entries);
    assert_sound(&bench.check_with(report.head.unwrap()));
}

/// Whoever looks while entries are written and files go sees nothing that is wrong.
#[test]
fn a_log_that_is_being_written_is_sound_at_every_moment() {
    let bench = Bench::new(10);
    let over = core::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut log = bench.open();
            for number in 0..200 {
                put(&mut log, number);
            }
            log.sync().unwrap();
            over.store(true, core::sync::atomic::Ordering::Release);
        });
        while !over.load(core::sync::atomic::Ordering::Acquire) {
            assert_sound(&bench.check());
        }
    });
    let report = bench.check();
    assert_eq!(report.files, 10);
    assert!(report.first.unwrap().0 > 100, "{:?}", report.last);
}

/// What rotation removes is not missed, and what is left can be vouched for.
#[test]
fn the_oldest_files_go_and_the_rest_is_sound() {
    let bench = Bench::new(3);
    for round in 1..=5 {
        bench.put(9);
        let report = bench.check();
        assert_sound(&report);
        assert!(report.files <= 3, "round {round}: {report:?}");
    }
    let report = bench.check();
    assert!(report.first.unwrap().0 > 1);
    let oldest = bench.folder.numbers().unwrap()[0];
    std::fs::remove_file(bench.folder.file(oldest)).unwrap();
    assert_found(&bench.check(), oldest, "the oldest that was kept");
}

/// What is written on opening is from before what was noted first, also where the disk let it wait.
#[test]
fn a_log_begins_when_its_writer_did() {
    let bench = Bench::new(9);
    for (day, line) in [(1, 0), (2, 2)] {
        let begun = SystemTime::UNIX_EPOCH + core::time::Duration::from_secs(day * 86_400);
        let mut log = Log::open(bench.folder.clone(), bench.bounds, begun).unwrap();
        put(&mut log, day);
        log.sync().unwrap();
        let bytes = bench.files().remove(0).1;
        let text = core::str::from_utf8(lines(&bytes)[line]).unwrap();
        let at = format!("\"at\":\"1970-01-0{}T00:00:00.000Z\"", day + 1);
        assert!(text.contains(&at), "{text}");
        bench.write(1, &[&bytes[..], b"{"].concat());
    }
}

#[test]
fn a_folder_or_file_open_to_others_is_not_written() {
    let bench = Bench::with(9, 1);
    private(&bench.folder.file(1), 0o640);
    assert!(Log::open(bench.folder.clone(), bench.bounds, SystemTime::now()).is_err());
    private(&bench.folder.file(1), 0o600);
    private(bench.folder.path(), 0o750);
    assert!(Log::open(bench.folder.clone(), bench.bounds, SystemTime::now()).is_err());
    private(bench.folder.path(), 0o700);
    bench.put(1);
}

fn private(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
