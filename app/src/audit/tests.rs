//! Whole logs in real files: what a check finds of every change, and what a start makes of every end.

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
        Log::open(self.folder.clone(), self.bounds).unwrap()
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

#[test]
fn every_changed_byte_is_found() {
    let bench = Bench::with(9, 4);
    let files = bench.files();
    assert_eq!(files.len(), 2);
    for (number, bytes) in &files {
        for at in 0..bytes.len() {
            for other in [bytes[at] ^ 1, bytes[at] ^ 0x20, b'\n', b'"', 0] {
                if other == bytes[at] {
                    continue;
                }
                let mut changed = bytes.clone();
                changed[at] = other;
                bench.write(*number, &changed);
                let what = format!("file {number}, byte {at} as {other:#x}");
                assert_found(&bench.check(), *number, &what);
            }
        }
        bench.write(*number, bytes);
    }
    assert_sound(&bench.check());
}

#[test]
fn the_last_line_feed_is_no_other_byte() {
    let bench = Bench::with(9, 2);
    let (number, bytes) = bench.files().pop().unwrap();
    let last = bytes.len() - 1;
    for byte in (0..=u8::MAX).filter(|byte| *byte != b'\n') {
        let mut changed = bytes.clone();
        changed[last] = byte;
        bench.write(number, &changed);
        assert_found(&bench.check(), number, &format!("{byte:#x}"));
    }
}

/// The last line of all is missed by whoever has noted its hash, and by nobody else.
#[test]
fn every_missing_line_is_found() {
    let bench = Bench::with(9, 8);
    let (files, head) = (bench.files(), bench.check().head.unwrap());
    let last = files.last().unwrap().0;
    for (number, bytes) in &files {
        let lines = lines(bytes);
        for at in 0..lines.len() {
            let mut rest = lines.clone();
            rest.remove(at);
            bench.write(*number, &rest.concat());
            let report = bench.check();
            if *number == last && at + 1 == lines.len() {
                assert_sound(&report);
            } else {
                assert_found(&report, *number, &format!("file {number}, line {at}"));
            }
            assert!(!bench.check_with(head).faults.is_empty());
        }
        bench.write(*number, bytes);
    }
}

#[test]
fn every_swapped_pair_of_lines_is_found() {
    let bench = Bench::with(9, 8);
    for (number, bytes) in bench.files() {
        let lines = lines(&bytes);
        for at in 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(at - 1, at);
            bench.write(number, &swapped.concat());
            assert_found(&bench.check(), number, &format!("file {number}, line {at}"));
        }
        bench.write(number, &bytes);
    }
}

/// A line from elsewhere, a line twice, and a line that is none.
#[test]
fn every_line_put_in_is_found() {
    let (bench, other) = (Bench::with(9, 3), Bench::with(9, 2));
    let (number, bytes) = bench.files().remove(0);
    let foreign = other.files().remove(0).1;
    let own = lines(&bytes);
    for line in [own[1], lines(&foreign)[1], b"{}\n", b"\n", b"{\"n\":3}\n"] {
        for at in 0..=own.len() {
            let mut more = own.clone();
            more.insert(at, line);
            bench.write(number, &more.concat());
            assert_found(&bench.check(), number, &format!("before line {at}"));
        }
    }
}

#[test]
fn a_finding_names_the_line_and_its_first_byte() {
    let bench = Bench::with(9, 3);
    let (number, bytes) = bench.files().remove(0);
    let lines = lines(&bytes);
    let offset = lines[0].len() + lines[1].len();
    let mut changed = bytes.clone();
    changed[offset + 40] ^= 1;
    bench.write(number, &changed);
    let report = bench.check();
    let text = format!("000001.jsonl, line 3, byte {offset}: entry 3 does not follow");
    assert!(
        report.faults[0].to_string().starts_with(&text),
        "{report:?}"
    );
}

#[test]
fn every_missing_file_but_the_last_is_found_by_name() {
    let bench = Bench::with(9, 12);
    let (files, head) = (bench.files(), bench.check().head.unwrap());
    for (number, bytes) in &files {
        std::fs::remove_file(bench.folder.file(*number)).unwrap();
        let report = bench.check();
        if *number < files.len() as u64 {
            let name = Folder::name(*number);
            let named = |finding: &super::verify::Finding| finding.file == name;
            assert!(report.faults.iter().any(named), "{report:?}");
        } else {
            assert_sound(&report);
            assert!(!bench.check_with(head).faults.is_empty());
        }
        bench.write(*number, bytes);
    }
}

