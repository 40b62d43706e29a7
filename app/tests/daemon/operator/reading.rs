//! `watermarks list`, `export` and `verify`: they read, also while the daemon writes.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::support::messages::attestation;
use crate::support::{RECORD, TZ3, assert_signed};

use super::{GHOSTNET, entry, home, machine};

#[test]
fn the_marks_can_be_read_while_the_daemon_signs() {
    let (_board, home) = machine();
    home.init();
    let daemon = home.start();
    let mut client = daemon.client();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for level in 1..=200 {
                let message = attestation(level, 0, 1);
                assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut last = 0;
        while !done.load(Ordering::Relaxed) {
            let level = entry(&home, &TZ3, "attestation")["level"].as_u64().unwrap();
            assert!(level >= last, "{level} after {last}");
            last = level;
            home.json(&["watermarks", "verify"]);
            home.done(&["watermarks", "export"]);
        }
    });
    let signed = entry(&home, &TZ3, "attestation");
    assert_eq!(
        (&signed["level"], &signed["origin"]),
        (&200.into(), &"signed".into())
    );
    assert!(signed["signature"].as_str().unwrap().starts_with("p2sig"));
    let text = home.done(&["watermarks", "list"]);
    let line = format!(
        "attestation of {} on {GHOSTNET}: level 200 round 0 (signed)",
        TZ3.address
    );
    assert!(text.contains(&line), "{text}");
}

#[test]
fn verify_tells_a_sound_journal_from_a_damaged_one() {
    let home = home();
    let report = home.json(&["watermarks", "verify"]);
    assert_eq!(report["sound"], true);
    assert_eq!(
        (&report["records"], &report["marks"]),
        (&18.into(), &18.into())
    );
    assert_eq!(report["missing"].as_array().unwrap().len(), 0);
    assert!(
        home.done(&["watermarks", "verify"])
            .contains("sound, format tezio-marks 1, 18 records")
    );

    let mut bytes = std::fs::read(home.journal()).unwrap();
    bytes[3 * RECORD + 40] ^= 1;
    std::fs::write(home.journal(), &bytes).unwrap();
    let ended = home.run(&["watermarks", "verify", "--json"]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["sound"], false);
    assert_eq!(report["fault"], "damaged record at byte 768");
    assert!(
        ended.log.contains("tezio-signer watermarks mend"),
        "{ended:?}"
    );
    assert!(std::fs::read(home.journal()).unwrap() == bytes);
}

#[test]
fn verify_names_what_has_no_mark() {
    let home = home();
    let one = format!(r#"[(chain: "{GHOSTNET}", level: 0, kind: "block")]"#);
    std::fs::remove_file(home.journal()).unwrap();
    let configuration = crate::support::Configuration::serial(std::path::Path::new("/nonexistent"));
    home.configure(&configuration.with("high_water_marks", &one));
    home.init();
    let report = home.json(&["watermarks", "verify"]);
    assert_eq!(report["missing"].as_array().unwrap().len(), 6, "{report:#}");
}

#[test]
fn where_there_are_no_marks_the_commands_say_what_makes_them() {
    let home = super::bare_home();
    for words in [&["list"][..], &["list", "--json"], &["export"], &["verify"]] {
        let log = home.refused(&[&["watermarks"], words].concat());
        assert!(log.contains("watermarks init makes marks"), "{log}");
    }
}
