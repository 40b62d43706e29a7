//! Without sound marks that are its own the daemon does not start, and says what mends it.

use std::fs::Permissions;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use crate::support::messages::{attestation, on_mainnet, operation};
use crate::support::{
    Configuration, Daemon, Home, RECORD, Simulator, TZ3, assert_signed, on_board,
};

/// A home for a board that is not there: whether it starts is decided before.
fn home() -> Home {
    Home::new(&Configuration::serial(Path::new("/nonexistent/board")))
}

/// `run` is refused and says all of `texts`.
#[track_caller]
fn refuse(home: &Home, texts: &[&str]) {
    let log = home.refused(&["run"]);
    for text in texts {
        assert!(log.contains(text), "\"{text}\" is not in:\n{log}");
    }
}

#[test]
fn a_board_without_a_state_directory_signs_nothing() {
    refuse(&home(), &["tezio-signer watermarks init --config FILE"]);
}

#[test]
fn a_board_without_a_journal_signs_nothing() {
    let home = home();
    home.init();
    std::fs::remove_file(home.journal()).unwrap();
    refuse(&home, &["holds no marks", "tezio-signer watermarks init"]);
}

#[test]
fn marks_are_not_made_from_nothing() {
    let configuration = Configuration::serial(Path::new("/nonexistent/board"));
    let home = Home::new(&configuration.without("high_water_marks"));
    let log = home.refused(&["watermarks", "init"]);
    assert!(log.contains("no high_water_marks"), "{log}");
    assert!(!home.state().exists());
}

#[test]
fn a_flipped_byte_anywhere_in_the_journal_is_seen() {
    let home = home();
    home.init();
    let sound = std::fs::read(home.journal()).unwrap();
    let end = usize::try_from(home.journal_end()).unwrap();
    let last = end - RECORD;
    for at in [0, 20, 256, 300, last, last + 20, end - 1] {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        std::fs::write(home.journal(), bytes).unwrap();
        refuse(
            &home,
            &["marks.journal is damaged", "tezio-signer watermarks mend"],
        );
        let log = home.refused(&["watermarks", "init"]);
        assert!(log.contains("is damaged"), "byte {at}: {log}");
    }
    std::fs::write(home.journal(), b"").unwrap();
    refuse(&home, &["is damaged"]);
    std::fs::write(home.journal(), sound).unwrap();
    home.start();
}

#[test]
fn a_missing_record_in_the_middle_is_seen() {
    let home = home();
    home.init();
    let mut bytes = std::fs::read(home.journal()).unwrap();
    bytes.drain(512..768);
    bytes.extend_from_slice(&[0; 256]);
    std::fs::write(home.journal(), bytes).unwrap();
    refuse(&home, &["is damaged", "has number 2 where 1 was due"]);
}

#[test]
fn a_directory_that_others_may_read_or_write_is_refused() {
    for mode in [0o750, 0o770, 0o707, 0o711] {
        let home = home();
        home.init();
        std::fs::set_permissions(home.state(), Permissions::from_mode(mode)).unwrap();
        let advice = format!("chmod 700 {}", home.state().display());
        refuse(&home, &["open to other users", &advice]);
    }
}

#[test]
fn what_the_daemon_makes_is_its_owner_s_alone() {
    let home = home();
    home.init();
    let inside = std::fs::read_dir(home.state()).unwrap();
    let inside = inside.map(|entry| entry.unwrap().path());
    for path in inside.chain([home.state()]) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_second_daemon_on_the_same_marks_is_refused() {
    let (_board, home, _daemon) = on_board("latency: Instant");
    let reason = "another tezio-signer is running on the state directory";
    refuse(&home, &[reason]);
    let log = home.refused(&["watermarks", "init"]);
    assert!(log.contains(reason), "{log}");
    let listed = home.run(&["watermarks", "list"]);
    assert!(listed.status.success(), "looking is free: {listed:?}");
}

/// The lock is on the directory itself: there is no file to be cleared away with it.
#[test]
fn an_emptied_state_directory_is_still_locked() {
    let (_board, home, _daemon) = on_board("latency: Instant");
    for entry in std::fs::read_dir(home.state()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
    }
    let log = home.refused(&["watermarks", "init"]);
    assert!(log.contains("another tezio-signer is running"), "{log}");
}

/// Marks that the next start would not find are no marks.
#[test]
fn a_journal_that_is_taken_away_or_replaced_stops_consensus_signing() {
    let remove = |path: &Path| std::fs::remove_file(path).unwrap();
    let copy = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let append = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, [bytes.as_slice(), &[0]].concat()).unwrap();
    };
    for change in [remove as fn(&Path), copy, append] {
        let (_board, home, daemon) = on_board("latency: Instant");
        let mut client = daemon.client();
        let message = attestation(7, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        change(&home.journal());
        for level in 8..10 {
            let answer = client.sign(&TZ3, &attestation(level, 0, 1));
            answer.assert_refused(500, "high watermarks could not be written");
        }
        let unguarded = operation(1);
        assert_signed(&TZ3, &unguarded, &client.sign(&TZ3, &unguarded));
    }
}