#[test]
fn a_file_under_another_name_is_found() {
    let bench = Bench::with(9, 12);
    let from = |number| bench.folder.file(number);
    std::fs::rename(from(2), from(9)).unwrap();
    std::fs::rename(from(3), from(2)).unwrap();
    std::fs::rename(from(9), from(3)).unwrap();
    assert_found(&bench.check(), 2, "swapped files");
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

/// A crash may leave any part of the last line; it is no change, and the next start says what it dropped.
#[test]
fn a_line_cut_anywhere_is_dropped_and_said() {
    let bench = Bench::with(9, 1);
    let (number, bytes) = bench.files().remove(0);
    let last = lines(&bytes).last().unwrap().len();
    for cut in 1..last {
        for zeros in [0, 1, 4096] {
            let mut torn = bytes[..bytes.len() - cut].to_vec();
            let whole = cut == 1;
            if whole && zeros > 0 {
                continue;
            }
            torn.resize(torn.len() + zeros, 0);
            bench.write(number, &torn);
            let report = bench.check();
            assert_sound(&report);
            assert_eq!(usize::try_from(report.torn), Ok(last - cut + zeros));
            bench.open().sync().unwrap();
            let report = bench.check();
            assert_sound(&report);
            assert_eq!((report.torn, report.entries), (0, 2), "{cut}");
            let text = String::from_utf8(bench.files().remove(0).1).unwrap();
            let said = format!("\"recovered\",\"torn_bytes\":{}", last - cut + zeros);
            assert!(text.contains(&said), "{text}");
        }
    }
}

/// The crash comes while a file is being made: it is there without its first line, or with a part of it.
#[test]
fn a_file_that_has_not_begun_is_begun_again() {
    for cut in [0, 1, 50] {
        let bench = Bench::with(9, 12);
        let (number, bytes) = bench.files().pop().unwrap();
        let begin = lines(&bytes)[0];
        bench.write(number + 1, &begin[..cut]);
        assert_sound(&bench.check());
        bench.put(1);
        let report = bench.check();
        assert_sound(&report);
        assert_eq!(report.files as u64, number + 1);
    }
    let bench = Bench::new(9);
    std::fs::create_dir(bench.folder.path()).unwrap();
    private(bench.folder.path(), 0o700);
    bench.write(1, b"");
    bench.put(1);
    assert_sound(&bench.check());
}

/// What somebody has changed stays as it is: the log goes on behind it, and does not vouch for it.
#[test]
fn a_changed_log_goes_on_in_another_file() {
    let bench = Bench::with(9, 2);
    let (number, mut bytes) = bench.files().remove(0);
    let at = bytes.len() - 100;
    bytes[at] ^= 1;
    bench.write(number, &bytes);
    bench.put(2);
    assert_eq!(bench.files()[0].1, bytes);
    let report = bench.check();
    assert_eq!((report.files, report.faults.len()), (2, 1), "{report:?}");
    bench.put(2);
    assert_eq!(bench.check().faults, report.faults);
}

/// Somebody removes, replaces, cuts or lengthens the file that is being written.
#[test]
fn a_file_touched_under_the_writer_is_left_and_the_next_one_says_so() {
    let ways: [fn(&Path); 4] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| {
            let text = std::fs::read(path).unwrap();
            std::fs::rename(path, path.with_extension("old")).unwrap();
            std::fs::write(path, text).unwrap();
        },
        |path| {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_len(100).unwrap();
        },
        |path| {
            let mut text = std::fs::read(path).unwrap();
            text.push(b'\n');
            std::fs::write(path, text).unwrap();
        },
    ];
    for touch in ways {
        let bench = Bench::new(9);
        let mut log = bench.open();
        put(&mut log, 1);
        touch(&bench.folder.file(1));
        put(&mut log, 2);
        log.sync().unwrap();
        let text = String::from_utf8(bench.files().pop().unwrap().1).unwrap();
        assert!(text.contains("\"event\":\"disturbed\""), "{text}");
        assert!(text.contains("text\\\" 2\\n"), "{text}");
    }
}

#[test]
fn a_folder_or_file_open_to_others_is_not_written() {
    let bench = Bench::with(9, 1);
    private(&bench.folder.file(1), 0o640);
    assert!(Log::open(bench.folder.clone(), bench.bounds).is_err());
    private(&bench.folder.file(1), 0o600);
    private(bench.folder.path(), 0o750);
    assert!(Log::open(bench.folder.clone(), bench.bounds).is_err());
    private(bench.folder.path(), 0o700);
    bench.put(1);
}

fn private(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
