//! `status` tells the truth: what was signed and refused, what is in the way and how to mend it.

use serde_json::Value;

use crate::support::messages::{attestation, block};
use crate::support::{
    Client, Configuration, Daemon, Ended, Home, Process, Simulator, TZ1, TZ3, assert_signed, ready,
    ready_with, wait_until,
};

const MONITORED: &str = r#""127.0.0.1:0""#;

/// What it says now, and with which exit code.
fn status(home: &Home) -> (Value, Option<i32>) {
    let Ended { status, out, log } = home.run(&["status", "--json"]);
    let value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{log}"));
    (value, status.code())
}

fn key<'v>(status: &'v Value, address: &str) -> &'v Value {
    let mut keys = status["keys"].as_array().unwrap().iter();
    keys.find(|key| key["address"] == address).unwrap()
}

fn warnings(status: &Value) -> String {
    status["warnings"].to_string()
}

/// A client that asks for one old vote for ever would otherwise hide that nothing new is signed.
#[test]
fn the_same_again_is_no_new_signature() {
    let (home, daemon) = ready();
    let (mut client, vote) = (daemon.client(), attestation(7, 1, 1));
    assert_signed(&TZ3, &vote, &client.sign(&TZ3, &vote));
    let (before, _) = status(&home);
    assert_signed(&TZ3, &vote, &client.sign(&TZ3, &vote));
    let (after, _) = status(&home);
    assert_eq!(after["verdicts"].as_array().unwrap().len(), 2);
    assert_eq!(
        key(&after, TZ3.address)["signed"],
        key(&before, TZ3.address)["signed"]
    );
    assert_eq!(after["hour"]["signed"], 1);
}

#[test]
fn marks_verdicts_and_last_signatures_are_the_true_ones() {
    let (home, daemon) = ready();
    let mut client = daemon.client();
    let (vote, other) = (attestation(7, 1, 1), attestation(7, 1, 2));
    let signature = assert_signed(&TZ3, &vote, &client.sign(&TZ3, &vote));
    client.sign(&TZ3, &other).refusal(409);
    let (status, code) = status(&home);
    assert_eq!((&status["ready"], code), (&Value::Bool(true), Some(0)));

    let verdicts = status["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 2);
    for (verdict, outcome, line) in [
        (&verdicts[0], "refused", "refused to sign"),
        (&verdicts[1], "signed", "signed"),
    ] {
        assert_eq!(verdict["outcome"], outcome);
        assert_eq!(verdict["key"], TZ3.address);
        assert_eq!(verdict["client"], "127.0.0.1");
        let what = "attestation at level 7 round 1 on NetXnHfVqm9iesp";
        assert_eq!(verdict["what"], what);
        let id = format!("id={} ", verdict["id"].as_str().unwrap());
        let line = daemon.log().wait_for(&format!("{line} {id}"));
        assert!(line.contains(what), "{line}");
    }
    let refusal = verdicts[0]["refusal"].as_str().unwrap();
    assert!(refusal.contains("different data"), "{refusal}");

    let key = key(&status, TZ3.address);
    assert_eq!(key["signed"][0]["kind"], "attestation");
    assert_eq!(key["signed"][0]["at"], verdicts[1]["at"]);
    let marks = key["marks"].as_array().unwrap();
    let mark = marks.iter().find(|mark| mark["origin"] == "signed");
    let mark = mark.unwrap();
    assert_eq!(mark["chain_name"], "ghostnet");
    assert_eq!((&mark["level"], &mark["round"]), (&7.into(), &1.into()));
    assert_eq!((&status["hour"]["signed"]), &1);
    assert_eq!((&status["hour"]["refused"]), &1);

    // Not a word of what was signed, nor of what came of it.
    let text = status.to_string() + &home.done(&["status"]);
    assert!(!text.contains(&signature) && !text.contains(&hex::encode(&vote)));
    assert!(text.contains("READY") || text.contains("ready"));
}

#[test]
fn without_a_daemon_the_code_is_2_and_the_fix_is_named() {
    let home = Home::new(&Configuration::simulated());
    let never = home.run(&["status"]);
    assert_eq!(never.status.code(), Some(2), "{never:?}");
    assert!(never.log.contains("no signer runs here"), "{never:?}");
    assert!(never.log.contains("systemctl start"), "{never:?}");
    home.start().kill();
    let killed = home.run(&["status", "--json"]);
    assert_eq!(killed.status.code(), Some(2), "{killed:?}");
    assert!(killed.log.contains("no signer runs here"), "{killed:?}");
    let nowhere = Process::start(std::process::Command::new(crate::support::PROGRAM).args([
        "status",
        "--config",
        "/nowhere/config.ron",
    ]))
    .wait();
    assert_eq!(nowhere.status.code(), Some(2), "{nowhere:?}");
}

/// All that tells of it does so as long as it is so, and no longer.
#[test]
fn a_board_that_is_unplugged_is_missed_everywhere_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("board");
    let board = Simulator::linked("latency: Instant", &link);
    let home = Home::new(
        &Configuration::serial(&link)
            .with("monitor", MONITORED)
            .with("monitor_names", "[\"signer\"]"),
    );
    home.init();
    let daemon = home.start();
    daemon.wait_ready(1);
    let mut monitor = monitor(&daemon);
    let everywhere = |monitor: &mut Client, ready: bool| {
        let page = monitor.get("/status.json").body;
        let page: Value = serde_json::from_str(&page).unwrap();
        let readyz = monitor.get("/readyz").status;
        let (status, code) = status(&home);
        let all = [
            page["ready"] == ready,
            readyz == if ready { 200 } else { 503 },
            status["ready"] == ready,
            code == Some(i32::from(!ready)),
        ];
        all == [true; 4]
    };
    assert!(everywhere(&mut monitor, true));

    std::fs::remove_file(&link).unwrap();
    drop(board);
    wait_until("missed", || everywhere(&mut monitor, false));
    wait_until("told how to mend it", || {
        warnings(&status(&home).0).contains("is the HSM plugged in")
    });
    let (missing, _) = status(&home);
    let told = warnings(&missing);
    assert!(told.contains(&format!("no HSM serves {}", TZ3.address)));
    assert_eq!(missing["warnings"][0]["urgent"], true);
    assert_eq!(missing["hsms"][0]["events"][0]["change"], "went");
    assert!(home.run(&["status"]).out.contains("NOT READY"));

    let _board = Simulator::linked("latency: Instant", &link);
    wait_until("back", || everywhere(&mut monitor, true));
    let (back, _) = status(&home);
    assert_eq!(back["warnings"], serde_json::json!([]));
    let port = back["hsms"][0]["port"].as_str().unwrap();
    assert_eq!(port, link.to_str().unwrap());
    assert_eq!(back["hsms"][0]["events"][0]["change"], "came");
}

