//! `watermarks export` and `import`: marks and signatures go with the keys, and never back.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::messages::{attestation, block, preattestation};
use crate::support::{Configuration, Home, HsmKey, TZ1, TZ2, TZ3, assert_signed};

use super::{GHOSTNET, bare_home, home, machine, mark, marks, outcomes, write};

fn export(home: &Home) -> String {
    let path = home.path().join("marks.json");
    let path = path.to_str().unwrap().to_owned();
    home.done(&["watermarks", "export", "--output", &path, "--overwrite"]);
    path
}

fn messages() -> Vec<(HsmKey, Vec<u8>)> {
    [TZ1, TZ2, TZ3]
        .into_iter()
        .flat_map(|key| {
            let messages = [
                block(8, 1, 1),
                preattestation(7, 1, 1),
                attestation(7, 2, 1),
            ];
            messages.map(|message| (key, message))
        })
        .collect()
}

/// The promise of a repeat holds across machines, and across restarts there.
#[test]
fn after_an_import_the_same_message_gets_the_same_signature() {
    let (_board, first) = machine();
    first.init();
    let daemon = first.start();
    let mut client = daemon.client();
    let signed: Vec<String> = messages()
        .iter()
        .map(|(key, message)| assert_signed(key, message, &client.sign(key, message)))
        .collect();
    let export = export(&first);
    assert!(daemon.terminate().status.success());

    let (_board, second) = machine();
    let imported = second.json(&["watermarks", "import", &export]);
    assert!(outcomes(&imported).iter().all(|one| one.ends_with(" new")));
    for _ in 0..2 {
        let daemon = second.start();
        let mut client = daemon.client();
        for ((key, message), signature) in messages().iter().zip(&signed) {
            let again = assert_signed(key, message, &client.sign(key, message));
            assert_eq!(&again, signature);
        }
        for other in [
            block(8, 1, 2),
            preattestation(7, 1, 2),
            attestation(7, 2, 2),
        ] {
            let answer = client.sign(&TZ3, &other);
            answer.assert_refused(409, "different data");
        }
        assert!(daemon.terminate().status.success());
        let again = second.json(&["watermarks", "import", &export]);
        assert!(
            outcomes(&again)
                .iter()
                .all(|one| one.ends_with(" already there"))
        );
    }
    let daemon = second.start();
    let next = attestation(8, 0, 1);
    assert_signed(&TZ3, &next, &daemon.client().sign(&TZ3, &next));
}

#[test]
fn an_import_raises_and_never_lowers() {
    let (low, high) = (home(), home());
    let raise = |home: &Home, kind, level| {
        let words = ["watermarks", "raise", "--chain", GHOSTNET, "--kind", kind];
        home.done(&[&words[..], &["--key", TZ3.address, "--level", level]].concat());
    };
    raise(&low, "block", "20");
    raise(&high, "block", "10");
    raise(&high, "attestation", "30");
    let imported = low.json(&["watermarks", "import", &export(&high)]);
    let outcomes = outcomes(&imported);
    let count = |what: &str| outcomes.iter().filter(|one| one.ends_with(what)).count();
    assert_eq!(count("attestation raised"), 1);
    assert_eq!(count("block already higher"), 1);
    assert_eq!(count("already there"), 16);
    assert_eq!(mark(&low, &TZ3, "block"), (20, 0));
    assert_eq!(mark(&low, &TZ3, "attestation"), (30, 0));
}

/// Two machines have signed different blocks at one level and round: whoever merges their marks must
/// know it.
#[test]
fn two_messages_at_one_mark_stop_the_whole_import() {
    let exports = [1, 2].map(|salt| {
        let (board, home) = machine();
        home.init();
        let daemon = home.start();
        let mut client = daemon.client();
        for message in [attestation(10 + u32::from(salt), 0, 1), block(7, 0, salt)] {
            assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        }
        assert!(daemon.terminate().status.success());
        (export(&home), home, board)
    });
    let [(_, first, _board), (theirs, _, _)] = &exports;
    let before = marks(first);
    for words in [&["import"][..], &["verify", "--against"]] {
        let log = first.refused(&[&["watermarks"], words, &[theirs.as_str()]].concat());
        assert!(log.contains("TWO DIFFERENT MESSAGES WERE SIGNED"), "{log}");
        assert!(log.contains("at level 7 round 0"), "{log}");
    }
    assert_eq!(marks(first), before);
}

#[test]
fn an_export_that_was_cut_or_changed_is_refused_whole() {
    let home = home();
    let path = export(&home);
    let text = std::fs::read_to_string(&path).unwrap();
    let before = marks(&home);
    for (from, to, reason) in [
        ("\"level\": 0", "\"level\": 9", "checksum is wrong"),
        (
            "marks 1\"",
            "marks 2\"",
            "its format is \"tezio-signer marks 2\"",
        ),
        (
            "\"level\": 0",
            "\"level\": 0, \"extra\": 1",
            "unknown field `extra`, expected",
        ),
        ("\"kind\": \"block\"", "\"kind\": \"blok\"", "is not a kind"),
        ("\n}\n", "", "was not imported"),
    ] {
        let changed = write(&home, "changed.json", &text.replacen(from, to, 1));
        let log = home.refused(&["watermarks", "import", changed.to_str().unwrap()]);
        assert!(log.contains(reason), "{reason}: {log}");
    }
    assert_eq!(marks(&home), before);
}

#[test]
fn an_export_is_its_owner_s_alone_and_replaces_nothing_unasked() {
    let home = home();
    let path = export(&home);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(&path, "precious").unwrap();
    let log = home.refused(&["watermarks", "export", "--output", &path]);
    assert!(log.contains("--overwrite"), "{log}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    export(&home);
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .contains("tezio-signer marks 1")
    );
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 3, "config.ron, state, marks.json");
}

#[test]
fn keys_that_are_not_configured_are_left_out_and_named() {
    let both = home();
    let path = export(&both);
    let alone = bare_home();
    let configuration = Configuration::serial(std::path::Path::new("/nonexistent/board"));
    let only = |key: HsmKey| format!("[{}]", key.entry(false));
    alone.configure(&configuration.clone().with("keys", &only(TZ1)));
    let imported = alone.json(&["watermarks", "import", &path]);
    assert_eq!(outcomes(&imported).len(), 6);
    let mut skipped = [TZ2.address, TZ3.address];
    skipped.sort_unstable();
    assert_eq!(imported["skipped"], serde_json::json!(skipped));
    let text = alone.done(&["watermarks", "import", &path]);
    assert!(
        text.contains(&format!("{}: not imported", TZ3.address)),
        "{text}"
    );

    let stranger = bare_home();
    stranger.configure(&configuration.with("keys", &only(TZ3)));
    let path = export(&alone);
    let log = stranger.refused(&["watermarks", "import", &path]);
    assert!(log.contains("none of its keys is configured here"), "{log}");
    assert!(!stranger.state().exists());
}

#[test]
fn an_old_journal_is_behind_a_newer_export() {
    let home = home();
    let old = std::fs::read(home.journal()).unwrap();
    home.done(&["watermarks", "raise", "--chain", GHOSTNET, "--level", "5"]);
    let path = export(&home);
    let verify = ["watermarks", "verify", "--against", &path];
    assert!(home.done(&verify).contains("no mark is behind"));
    std::fs::write(home.journal(), old).unwrap();
    let log = home.refused(&verify);
    assert!(log.contains("may be an old copy"), "{log}");
    let ended = home.run(&[&verify[..], &["--json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["behind"].as_array().unwrap().len(), 9);
    home.done(&["watermarks", "import", &path]);
    home.done(&verify);
}
