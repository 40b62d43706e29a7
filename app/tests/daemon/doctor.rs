//! `doctor`: it says what it finds, ends accordingly, and leaves everything as it was.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

use crate::support::messages::{attestation, operation};
use crate::support::{
    Configuration, Ended, Home, PROGRAM, Process, Simulator, TZ3, assert_signed, on_board,
};

const PROFILE: &str = "latency: Instant";

/// A home whose HSM is at this port, with marks.
fn home_on(port: &Path) -> Home {
    let home = Home::new(&Configuration::serial(port));
    home.init();
    home
}

/// Requires that something must be mended, and that this is said.
#[track_caller]
fn assert_fails(ended: &Ended, said: &str) {
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let mut lines = ended.out.lines();
    let fail = lines.find(|line| line.trim_start().starts_with("FAIL") && line.contains(said));
    assert!(fail.is_some(), "no FAIL with {said}: {ended:?}");
}

#[test]
fn a_sound_board_with_its_marks_is_found_sound() {
    let board = Simulator::start(PROFILE);
    let ended = home_on(board.path()).run(&["doctor"]);
    assert!(ended.status.success(), "{ended:?}");
    for text in [
        &format!("{}, as configured", TZ3.address),
        "answers are those of the published firmware 0.2.0",
        "block of tz3",
        "Octez 25.1 or newer",
        "0 to be mended",
    ] {
        assert!(ended.out.contains(text), "{text}: {ended:?}");
    }
}

#[test]
fn a_board_alone_is_examined_without_a_configuration() {
    let board = Simulator::start(PROFILE);
    let ended = Process::start(
        Command::new(PROGRAM)
            .args(["doctor", "--port"])
            .arg(board.path()),
    )
    .wait();
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.out.contains(TZ3.address), "{ended:?}");
    assert!(!ended.out.contains("Marks in"), "{ended:?}");
}

#[test]
fn a_simulated_hsm_is_examined_as_the_daemon_would_run_it() {
    let home = Home::new(&Configuration::simulated());
    let ended = home.run(&["doctor"]);
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.out.contains("its keys are public"), "{ended:?}");
    assert!(!home.state().exists(), "nothing is made");
}

#[test]
fn a_stranger_s_key_is_named_with_the_configured_one() {
    let other =
        "keys: (p256: \"0101010101010101010101010101010101010101010101010101010101010101\")";
    let board = Simulator::start(&format!("{PROFILE}, {other}"));
    let ended = home_on(board.path()).run(&["doctor"]);
    assert_fails(&ended, &format!("the configuration says {}", TZ3.address));
    assert_fails(&ended, "the device holds tz3");
}

#[test]
fn a_secure_element_that_does_not_answer_is_named() {
    let board = Simulator::start(&format!("{PROFILE}, chip_fault: Absent"));
    let ended = home_on(board.path()).run(&["doctor"]);
    assert_fails(&ended, "the secure element does not answer");
}

#[test]
fn a_port_behind_which_nothing_answers_is_told_from_one_that_is_not_there() {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = File::from(openpt(flags).unwrap());
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let dead = Path::new(name.to_str().unwrap());
    let ended = home_on(dead).run(&["doctor"]);
    assert_fails(&ended, "opened, but nothing answers");
    let ended = home_on(Path::new("/dev/no-such-port")).run(&["doctor"]);
    assert_fails(&ended, "there is no such device");
}

#[test]
fn a_port_that_the_daemon_holds_is_left_to_it_and_the_daemon_named() {
    let (_board, home, daemon) = on_board(PROFILE);
    daemon.wait_ready(1);
    let ended = home.run(&["doctor"]);
    let holder = format!("held by tezio-signer (process {})", daemon.id());
    assert_fails(&ended, &holder);
    assert!(ended.out.contains("systemctl stop"), "{ended:?}");
    // The marks are read all the same, and the daemon was not disturbed.
    assert!(ended.out.contains("block of tz3"), "{ended:?}");
    let message = operation(1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    assert!(!daemon.log().text().contains("HSM port lost"));
}

#[test]
fn missing_marks_are_named_with_the_command_that_makes_them() {
    let board = Simulator::start(PROFILE);
    let home = Home::new(&Configuration::serial(board.path()));
    let ended = home.run(&["doctor"]);
    assert_fails(&ended, "cannot be opened");
    assert!(ended.out.contains("watermarks init"), "{ended:?}");
    assert!(!home.state().exists(), "nothing is made");
}

#[test]
fn another_firmware_is_told_from_the_published_one() {
    let board = Simulator::start(&format!("{PROFILE}, switched_off: (p256: [34])"));
    let ended = home_on(board.path()).run(&["doctor"]);
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.out.contains("this is another one"), "{ended:?}");
    assert!(ended.out.contains("VERIFY with key 3"), "{ended:?}");
}

/// The board's first SIGN is the one that goes wrong: it is still to come after the examination. And
/// its own marks are where they were.
#[test]
fn nothing_is_signed_and_no_mark_moved() {
    let board = Simulator::start(&format!(
        "{PROFILE}, faults: [(fault: Silence, when: Sign(1))]"
    ));
    let times = "(request_ms: 20000, hsm_reply_ms: 1000)";
    let home = Home::new(&Configuration::serial(board.path()).with("timeouts", times));
    home.init();
    let before = std::fs::read(home.journal()).unwrap();
    assert!(home.run(&["doctor"]).status.success());
    assert_eq!(std::fs::read(home.journal()).unwrap(), before);
    let daemon = home.start();
    daemon.wait_ready(1);
    let mut client = daemon.client();
    let first = client.sign(&TZ3, &operation(1));
    first.assert_refused(500, "HSM did not answer in time");
    let lowest = attestation(1, 0, 1);
    assert_signed(&TZ3, &lowest, &client.sign(&TZ3, &lowest));
}

#[test]
fn a_configuration_that_is_not_sound_is_all_that_is_said() {
    let home = Home::new(&Configuration::simulated().without("keys"));
    let ended = home.run(&["doctor"]);
    assert_fails(&ended, "keys");
    assert!(!ended.out.contains("This machine"), "{ended:?}");
}

#[test]
fn json_says_the_same() {
    let home = Home::new(&Configuration::simulated());
    let ended = home.run(&["doctor", "--json"]);
    assert!(ended.status.success(), "{ended:?}");
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["fails"], 0);
    let sections = report["sections"].as_array().unwrap();
    let titles: Vec<_> = sections
        .iter()
        .filter_map(|section| section["title"].as_str())
        .collect();
    assert!(titles.contains(&"HSM hsm"), "{titles:?}");
    for section in sections {
        for finding in section["findings"].as_array().unwrap() {
            let grade = finding["grade"].as_str().unwrap();
            assert!(["ok", "note", "warn"].contains(&grade), "{finding}");
        }
    }
}