fn monitor(daemon: &Daemon) -> Client {
    let line = daemon.log().wait_for("monitor=");
    let (_, address) = line.rsplit_once("monitor=").unwrap();
    Client::connect(address.trim().parse().unwrap())
}

#[test]
fn what_the_configuration_leaves_open_is_told_until_it_is_shut() {
    let open = Configuration::simulated().with("security", "(auth_check: false)");
    let (home, _daemon) = ready_with(&open);
    let told = warnings(&status(&home).0);
    assert!(told.contains("auth_check is off"), "{told}");
    home.configure(&Configuration::simulated());
    home.done(&["reload"]);
    assert_eq!(status(&home).0["warnings"], serde_json::json!([]));
}

#[test]
fn strangers_that_ask_are_told_of_and_push_nothing_out() {
    let configuration = Configuration::simulated()
        .with("allowed_ips", "[\"127.0.0.1\"]")
        .with("listen", "[Http(\"127.0.0.1:0\")]");
    let (home, daemon) = ready_with(&configuration);
    let message = block(8, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    let stranger = "127.0.0.2".parse().unwrap();
    for salt in 0..25 {
        let mut stranger = Client::connect_from(stranger, daemon.address());
        stranger.sign(&TZ1, &attestation(9, 0, salt)).refusal(403);
    }
    let (status, _) = status(&home);
    let told = warnings(&status);
    assert!(
        told.contains("127.0.0.2") && told.contains("25 since"),
        "{told}"
    );
    assert_eq!(status["verdicts"].as_array().unwrap().len(), 1);
}

/// A loose plug comes and goes; that every request is signed in the end does not make it sound.
#[test]
fn a_board_that_comes_and_goes_is_told_of_while_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("board");
    let home = Home::new(&Configuration::serial(&link));
    home.init();
    let daemon = home.start();
    for nth in 1..=4 {
        let board = Simulator::linked("latency: Instant", &link);
        daemon.wait_ready(nth);
        if nth == 4 {
            let (status, code) = status(&home);
            let told = warnings(&status);
            assert!(told.contains("went 3 times"), "{told}");
            assert_eq!(status["warnings"][0]["urgent"], false);
            assert_eq!(code, Some(0));
        }
        std::fs::remove_file(&link).unwrap();
        drop(board);
        daemon.log().wait_for_nth("HSM port lost", nth);
    }
}

#[test]
fn watching_shows_one_document_after_another() {
    let (home, _daemon) = ready();
    let mut watching = Process::start(&mut home.command(&["status", "--watch", "--json"]));
    watching.out.wait_for_nth("\"ready\":true", 2);
    watching.kill();
}
