//! What a start makes of every end, and a writer of whoever touches its file.

use super::*;

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

/// A log in one file, and how much of it was there before the last entries.
fn long(first: u64, last: u64) -> (Bench, usize) {
    let mut bench = Bench::new(9);
    bench.bounds.bytes = 1 << 20;
    bench.put(first);
    let synced = bench.files()[0].1.len();
    bench.put(last);
    (bench, synced)
}

/// A power cut may take any sector of what was not synced, and leave those behind it. What is left stays
/// there.
#[test]
fn sectors_that_a_power_cut_took_are_said_and_all_others_stay() {
    let (bench, synced) = long(3, 20);
    let (number, bytes) = bench.files().remove(0);
    let sectors = synced / 512..bytes.len().div_ceil(512);
    assert!(sectors.len() > 5);
    for one in sectors.clone() {
        for other in one..sectors.end {
            let mut cut = bytes.clone();
            for sector in [one, other] {
                let end = bytes.len().min((sector + 1) * 512);
                cut[synced.max(sector * 512)..end].fill(0);
            }
            bench.write(number, &cut);
            let what = format!("sectors {one} and {other}");
            let report = bench.check();
            assert_sound(&report);
            assert!(report.torn > 0 || !report.notes.is_empty(), "{what}");
            bench.open().sync().unwrap();
            assert_sound(&bench.check());
            let end = cut.iter().rposition(|byte| *byte == b'\n').unwrap();
            let after = bench.files().remove(0).1;
            assert!(after.starts_with(&cut[..=end]), "{what}");
            bench.put(1);
            assert_sound(&bench.check());
            for (number, _) in bench.files().into_iter().skip(1) {
                std::fs::remove_file(bench.folder.file(number)).unwrap();
            }
        }
    }
}

/// Neither what was synced long ago nor a signer's begin and end are lost in a power cut.
#[test]
fn a_hole_with_other_entries_behind_it_is_found_and_erases_nothing() {
    let later = || {
        let at = SystemTime::now() + core::time::Duration::from_secs(3);
        Note { at, ..note(1) }
    };
    let ended = || Note {
        at: SystemTime::now(),
        event: Event::Ended {
            start: 1,
            signal: "SIGTERM",
            settled: true,
        },
    };
    for entry in [later, ended] as [fn() -> Note; 2] {
        let (bench, synced) = long(3, 20);
        let mut log = bench.open();
        log.seal(&entry());
        log.sync().unwrap();
        let (number, mut bytes) = bench.files().remove(0);
        let hole = synced.next_multiple_of(512);
        bytes[hole..hole + 512].fill(0);
        bench.write(number, &bytes);
        let report = bench.check();
        assert_eq!(report.faults.len(), 1, "{report:?}");
        let found = report.faults[0].to_string();
        assert!(found.starts_with("000001.jsonl, line "), "{found}");
        assert!(found.contains("zeros in the place of entries"), "{found}");
        bench.put(2);
        let files = bench.files();
        assert_eq!((files.len(), &files[0].1), (2, &bytes));
        let said = String::from_utf8(files[1].1.clone()).unwrap();
        let second = said.lines().nth(1).unwrap();
        assert!(second.contains("\"disturbed\""), "{second}");
        assert!(
            second.contains(found.split(": ").next().unwrap()),
            "{second}"
        );
        assert_eq!(bench.check().faults, report.faults);
    }
}

/// Sectors of a file's very begin.
#[test]
fn a_file_whose_begin_is_lost_goes_on_in_another() {
    let bench = Bench::with(9, 12);
    let (number, bytes) = bench.files().pop().unwrap();
    let mut lost = vec![0; 512];
    lost.extend_from_slice(bytes.get(512..).unwrap_or_default());
    for text in [&lost[..], b"no entry\n"] {
        bench.write(number, text);
        let was_sound = bench.check().faults.is_empty();
        bench.put(2);
        let report = bench.check();
        assert_eq!(report.faults.is_empty(), was_sound);
        let name = Folder::name(number);
        let elsewhere = report.faults.iter().find(|fault| fault.file != name);
        assert_eq!(elsewhere, None);
        std::fs::remove_file(bench.folder.file(number + 1)).unwrap();
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
