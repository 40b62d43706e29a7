//! The commands that a newcomer and a tester begin with.

use std::process::Command;

use crate::support::messages::operation;
use crate::support::{Configuration, Daemon, Home, PROGRAM, Simulator, TZ3, assert_signed};

/// The body and the path of a `curl` line.
fn read_curl(line: &str) -> (String, String) {
    let body = line.split('\'').nth(3).unwrap().to_owned();
    let url = line.rsplit(' ').next().unwrap();
    let path = url.splitn(4, '/').nth(3).unwrap();
    (format!("/{path}"), body)
}

#[test]
fn the_demo_s_first_line_signs_and_its_second_is_refused() {
    let daemon = Daemon::start(Command::new(PROGRAM).args(["demo", "--port", "0", "--instant"]));
    let first = daemon.out().wait_for_nth("curl ", 1);
    let second = daemon.out().wait_for_nth("curl ", 2);
    assert!(first.contains(&daemon.address().to_string()), "{first}");
    let mut client = daemon.client();
    let (path, body) = read_curl(&first);
    let message = hex::decode(body.trim_matches('"')).unwrap();
    let signature = assert_signed(&TZ3, &message, &client.post(&path, &body));
    let again = assert_signed(&TZ3, &message, &client.post(&path, &body));
    assert_eq!(again, signature);
    let (path, body) = read_curl(&second);
    let answer = client.post(&path, &body);
    answer.assert_refused(409, "different data");
    let ended = daemon.terminate();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[test]
fn a_simulated_board_prints_its_path_first_and_takes_its_link_along() {
    let links = tempfile::tempdir().unwrap();
    let link = links.path().join("board");
    let board = Simulator::linked("latency: Instant", &link);
    assert_eq!(std::fs::read_link(&link).unwrap(), board.path());
    let home = Home::new(&Configuration::serial(&link));
    home.init();
    let daemon = home.start();
    let message = operation(1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    assert!(daemon.terminate().status.success());
    let path = board.path().to_owned();
    let ended = board.terminate();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(ended.out.lines().next(), path.to_str());
    assert!(!link.is_symlink());
}

#[test]
fn a_profile_that_is_not_sound_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.ron");
    std::fs::write(&profile, "(\n  latency: Soon,\n)").unwrap();
    let mut command = Command::new(PROGRAM);
    let output = command
        .args(["simulate", "--profile"])
        .arg(&profile)
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("profile.ron") && log.contains("2:"), "{log}");
}
