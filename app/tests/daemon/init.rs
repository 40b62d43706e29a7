//! `init`: from a plugged-in board to a daemon that signs, with no more than its owner must say.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::messages::{attestation, operation};
use crate::support::{Daemon, Ended, PROGRAM, Process, Simulator, TZ1, TZ2, TZ3, assert_signed};

const PROFILE: &str = "latency: Instant";

/// A folder in which a configuration comes to be.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.ron");
    (folder, file)
}

fn run(words: &[&str], last: &Path) -> Ended {
    Process::start(Command::new(PROGRAM).args(words).arg(last)).wait()
}

#[track_caller]
fn succeed(words: &[&str], last: &Path) -> String {
    let ended = run(words, last);
    assert!(ended.status.success(), "{words:?}: {ended:?}");
    ended.out
}

fn init(board: &Simulator, file: &Path) -> Ended {
    let port = board.path().to_str().unwrap();
    run(&["init", "--port", port, "--output"], file)
}

/// What an owner changes by hand; here also the ports, since tests share them.
fn edit(file: &Path, changes: &[(&str, &str)]) {
    let mut text = std::fs::read_to_string(file).unwrap();
    let ports = [
        ("127.0.0.1:6732", "127.0.0.1:0"),
        ("127.0.0.1:7732", "127.0.0.1:0"),
    ];
    for (from, to) in ports.iter().chain(changes) {
        assert!(text.contains(from), "{from}: {text}");
        text = text.replace(from, to);
    }
    std::fs::write(file, text).unwrap();
}

fn start(file: &Path) -> Daemon {
    let daemon = Daemon::start(Command::new(PROGRAM).args(["run", "--config"]).arg(file));
    daemon.wait_ready(1);
    daemon
}

#[test]
fn a_board_s_owner_comes_from_init_to_a_signature() {
    let board = Simulator::start(PROFILE);
    let (_folder, file) = folder();
    let ended = init(&board, &file);
    assert!(ended.status.success(), "{ended:?}");
    for key in [TZ1, TZ2, TZ3] {
        assert!(ended.out.contains(key.address), "{ended:?}");
    }
    succeed(&["check", "--config"], &file);
    // Nothing is signed before its owner has said from where on.
    let early = run(&["watermarks", "init", "--config"], &file);
    assert!(early.log.contains("no high_water_marks"), "{early:?}");
    edit(
        &file,
        &[(
            "// (chain: \"NetXdQprcVkpaWU\", level: 0)",
            "(chain: \"NetXnHfVqm9iesp\", level: 5)",
        )],
    );
    succeed(&["watermarks", "init", "--config"], &file);
    succeed(&["doctor", "--config"], &file);
    let daemon = start(&file);
    let mut client = daemon.client();
    let message = attestation(6, 0, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    client
        .sign(&TZ3, &attestation(5, 0, 1))
        .assert_refused(409, "high watermark");
    // A baking key must not be there for emptying, nor any other without a word.
    for key in [TZ1, TZ2, TZ3] {
        let answer = client.sign(&key, &operation(1));
        answer.assert_refused(403, "0x03");
    }
}

#[test]
fn a_simulated_one_runs_as_it_is_written() {
    let (_folder, file) = folder();
    succeed(&["init", "--simulated", "--output"], &file);
    edit(&file, &[]);
    let daemon = start(&file);
    let message = attestation(1, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
}

/// Once `--service` was taken for given, since a switch that is off has a value too.
#[test]
fn without_a_word_the_file_and_its_marks_are_here() {
    let (folder, file) = folder();
    let mut command = Command::new(PROGRAM);
    command.current_dir(folder.path());
    let ended = Process::start(command.args(["init", "--simulated"])).wait();
    assert!(ended.status.success(), "{ended:?}");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("state: \"state\","), "{text}");
}

#[test]
fn marks_are_kept_where_their_owner_says() {
    let (folder, file) = folder();
    let state = folder.path().join("marks");
    let words = ["init", "--simulated", "--state", state.to_str().unwrap()];
    succeed(&[&words[..], &["--output"]].concat(), &file);
    succeed(&["watermarks", "init", "--config"], &file);
    assert!(state.join("simulated.journal").exists());
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let board = Simulator::start(PROFILE);
    let (_folder, file) = folder();
    std::fs::write(&file, "mine").unwrap();
    let ended = init(&board, &file);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.log.contains("is there already"), "{ended:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_board_that_shows_no_key_leaves_no_file() {
    let (_folder, file) = folder();
    for (profile, said) in [
        ("chip_fault: Absent", "no key to sign with"),
        ("faults: [(fault: GarbageKey)]", "no key to sign with"),
        ("faults: [(fault: Silence)]", "nothing sensible comes"),
    ] {
        let board = Simulator::start(&format!("{PROFILE}, {profile}"));
        let ended = init(&board, &file);
        assert_eq!(ended.status.code(), Some(1), "{profile}: {ended:?}");
        assert!(ended.log.contains(said), "{profile}: {ended:?}");
        assert!(!file.exists(), "{profile}");
    }
}

#[test]
fn a_board_that_is_not_plugged_in_is_named() {
    let (_folder, file) = folder();
    let ended = run(&["init", "--usb", "no-such-board", "--output"], &file);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.log.contains("no-such-board"), "{ended:?}");
    assert!(!file.exists());
}

#[test]
fn for_the_service_it_names_the_service_s_places_and_lets_its_group_read() {
    let board = Simulator::start(PROFILE);
    let (_folder, file) = folder();
    let port = board.path().to_str().unwrap();
    let told = succeed(&["init", "--service", "--port", port, "--output"], &file);
    assert!(
        told.contains("systemctl enable --now tezio-signer"),
        "{told}"
    );
    assert!(
        told.contains("sudo -u tezio-signer tezio-signer watermarks init"),
        "{told}"
    );
    let text = std::fs::read_to_string(&file).unwrap();
    for line in [
        "state: \"/var/lib/tezio-signer\",",
        "monitor: \"127.0.0.1:9632\",",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}
