//! `handover`: two machines with the same keys, and no level that both sign.

use crate::support::messages::{attestation, block, on_mainnet, preattestation};
use crate::support::{Client, Configuration, Home, Simulator, TZ1, TZ3, assert_signed};

use super::{CLOSED, GHOSTNET, entry, home, machine, mark, marks};

/// A machine that has signed an attestation at level 100.
fn signing() -> (Simulator, Home) {
    let (board, home) = machine();
    home.init();
    let daemon = home.start();
    sign(&mut daemon.client(), 100);
    assert!(daemon.terminate().status.success());
    (board, home)
}

fn all_kinds(level: u32) -> [Vec<u8>; 3] {
    [
        block(level, 0, 1),
        preattestation(level, 0, 1),
        attestation(level, 0, 1),
    ]
}

#[track_caller]
fn sign(client: &mut Client, level: u32) {
    for message in all_kinds(level) {
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

#[track_caller]
fn refuse(client: &mut Client, level: u32, reason: &str) {
    for message in all_kinds(level) {
        client.sign(&TZ3, &message).assert_refused(409, reason);
    }
}

fn file(home: &Home) -> String {
    let path = home.path().join("handover.json");
    path.to_str().unwrap().to_owned()
}

fn words<'a>(level: &'a str, file: &'a str) -> Vec<&'a str> {
    vec![
        "handover",
        "prepare",
        "--chain",
        GHOSTNET,
        "--stop-at",
        level,
        "--output",
        file,
    ]
}

fn prepare(home: &Home, level: &str) -> String {
    let file = file(home);
    home.done(&[&words(level, &file)[..], &["--overwrite"]].concat());
    file
}

#[test]
fn one_machine_signs_up_to_the_level_and_the_other_above_it() {
    let (_board, first) = signing();
    let file = file(&first);
    let said = first.json(&words("110", &file));
    assert_eq!(said["stop_at"], 110);
    let daemon = first.start();
    let mut old = daemon.client();

    let (_board, second) = machine();
    let accepted = second.json(&["handover", "accept", &file]);
    assert_eq!(accepted["handover"], said["handover"]);
    let other = second.start();
    let mut new = other.client();

    refuse(&mut new, 110, "below the high watermark");
    sign(&mut old, 109);
    sign(&mut old, 110);
    refuse(&mut old, 111, "the key was handed over to another machine");
    sign(&mut new, 111);
    // Only this chain went to the other machine.
    let elsewhere = on_mainnet(attestation(5, 0, 1));
    assert_signed(&TZ1, &elsewhere, &old.sign(&TZ1, &elsewhere));

    // And it stays so.
    assert!(daemon.terminate().status.success());
    drop(other);
    let (daemon, other) = (first.start(), second.start());
    refuse(
        &mut daemon.client(),
        112,
        "the key was handed over to another machine",
    );
    sign(&mut daemon.client(), 110);
    sign(&mut other.client(), 112);
    let text = first.done(&["watermarks", "list"]);
    assert!(
        text.contains("(signed, handed over after level 110)"),
        "{text}"
    );
}

#[test]
fn and_back_again() {
    let (_board, first) = signing();
    let away = prepare(&first, "110");
    let (_board, second) = machine();
    second.done(&["handover", "accept", &away]);
    let daemon = second.start();
    sign(&mut daemon.client(), 115);
    drop(daemon);
    let back = prepare(&second, "120");
    first.done(&["handover", "accept", &back]);
    let (old, new) = (first.start(), second.start());
    refuse(&mut old.client(), 120, "below the high watermark");
    sign(&mut old.client(), 121);
    sign(&mut new.client(), 120);
    refuse(&mut new.client(), 121, "handed over");
    drop((old, new));

    // Files of the past change nothing.
    for (home, old) in [(&second, &away), (&first, &away), (&first, &back)] {
        let before = marks(home);
        let log = home.refused(&["handover", "accept", old]);
        assert!(log.contains("nothing was accepted"), "{log}");
        assert_eq!(marks(home), before);
    }
}

/// The file is for the other machine; taken here, both would go on.
#[test]
fn a_machine_does_not_accept_its_own_handover() {
    let (_board, first) = signing();
    for level in ["120", "110"] {
        let away = prepare(&first, level);
        let log = first.refused(&["handover", "accept", &away]);
        assert!(log.contains("this machine itself has handed"), "{log}");
    }
    refuse(&mut first.start().client(), 111, "handed over");
}

/// Between the last level and the file: the machine is bound, and preparing again writes the file.
#[test]
fn a_handover_that_was_cut_short_is_prepared_again() {
    let (_board, first) = signing();
    let nowhere = first.path().join("missing/handover.json");
    let log = first.refused(&words("110", nowhere.to_str().unwrap()));
    assert!(
        log.contains("signs nothing above level 110 any more"),
        "{log}"
    );
    let daemon = first.start();
    sign(&mut daemon.client(), 110);
    refuse(&mut daemon.client(), 111, "handed over");
    drop(daemon);
    let once = std::fs::read(prepare(&first, "110")).unwrap();
    let again = std::fs::read(prepare(&first, "110")).unwrap();
    assert_eq!(once, again);
    first.done(&words("110", &file(&first)));
}

#[test]
fn the_level_may_come_down_and_not_go_up() {
    let (_board, first) = signing();
    let file = file(&first);
    let log = first.refused(&words("100101", &file));
    assert!(
        log.contains("more than 100000 above the highest mark"),
        "{log}"
    );
    prepare(&first, "120");
    prepare(&first, "110");
    let log = first.refused(&words("111", &file));
    assert!(log.contains("handover cancel"), "{log}");
    let log = first.refused(&words("99", &file));
    assert!(log.contains("level 99 is too low"), "{log}");
    assert_eq!(entry(&first, &TZ3, "block")["last_level"], 110);
}

#[test]
fn what_was_handed_over_is_taken_back_only_with_the_level_typed() {
    let (_board, first) = signing();
    let cancel = ["handover", "cancel"];
    let log = first.refused(&cancel);
    assert!(log.contains("nothing has been handed over"), "{log}");
    prepare(&first, "110");
    let before = marks(&first);
    let ended = first.run_typing(&cancel, "111\n");
    assert!(
        ended.log.contains("DANGER") && ended.log.contains("nothing was changed"),
        "{ended:?}"
    );
    assert_eq!(marks(&first), before);
    let ended = first.run_typing(&cancel, "110\n");
    assert!(ended.status.success(), "{ended:?}");
    let record = std::fs::read_to_string(first.state().join("lowered.log")).unwrap();
    assert_eq!(record.lines().count(), 9, "{record}");
    assert!(record.contains("after level 110 cancelled"), "{record}");
    sign(&mut first.start().client(), 111);
    prepare(&first, "130");
}

#[test]
fn a_handover_is_accepted_whole_or_not_at_all() {
    let (_board, first) = signing();
    let file = prepare(&first, "110");
    let (_board, second) = machine();
    let text = std::fs::read_to_string(&file).unwrap();

    std::fs::write(&file, text.replace("110", "109")).unwrap();
    let log = second.refused(&["handover", "accept", &file]);
    assert!(log.contains("checksum is wrong"), "{log}");
    std::fs::write(&file, &text).unwrap();

    let configuration = Configuration::serial(std::path::Path::new("/nonexistent/board"));
    second.configure(&configuration.with("keys", &format!("[{}]", TZ3.entry(false))));
    let log = second.refused(&["handover", "accept", &file]);
    assert!(log.contains("is not among the keys"), "{log}");
    assert!(!second.state().exists());

    // One key has been signed for above the level: none is accepted.
    let third = home();
    let raise = [
        "watermarks",
        "raise",
        "--chain",
        GHOSTNET,
        "--level",
        "111",
        "--kind",
        "block",
    ];
    third.done(&[&raise[..], &["--key", TZ3.address]].concat());
    let before = marks(&third);
    let log = third.refused(&["handover", "accept", &file]);
    assert!(log.contains("both machines have been signing"), "{log}");
    assert_eq!(marks(&third), before);
}

#[test]
fn one_key_can_go_alone_and_a_mark_made_later_goes_with_it() {
    let home = home();
    let file = file(&home);
    let marks = format!(r#"[(chain: "{GHOSTNET}", level: 0, kind: "block")]"#);
    let configuration = Configuration::serial(std::path::Path::new("/nonexistent/board"));
    std::fs::remove_file(home.journal()).unwrap();
    home.configure(&configuration.clone().with("high_water_marks", &marks));
    home.init();
    home.done(&[&words("110", &file)[..], &["--key", TZ3.address]].concat());
    home.configure(&configuration);
    home.init();
    assert_eq!(entry(&home, &TZ3, "attestation")["last_level"], 110);
    assert!(entry(&home, &TZ1, "block").get("last_level").is_none());

    let other = super::bare_home();
    other.done(&["handover", "accept", &file]);
    other.done(&["handover", "accept", &file]);
    assert_eq!(mark(&other, &TZ3, "preattestation"), (110, CLOSED));
    let list = other.json(&["watermarks", "list"]);
    assert_eq!(list["marks"].as_array().unwrap().len(), 3);
}

#[test]
fn several_chains_have_several_levels() {
    let home = home();
    let file = file(&home);
    let log = home.refused(&["handover", "prepare", "--stop-at", "110", "--output", &file]);
    assert!(log.contains("name one with --chain"), "{log}");
    let unknown = [
        &words("110", &file)[..],
        &["--key", "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr"],
    ];
    let log = home.refused(&unknown.concat());
    assert!(log.contains("no such marks to hand over"), "{log}");
}
