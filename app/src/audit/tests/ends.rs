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

/// A power cut may take any sector of what was not synced, and leave those behind it.
#[test]
fn sectors_that_a_power_cut_took_are_dropped_and_said() {
    let bench = Bench {
        bounds: AuditBounds {
            files: 9,
            bytes: 1 << 20,
        },
        ..Bench::with(9, 0)
    };
    bench.put(3);
    let synced = bench.files()[0].1.len();
    bench.put(20);
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
            let report = bench.check();
            assert_sound(&report);
            assert!(report.torn > 0, "sectors {one} and {other}");
            bench.open().sync().unwrap();
            assert_sound(&bench.check());
            let after = &bench.files()[0].1;
            assert!(after.len() >= synced && bytes.starts_with(&after[..synced]));
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