/// Marks of test keys on a simulated HSM say nothing about a board.
#[test]
fn marks_of_a_simulated_board_are_not_taken_for_a_real_one_s() {
    let home = Home::new(&Configuration::simulated());
    let daemon = home.start();
    let message = attestation(7, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    daemon.kill();
    home.configure(&Configuration::serial(Path::new("/nonexistent/board")));
    refuse(&home, &["holds no marks", "tezio-signer watermarks init"]);
}

/// A chain that is added to the configuration later has a mark once it is made by hand.
#[test]
fn marks_of_a_board_are_made_by_hand_alone() {
    let board = Simulator::start("latency: Instant");
    let both = Configuration::serial(board.path());
    let one = r#"[(chain: "NetXnHfVqm9iesp", level: 0)]"#;
    let home = Home::new(&both.clone().with("high_water_marks", one));
    home.init();
    home.configure(&both);
    let daemon = home.start();
    daemon.log().wait_for("no mark for attestation of");
    let message = on_mainnet(attestation(7, 0, 1));
    let answer = daemon.client().sign(&TZ3, &message);
    answer.assert_refused(409, "no high watermark is known for");
    daemon.kill();
    home.init();
    let daemon = home.start();
    let answer = daemon.client().sign(&TZ3, &message);
    assert_signed(&TZ3, &message, &answer);
}

/// What was signed without marks is not in them.
#[test]
fn after_a_time_without_marks_they_are_set_by_hand() {
    let board = Simulator::start("latency: Instant");
    let guarded = Configuration::serial(board.path());
    let off = "(high_water_mark_check: false)";
    let home = Home::new(&guarded.clone().with("security", off));
    home.init();
    Daemon::start(&mut home.command(&["run", "--allow-double-signing"])).kill();
    home.configure(&guarded);
    refuse(
        &home,
        &["used with high_water_mark_check off", "watermarks init"],
    );
    // Neither marks that stay where they are nor those of another HSM are what is asked for.
    let left = home.refused(&["watermarks", "init"]);
    assert!(left.contains("every mark must be raised"), "{left}");
    home.configure(&Configuration::simulated());
    home.init();
    let raised = r#"[(chain: "NetXnHfVqm9iesp", level: 5), (chain: "NetXdQprcVkpaWU", level: 5)]"#;
    home.configure(&guarded.clone().with("high_water_marks", raised));
    refuse(&home, &["used with high_water_mark_check off"]);
    home.init();
    let daemon = home.start();
    let message = attestation(7, 0, 1);
    let answer = daemon.client().sign(&TZ3, &message);
    assert_signed(&TZ3, &message, &answer);
}

/// As a power cut in the middle of a write leaves it.
#[test]
fn a_last_record_that_was_cut_short_is_dropped_and_the_marks_before_it_hold() {
    let (_board, home, daemon) = on_board("latency: Instant");
    let mut client = daemon.client();
    let first = attestation(7, 0, 1);
    let signature = assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    let second = attestation(8, 0, 1);
    assert_signed(&TZ3, &second, &client.sign(&TZ3, &second));
    daemon.kill();
    let file = std::fs::OpenOptions::new().write(true).open(home.journal());
    let cut = home.journal_end() - 100;
    file.unwrap().write_all_at(&[0; 100], cut).unwrap();
    let daemon = home.start();
    daemon.log().wait_for("cut short by a crash");
    let mut client = daemon.client();
    let again = assert_signed(&TZ3, &first, &client.sign(&TZ3, &first));
    assert_eq!(again, signature);
    let answer = client.sign(&TZ3, &attestation(7, 0, 2));
    answer.assert_refused(409, "different data");
    let third = attestation(9, 0, 1);
    assert_signed(&TZ3, &third, &client.sign(&TZ3, &third));
    daemon.kill();
    // What was written behind the cut reads as well.
    let daemon = home.start();
    let answer = daemon.client().sign(&TZ3, &attestation(9, 0, 2));
    answer.assert_refused(409, "different data");
}

#[test]
fn init_raises_marks_and_never_lowers_them() {
    let (board, home, daemon) = on_board("latency: Instant");
    let message = attestation(70, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    daemon.kill();
    for (level, listed) in [(50, "level 70"), (90, "level 90")] {
        let marks =
            format!("[(chain: \"NetXnHfVqm9iesp\", level: {level}, kind: \"attestation\")]");
        home.configure(&Configuration::serial(board.path()).with("high_water_marks", &marks));
        home.init();
        let ended = home.run(&["watermarks", "list"]);
        assert!(ended.status.success(), "{ended:?}");
        let mut lines = ended.out.lines();
        let begin = format!("attestation of {} on NetXnHfVqm9iesp", TZ3.address);
        let of_key = lines.find(|line| line.starts_with(&begin));
        assert!(
            of_key.is_some_and(|line| line.contains(listed)),
            "{ended:?}"
        );
    }
    let daemon = home.start();
    let answer = daemon.client().sign(&TZ3, &attestation(90, 0, 1));
    answer.assert_refused(409, "is not above the starting mark");
}
