//! What a check finds of every change.

use super::*;
use crate::audit::Finding;
use crate::audit::chain::seal;

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
            let named = |finding: &Finding| finding.file == name;
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

/// Whoever may write the files can make a chain that holds, with numbers of his own. It stops nobody.
#[test]
fn numbers_at_their_end_stop_nobody() {
    let bench = Bench::with(9, 1);
    let head = r#"{"n":18446744073709551615,"event":"file","file":999999999999,"prev":""#;
    let object = format!("{head}{}\"}}", Hash::NONE);
    let (line, _) = seal(Hash::NONE, &object);
    bench.write(999_999_999_999, line.as_bytes());
    bench.write(u64::MAX, line.as_bytes());
    bench.put(3);
    assert!(!bench.check().faults.is_empty());
}

/// No line is so long that what stands behind it is not looked at.
#[test]
fn a_line_without_end_is_no_torn_one() {
    let bench = Bench::with(9, 1);
    let (number, bytes) = bench.files().remove(0);
    let long = [&bytes[..], b"{", &vec![b' '; 5 << 20]].concat();
    bench.write(number, &long);
    assert_found(&bench.check(), number, "a long line");
    bench.put(1);
    assert_eq!(bench.files()[0].1.len(), long.len());
}

#[test]
fn what_cannot_be_read_is_named() {
    let bench = Bench::with(9, 1);
    std::fs::create_dir(bench.folder.file(2)).unwrap();
    let error = verify(&bench.folder, None, &mut BTreeSet::new()).unwrap_err();
    assert!(error.to_string().starts_with("000002.jsonl: "), "{error}");
}

#[test]
fn an_emptied_file_is_found() {
    let bench = Bench::with(9, 12);
    for (number, bytes) in bench.files().iter().rev().skip(1) {
        bench.write(*number, b"");
        assert_found(&bench.check(), *number, "an emptied file");
        bench.write(*number, bytes);
    }
    let bench = Bench::with(9, 1);
    bench.write(1, b"");
    assert!(!bench.check().notes.is_empty());
}
