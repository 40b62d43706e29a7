//! `watermarks mend`: from a damaged journal to one that signs nothing twice.

use crate::support::messages::{attestation, block};
use crate::support::{Home, RECORD, Simulator, TZ3, assert_signed};

use super::{CLOSED, GHOSTNET, MAINNET, entry, home, machine, mark, marks};

type Change<'a> = &'a dyn Fn(&mut Vec<u8>);

/// A home whose daemon has signed an attestation at level 70, round 3 and been killed.
fn used() -> (Simulator, Home, String) {
    let (board, home) = machine();
    home.init();
    let daemon = home.start();
    let message = attestation(70, 3, 1);
    let signature = assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    daemon.kill();
    (board, home, signature)
}

fn journal(home: &Home) -> Vec<u8> {
    std::fs::read(home.journal()).unwrap()
}

fn ghostnet(level: u32) -> String {
    format!("{GHOSTNET}={level}")
}

fn damage(home: &Home, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = journal(home);
    change(&mut bytes);
    std::fs::write(home.journal(), &bytes).unwrap();
    bytes
}

#[test]
fn after_any_damage_marks_are_where_the_operator_says_and_signing_goes_on() {
    let last = |home: &Home| usize::try_from(home.journal_end()).unwrap() - RECORD;
    let (_board, home, _) = used();
    let last = last(&home);
    let damages: [(&str, Change<'_>); 6] = [
        ("a flipped bit in the last record", &|bytes| {
            bytes[last + 30] ^= 4
        }),
        ("a record gone", &|bytes| {
            drop(bytes.drain(2 * RECORD..3 * RECORD))
        }),
        ("a sector of zeros", &|bytes| bytes[512..1024].fill(0)),
        ("another first line", &|bytes| bytes[..4].fill(0xff)),
        ("another version in the first line", &|bytes| {
            bytes[12] = b'2'
        }),
        ("nothing left", &|bytes| bytes.clear()),
    ];
    let sound = journal(&home);
    for (number, (what, change)) in (1..).zip(damages) {
        std::fs::write(home.journal(), &sound).unwrap();
        let damaged = damage(&home, change);
        home.refused(&["run"]);
        let words = [
            "watermarks",
            "mend",
            "--level",
            &ghostnet(75),
            "--level",
            "NetXdQprcVkpaWU=9",
        ];
        let mended = home.json(&words);
        let copy = home.state().join(format!("marks.journal.damaged-{number}"));
        assert_eq!(mended["damaged"], copy.to_str().unwrap(), "{what}");
        assert!(std::fs::read(copy).unwrap() == damaged, "{what}");
        let report = home.json(&["watermarks", "verify"]);
        assert_eq!(
            (&report["marks"], &report["sound"]),
            (&18.into(), &true.into()),
            "{what}"
        );
        for kind in ["block", "preattestation", "attestation"] {
            assert_eq!(mark(&home, &TZ3, kind), (75, CLOSED), "{what}");
        }
    }
    let daemon = home.start();
    let mut client = daemon.client();
    for below in [
        attestation(70, 3, 1),
        attestation(75, 9, 1),
        block(75, 0, 1),
    ] {
        let answer = client.sign(&TZ3, &below);
        answer.assert_refused(409, "below the high watermark");
    }
    let next = attestation(76, 0, 1);
    assert_signed(&TZ3, &next, &client.sign(&TZ3, &next));
}

/// Who knows the round as well keeps the signature that was salvaged at it.
#[test]
fn what_was_salvaged_and_is_higher_stays_with_its_signature() {
    let (_board, home, signature) = used();
    damage(&home, |bytes| bytes[RECORD + 30] ^= 4);
    let words = ["watermarks", "mend", "--level", &ghostnet(70), "--level"];
    let mainnet = format!("{MAINNET}=0");
    home.done(&[&words[..], &[&mainnet, "--round", "1"]].concat());
    assert_eq!(mark(&home, &TZ3, "block"), (70, 1));
    let kept = entry(&home, &TZ3, "attestation");
    assert_eq!((&kept["level"], &kept["round"]), (&70.into(), &3.into()));
    let daemon = home.start();
    let message = attestation(70, 3, 1);
    let again = assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    assert_eq!(again, signature);
}

#[test]
fn a_level_below_what_still_reads_is_refused() {
    let (_board, home, _) = used();
    let damaged = damage(&home, |bytes| bytes[RECORD + 30] ^= 4);
    let mainnet = format!("{MAINNET}=9");
    let words = ["watermarks", "mend", "--level", &mainnet, "--level"];
    let log = home.refused(&[&words[..], &[&ghostnet(69)]].concat());
    assert!(log.contains("level 69 is too low"), "{log}");
    assert!(log.contains("at level 70 round 3"), "{log}");
    for level in ["80", &mainnet] {
        let log = home.refused(&["watermarks", "mend", "--level", level]);
        assert!(log.contains("name a level for"), "{log}");
    }
    assert!(journal(&home) == damaged);
    assert!(!home.state().join("marks.journal.damaged-1").exists());
}

#[test]
fn a_sound_journal_is_not_mended() {
    let home = home();
    let before = marks(&home);
    let log = home.refused(&["watermarks", "mend", "--level", "5"]);
    assert!(log.contains("is sound: there is nothing to mend"), "{log}");
    assert_eq!(marks(&home), before);
    let (_board, home) = machine();
    home.init();
    let _daemon = home.start();
    let log = home.refused(&["watermarks", "mend", "--level", "5"]);
    assert!(log.contains("another tezio-signer is running"), "{log}");
}

#[test]
fn a_journal_of_a_later_version_is_left_to_that_version() {
    let home = home();
    let before = damage(&home, |bytes| {
        bytes[12] = b'2';
        bytes[RECORD..].fill(2);
    });
    let log = home.refused(&["watermarks", "mend", "--level", "5"]);
    assert!(
        log.contains("run the version of tezio-signer that wrote it"),
        "{log}"
    );
    let log = home.refused(&["run"]);
    assert!(log.contains("was written by another version"), "{log}");
    assert!(!log.contains("put it back"), "{log}");
    assert!(journal(&home) == before);
}

/// As a power cut leaves it: the copy is there, the new journal is half written, the damaged one is
/// still in its place.
#[test]
fn mending_that_was_cut_short_is_done_again() {
    let home = home();
    let damaged = damage(&home, |bytes| bytes[RECORD + 30] ^= 4);
    std::fs::write(home.state().join("marks.journal.damaged-1"), &damaged).unwrap();
    let new = home.state().join("marks.journal.new");
    std::fs::copy(home.journal(), &new).unwrap();
    std::fs::write(&new, &damaged[..300]).unwrap();
    let mainnet = format!("{MAINNET}=9");
    let levels = [
        "watermarks",
        "mend",
        "--level",
        &mainnet,
        "--level",
        &ghostnet(5),
    ];
    let mended = home.json(&levels);
    assert!(
        mended["damaged"].as_str().unwrap().ends_with("damaged-2"),
        "{mended:#}"
    );
    assert_eq!(home.json(&["watermarks", "verify"])["records"], 18);
    assert!(!new.exists());
}
