//! The audit log of a running signer: what is in it, what is not, and that it is never in the way.

use core::net::{IpAddr, Ipv4Addr};

use serde_json::Value;
use tezio_core::tezos::Curve;

use crate::support::doors::{ourselves, socket_in};
use crate::support::messages::{attestation, block, operation};
use crate::support::socket_client::{SocketClient, sign};
use crate::support::{
    Client, Configuration, Daemon, Home, Simulator, TZ1, TZ3, Underway, Wallet, assert_signed,
    on_board, ready, ready_with,
};

/// All entries of a home's log, oldest first.
fn entries(home: &Home) -> Vec<Value> {
    let lines = home.done(&["audit", "show", "--json"]);
    let lines = lines.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Those of requests, by their ids.
fn of(entries: &[Value], id: &str) -> Value {
    let found = entries.iter().find(|entry| entry["id"] == id);
    found
        .unwrap_or_else(|| panic!("no {id} in {entries:#?}"))
        .clone()
}

/// The events, in order, without the first line of the file.
fn events(entries: &[Value]) -> Vec<&str> {
    let events = entries.iter().map(|entry| entry["event"].as_str().unwrap());
    events.filter(|event| *event != "file").collect()
}

/// Ends a daemon, so that everything is written; its home's log is sound.
fn end(home: &Home, daemon: Daemon) -> Vec<Value> {
    assert!(daemon.terminate().status.success());
    sound(home);
    entries(home)
}

/// What a check of the log says that finds nothing.
#[track_caller]
fn sound(home: &Home) -> Value {
    let report = home.json(&["audit", "verify"]);
    assert_eq!(report["sound"], true, "{report}");
    report
}

#[test]
fn every_verdict_is_an_entry() {
    let (home, daemon) = ready();
    let mut client = daemon.client();
    let message = attestation(7, 0, 1);
    let signature = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    client
        .sign(&TZ3, &attestation(7, 0, 2))
        .assert_refused(409, "different data");
    let payment = operation(1);
    assert_signed(&TZ1, &payment, &client.sign(&TZ1, &payment));
    let entries = end(&home, daemon);
    assert_eq!(
        events(&entries),
        [
            "started", "hsm", "signed", "repeated", "refused", "signed", "ended"
        ]
    );
    let signed = of(&entries, "1-1");
    for (field, value) in [
        ("key", TZ3.address),
        ("what", "attestation"),
        ("chain", "NetXnHfVqm9iesp"),
        ("peer", "127.0.0.1"),
        ("front", "http"),
        ("hsm", "hsm"),
        ("mark", "0/0"),
    ] {
        assert_eq!(signed[field], value, "{signed}");
    }
    assert_eq!((&signed["level"], &signed["round"]), (&7.into(), &0.into()));
    assert!(
        signed["hsm_ms"].is_number() && signed["store_ms"].is_number(),
        "{signed}"
    );
    let repeated = of(&entries, "1-2");
    assert_eq!(repeated["digest"], signed["digest"]);
    assert_eq!(
        (&repeated["mark"], &repeated["hsm"]),
        (&"7/0".into(), &Value::Null)
    );
    let refused = of(&entries, "1-3");
    assert_eq!(refused["reason"], "watermark_conflict");
    assert_ne!(refused["digest"], signed["digest"]);
    let log = home.done(&["audit", "show", "--json"]);
    assert!(!log.contains(&signature), "a signature is in the log");
}

#[test]
fn clients_are_named_by_all_that_is_known_of_them() {
    let wallet = Wallet::new(Curve::Ed25519, 4);
    let configuration = Configuration::simulated()
        .with(
            "listen",
            r#"[Http("127.0.0.1:0"), Unix(path: "signer.sock")]"#,
        )
        .with("authorized_keys", &format!("[\"{}\"]", wallet.public_key()))
        .with(
            "keys",
            &format!("[{}{}]", TZ1.entry(false), TZ3.entry(true)),
        );
    let (home, daemon) = ready_with(&configuration);
    let message = attestation(7, 0, 1);
    let mut client = daemon.client();
    assert_signed(&TZ3, &message, &wallet.sign(&mut client, &TZ3, &message));
    let answer = client.sign(&TZ3, &message);
    answer.assert_refused(401, "missing authentication");
    let mut neighbour = SocketClient::unix(&socket_in(home.path()));
    neighbour
        .ask(&sign(TZ1.address, &operation(1), &[]))
        .signature();

    let entries = end(&home, daemon);
    assert_eq!(of(&entries, "1-1")["by"], wallet.address());
    let refused = of(&entries, "1-2");
    assert_eq!(refused["reason"], "authentication_missing");
    assert_eq!(refused["by"], Value::Null);
    let other = of(&entries, "1-3");
    assert_eq!(
        (&other["front"], &other["peer"]),
        (&"unix".into(), &Value::Null)
    );
    let (user, group) = ourselves();
    assert_eq!(
        (&other["uid"], &other["gid"]),
        (&user.into(), &group.into())
    );
}

/// A signature that nobody waited for is in the marks, so the log has it as well.
#[test]
fn who_went_away_or_came_too_late_is_told_of_with_the_signature_made_for_it() {
    let late = "latency: Instant, faults: [(fault: Late(2000), when: Sign(1))]";
    let (_board, home, daemon) = on_board(late);
    daemon.wait_ready(1);
    let signing = Underway::begin(&daemon, [attestation(7, 0, 1), attestation(7, 0, 2)]);
    signing.hang_up();
    daemon.log().wait_for("client went away before its answer");
    let mut client = daemon.client();
    let answer = client.sign(&TZ3, &signing.message);
    assert_signed(&TZ3, &signing.message, &answer);
    let entries = end(&home, daemon);
    let gone = entries
        .iter()
        .find(|entry| entry["event"] == "gone")
        .unwrap();
    let mut late = entries
        .iter()
        .filter(|entry| entry["event"] == "signed_late");
    assert_eq!(late.next().unwrap()["id"], gone["id"]);
    let told = home.done(&["explain", gone["id"].as_str().unwrap()]);
    assert!(told.contains("was not released with this answer"), "{told}");
}

/// One entry, and how many there were.
#[test]
fn a_flood_of_strangers_is_two_entries() {
    let (home, daemon) = ready();
    let neighbour = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    for _ in 0..40 {
        let mut stranger = Client::connect_from(neighbour, daemon.address());
        stranger.get("/").assert_refused(403, "are not allowed");
    }
    let entries = end(&home, daemon);
    let refused = entries.iter().filter(|entry| entry["event"] == "refused");
    let unsaid = entries.iter().filter(|entry| entry["event"] == "unsaid");
    let counted: u64 = unsaid.map(|entry| entry["entries"].as_u64().unwrap()).sum();
    let said = refused.count() as u64;
    assert_eq!(said + counted, 40);
    assert!(said < 10, "{said} entries for 40 refusals");
}

/// What an operator does while no signer runs stands in the same chain.
#[test]
fn marks_changed_by_hand_are_entries() {
    let board = Simulator::start("latency: Instant");
    let home = Home::new(&Configuration::serial(board.path()));
    home.init();
    let chain = "NetXnHfVqm9iesp";
    home.done(&["watermarks", "raise", "--chain", chain, "--level", "9"]);
    let lower = [
        "watermarks",
        "lower",
        "--chain",
        chain,
        "--key",
        TZ3.address,
    ];
    let to = ["--kind", "block", "--level", "8", "--current", "9/0"];
    home.done(&[&lower[..], &to].concat());
    let daemon = home.start();
    let entries = end(&home, daemon);
    assert_eq!(
        events(&entries)[..4],
        ["marks", "marks", "marks", "started"]
    );
    let commands: Vec<_> = entries[1..4]
        .iter()
        .map(|entry| &entry["command"])
        .collect();
    assert_eq!(
        commands,
        ["watermarks init", "watermarks raise", "watermarks lower"]
    );
    let lowered = &entries[3]["marks"][0];
    assert_eq!(lowered["before"], "9/0");
    assert_eq!(
        (&lowered["level"], &lowered["kind"]),
        (&8.into(), &"block".into())
    );
    let marks = entries[4]["marks"].as_array().unwrap();
    assert!(
        marks.iter().any(|mark| mark["origin"] == "lowered"),
        "{marks:?}"
    );
}

#[test]
fn a_policy_that_is_read_again_is_an_entry_with_its_digest() {
    let (home, daemon) = ready();
    let other = Configuration::simulated().with("allow_list_known_keys", "true");
    home.configure(&other);
    daemon.ask_to_reload();
    daemon.log().wait_for("the new policy is in force");
    home.configure(&other.with("state", "\"elsewhere\""));
    daemon.ask_to_reload();
    daemon.log().wait_for("what was in force stays");
    home.configure(&Configuration::simulated());
    let entries = end(&home, daemon);
    let reloaded = entries
        .iter()
        .find(|entry| entry["event"] == "reloaded")
        .unwrap();
    assert_eq!(reloaded["changed"][0], "allow_list_known_keys");
    assert_eq!(reloaded["config_digest"].as_str().unwrap().len(), 64);
    let refused = entries
        .iter()
        .find(|entry| entry["event"] == "not_reloaded");
    assert!(refused.unwrap()["why"].as_str().unwrap().contains("state"));
}

/// Also while the signer signs: what is being written just now is no finding.
#[test]
fn a_running_signer_s_log_can_be_checked_and_shown() {
    let (home, daemon) = ready();
    let mut client = daemon.client();
    for level in 1..=20 {
        let message = block(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        if level % 5 == 0 {
            let report = sound(&home);
            assert!(
                report["entries"].as_u64().unwrap() > level.into(),
                "{report}"
            );
        }
    }
    let head = sound(&home)["head"].as_str().unwrap().to_owned();
    client.sign(&TZ1, &operation(1));
    let report = home.json(&["audit", "verify", "--head", &head]);
    assert_eq!(report["head_given"], 23, "{report}");
    let shown = home.done(&["audit", "show", "--last", "2", "--key", TZ3.address]);
    assert_eq!(shown.lines().count(), 2);
    assert!(
        shown
            .lines()
            .next()
            .unwrap()
            .contains(" signed 1-19 block 19/0 "),
        "{shown}"
    );
    assert_eq!(home.done(&["audit", "show", "--refused"]), "");
    assert_eq!(home.done(&["audit", "show", "--since", "2100-01-01"]), "");
}

/// Whoever cuts the end off leaves marks that nothing in the log accounts for.
#[test]
fn a_log_without_its_last_signature_is_found_by_the_marks() {
    let (home, daemon) = ready();
    let mut client = daemon.client();
    for level in 1..=3 {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
    let entries = end(&home, daemon);
    let path = home.state().join("audit/000001.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.split_inclusive('\n').take(entries.len() - 2).collect();
    std::fs::write(&path, kept.concat()).unwrap();
    let ended = home.run(&["audit", "verify"]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(
        ended
            .out
            .contains("the marks: the signature at level 3 round 0"),
        "{ended:?}"
    );
}

#[test]
fn a_changed_line_is_named_by_file_line_and_byte() {
    let (home, daemon) = ready();
    let message = attestation(1, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    end(&home, daemon);
    let path = home.state().join("audit/000001.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"level\":1,", "\"level\":2,")).unwrap();
    let ended = home.run(&["audit", "verify"]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let offset = text
        .lines()
        .take(3)
        .map(|line| line.len() + 1)
        .sum::<usize>();
    let place = format!("000001.jsonl, line 4, byte {offset}: entry 4 does not follow");
    assert!(ended.out.contains(&place), "{ended:?}");
    // The next signer says so at once, and leaves what it found.
    let daemon = home.start();
    daemon
        .log()
        .wait_for("the audit log was changed or is damaged");
    drop(daemon);
    assert!(home.state().join("audit/000002.jsonl").exists());
}

#[test]
fn a_request_is_explained_by_its_id() {
    let (home, daemon) = ready();
    let mut client = daemon.client();
    client.sign(&TZ3, &attestation(7, 0, 1)).signature();
    client.sign(&TZ3, &attestation(6, 0, 1)).refusal(409);
    client.sign(&TZ3, &attestation(7, 0, 2)).refusal(409);
    end(&home, daemon);
    let told = home.done(&["explain", "1-2"]);
    for text in [
        "outcome        refused: attestation at level 6 round 0 is below the high watermark",
        "what           attestation at level 6 round 0 on NetXnHfVqm9iesp",
        "client         127.0.0.1, over http",
        "mark then      7/0",
        "rule           the high watermark",
        "what to do     Nothing to change: the key has signed above this",
    ] {
        assert!(told.contains(text), "{text:?} is not in:\n{told}");
    }
    let told = home.done(&["explain", "1-3"]);
    assert!(told.contains("signed there   1-1, 20"), "{told}");
    let told = home.json(&["explain", "1-1"]);
    assert_eq!(told["request"]["event"], "signed");
    let log = home.refused(&["explain", "2-1"]);
    assert!(log.contains("1 is the last start"), "{log}");
    let log = home.refused(&["explain", "1-77"]);
    assert!(log.contains("has nothing of 1-77"), "{log}");
}

#[test]
fn without_a_log_requests_have_ids_all_the_same() {
    let (home, daemon) = ready_with(&Configuration::simulated().with("audit", "Off"));
    daemon
        .client()
        .sign(&TZ3, &attestation(7, 0, 1))
        .signature();
    daemon.log().wait_for("id=1-1");
    assert!(daemon.terminate().status.success());
    assert!(!home.state().join("audit").exists());
    let log = home.refused(&["audit", "verify"]);
    assert!(log.contains("audit is Off in the configuration"), "{log}");
}

#[test]
fn a_log_has_bounds_that_make_sense() {
    for wrong in [
        "On(files: 1)",
        "On(file_mib: 0)",
        "On(files: 64, file_mib: 2000)",
    ] {
        let home = Home::new(&Configuration::simulated().with("audit", wrong));
        let log = home.refused(&["check"]);
        assert!(
            log.contains("audit: files must be from 2 to 10000"),
            "{log}"
        );
    }
    for sound in ["On()", "On(files: 2, file_mib: 1)", "Off"] {
        let home = Home::new(&Configuration::simulated().with("audit", sound));
        home.done(&["check"]);
    }
}
