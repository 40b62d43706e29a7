//! `watermarks lower`: the one way down takes certainty, and leaves a record.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::messages::attestation;
use crate::support::{Configuration, Home, Simulator, TZ3, assert_signed};

use super::{GHOSTNET, entry, home, machine, mark, marks};

fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "watermarks",
        "lower",
        "--chain",
        GHOSTNET,
        "--key",
        TZ3.address,
    ];
    [&words[..], &["--kind", "attestation"], more].concat()
}

fn record(home: &Home) -> Option<String> {
    std::fs::read_to_string(home.state().join("lowered.log")).ok()
}

/// A home whose mark is parked at level 900, round 3.
fn parked() -> Home {
    let home = home();
    let raise = [
        "watermarks",
        "raise",
        "--chain",
        GHOSTNET,
        "--level",
        "900",
        "--round",
        "3",
    ];
    home.done(&raise);
    home
}

#[test]
fn without_the_mark_as_it_is_nothing_is_lowered() {
    let home = parked();
    let before = marks(&home);
    let lower = words(&["--level", "100"]);
    for typed in [
        "",
        "\n",
        "900\n",
        "900/0\n",
        "100/0\n",
        "yes\n",
        "level 900 round 3\n",
    ] {
        let ended = home.run_typing(&lower, typed);
        assert_eq!(ended.status.code(), Some(1), "{typed:?}: {ended:?}");
        assert!(ended.log.contains("nothing was changed"), "{ended:?}");
        assert!(ended.log.contains("DANGER"), "{ended:?}");
    }
    home.refused(&words(&["--level", "100", "--current", "900/2"]));
    assert_eq!(marks(&home), before);
    assert_eq!(record(&home), None);
}

#[test]
fn typed_as_it_is_the_mark_is_lowered_and_recorded() {
    let home = parked();
    let ended = home.run_typing(&words(&["--level", "100", "--round", "1"]), "900/3\n");
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        ended
            .out
            .contains("level 100 round 1 (lowered, was level 900 round 3)"),
        "{ended:?}"
    );
    let lowered = entry(&home, &TZ3, "attestation");
    assert_eq!(lowered["origin"], "lowered");
    assert_eq!(lowered["lowered_from"]["level"], 900);
    assert_eq!(mark(&home, &TZ3, "attestation"), (100, 1));
    assert_eq!(mark(&home, &TZ3, "block"), (900, 3));

    home.json(&words(&["--level", "90", "--current", "100/1"]));
    let record = record(&home).unwrap();
    let lines: Vec<&str> = record.lines().collect();
    assert_eq!(lines.len(), 2, "{record}");
    let expected = format!(
        "attestation of {} on {GHOSTNET} lowered from level 900 round 3 to level 100 round 1",
        TZ3.address
    );
    assert!(
        lines[0].starts_with("20") && lines[0].contains("Z user "),
        "{record}"
    );
    assert!(lines[0].ends_with(&expected), "{record}");
    let path = home.state().join("lowered.log");
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// What a forged request has parked can be signed for again, and only above the new mark; a restart
/// and a raise above keep it so.
#[test]
fn a_lowered_mark_is_signed_from() {
    let (_board, home) = machine();
    home.init();
    let daemon = home.start();
    let far = attestation(90_000, 0, 1);
    assert_signed(&TZ3, &far, &daemon.client().sign(&TZ3, &far));
    let lower = words(&["--level", "100", "--current", "90000/0"]);
    let log = home.refused(&lower);
    assert!(log.contains("another tezio-signer is running"), "{log}");
    assert!(daemon.terminate().status.success());
    home.done(&lower);
    // The board's own mark goes with its power.
    let board = Simulator::start("latency: Instant");
    home.configure(&Configuration::serial(board.path()));
    for level in [101, 102] {
        let daemon = home.start();
        let mut client = daemon.client();
        let answer = client.sign(&TZ3, &attestation(100, 0, 1));
        assert_ne!(answer.status, 200, "{answer:?}");
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        assert!(daemon.terminate().status.success());
    }
}

#[test]
fn lower_lowers_and_nothing_else() {
    let home = parked();
    for (more, reason) in [
        (
            ["--level", "901", "--current", "900/3"],
            "is not below the mark",
        ),
        (
            ["--level", "900", "--current", "900/3"],
            "nothing was changed",
        ),
    ] {
        let more = [&more[..], &["--round", "3"]].concat();
        let log = home.refused(&words(&more));
        assert!(log.contains("is not below the mark"), "{reason}: {log}");
    }
    let start = format!(r#"[(chain: "{GHOSTNET}", level: 500)]"#);
    let configuration = Configuration::serial(std::path::Path::new("/nonexistent/board"));
    home.configure(&configuration.with("high_water_marks", &start));
    let log = home.refused(&words(&["--level", "499", "--current", "900/3"]));
    assert!(log.contains("lower it there first"), "{log}");
    assert_eq!(mark(&home, &TZ3, "attestation"), (900, 3));
    assert_eq!(record(&home), None);
}
