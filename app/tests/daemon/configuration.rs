//! A configuration that is not sound is refused at once: where, why, and what would be right.

use crate::support::messages::{attestation, on_mainnet, operation};
use crate::support::{Configuration, Daemon, Home, TZ1, TZ3, Tz4, assert_signed};

const SAMPLE: &str = include_str!("../../../config.ron");

/// `check` and `run` refuse the file and say all of `texts`.
#[track_caller]
fn refuse(configuration: &Configuration, texts: &[&str]) {
    let home = Home::new(configuration);
    for command in ["check", "run"] {
        let log = home.refused(&[command]);
        for text in texts {
            assert!(log.contains(text), "\"{text}\" is not in:\n{log}");
        }
        assert!(log.contains("config.ron"), "{log}");
    }
}

/// The same, and the place is that of the field.
#[track_caller]
fn refuse_at(field: &'static str, value: &str, texts: &[&str]) {
    let configuration = Configuration::simulated().with(field, value);
    let text = configuration.text();
    let begin = format!("{field}: ");
    let at = text.lines().position(|line| line.starts_with(&begin));
    let line = format!("line {}, column ", at.unwrap() + 1);
    refuse(&configuration, &[&[line.as_str()], texts].concat());
}

#[test]
fn the_sample_runs_as_it_stands_and_signs() {
    let home = Home::with_text(
        &SAMPLE
            .replace("\"127.0.0.1:6732\"", "\"127.0.0.1:0\"")
            .replace("\"127.0.0.1:7732\"", "\"127.0.0.1:0\""),
    );
    let ended = home.run(&["check"]);
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.out.contains("is sound: 3 keys"), "{ended:?}");
    let daemon = home.start();
    let mut client = daemon.client();
    let message = on_mainnet(attestation(1, 0, 1));
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    let message = operation(1);
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}

#[test]
fn unknown_fields_are_refused() {
    refuse_at("colour", "1", &["colour"]);
    refuse_at("security", "(auth_chek: false)", &["auth_chek"]);
    refuse_at("timeouts", "(request: 1)", &["request"]);
}

#[test]
fn values_that_are_none_are_refused_in_their_place() {
    let key = |hash: &str, alias: u8, ops: &str| {
        format!("[(hash: \"{hash}\", curve_alias: {alias}, allowed_ops: [{ops}])]")
    };
    refuse_at("listen", "[Http(\"127:0.0.1\")]", &["address"]);
    refuse_at("listen", "[\"127.0.0.1:6732\"]", &[]);
    refuse_at(
        "allowed_ips",
        "[\"127.0.0.1/33\"]",
        &[
            "127.0.0.1/33",
            "33 bits are more than the 32 of the address",
        ],
    );
    refuse_at("allowed_ips", "[\"home\"]", &["\"home\"", "192.168.1.0/24"]);
    refuse_at(
        "keys",
        &key("tz3MyarJihHrejsze59J2Seita7jYWDCJDPf", 3, "0x11"),
        &[
            "tz3MyarJihHrejsze59J2Seita7jYWDCJDPf",
            "is not a key's address",
        ],
    );
    refuse_at(
        "keys",
        &key(TZ3.address, 4, "0x11"),
        &["curve_alias 4 does not exist", "3 (tz3)"],
    );
    refuse_at(
        "keys",
        &key(TZ3.address, 3, "0x01"),
        &[
            "magic byte 0x01 cannot be allowed",
            "0x03, 0x04, 0x05, 0x11, 0x12, 0x13",
        ],
    );
    refuse_at(
        "high_water_marks",
        "[(chain: \"moonnet\", level: 0)]",
        &[
            "\"moonnet\" is not a chain id (Net…) or the name of a chain (mainnet, ghostnet, shadownet)",
        ],
    );
    refuse_at(
        "high_water_marks",
        "[(chain: \"NetXnHfVqm9iesp\", level: 2147483648)]",
        &["2147483647"],
    );
    refuse_at(
        "authorized_keys",
        "[\"tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v\"]",
        &["is not a public key (edpk…, sppk…, p2pk…, BLpk…)"],
    );
    refuse_at(
        "authorized_keys",
        &format!("[{:?}]", Tz4::ONE.public_key().replace("BLpk1y", "BLpk1z")),
        &["BLpk1z", "wrong checksum: mistyped or cut"],
    );
    refuse_at("hsm", "Serial(path: \"/dev/ttyACM0\")", &["path"]);
}

#[test]
fn fields_that_are_missing_are_named() {
    for field in ["listen", "hsm", "state", "keys"] {
        refuse(&Configuration::simulated().without(field), &[field]);
    }
}

#[test]
fn what_takes_several_fields_to_see_is_refused_by_name() {
    let simulated = Configuration::simulated;
    let with_keys = |keys: String| simulated().with("keys", &format!("[{keys}]"));
    let wrong_alias = TZ3.entry(false).replace("curve_alias: 3", "curve_alias: 1");
    refuse(
        &with_keys(wrong_alias),
        &[TZ3.address, "curve_alias 1 holds tz1 keys: use 0 or 3"],
    );
    let tz4 = TZ3.entry(false).replace(TZ3.address, &Tz4::ONE.address());
    refuse(
        &with_keys(tz4),
        &[
            &Tz4::ONE.address(),
            "use a tz1, tz2 or tz3 key, as no Tezio HSM holds tz4",
        ],
    );
    let absent = format!("auth_req: true, authorized_by: [{:?}]", Tz4::ONE.address());
    let absent = TZ3.entry(false).replace("auth_req: false", &absent);
    refuse(
        &with_keys(absent),
        &[&Tz4::ONE.address(), "is not among authorized_keys"],
    );
    let twice = TZ3.entry(false).repeat(2);
    refuse(&with_keys(twice), &[TZ3.address, "is listed twice"]);
    refuse(&with_keys(String::new()), &["list at least one under keys"]);
    refuse(
        &with_keys(TZ3.entry(true)),
        &["there are no authorized_keys", "or set auth_req: false"],
    );
    refuse(
        &simulated().without("allowed_ips"),
        &["allowed_ips is empty", "\"127.0.0.1\""],
    );
    refuse(&simulated().with("listen", "[]"), &["nothing to listen on"]);
    let second = TZ3
        .entry(false)
        .replace(TZ3.address, "tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t");
    refuse(
        &with_keys(TZ3.entry(false) + &second),
        &["two keys have curve_alias 3: an HSM holds one under each"],
    );
    let prover = with_keys(TZ1.entry_for("0x04", false));
    let listed = format!("[\"{}\"]", TZ1.public_key);
    refuse(
        &prover.with("authorized_keys", &listed),
        &[
            TZ1.address,
            "could authenticate requests for the other keys",
        ],
    );
    for (field, value) in [
        ("timeouts", "(request_ms: 0)"),
        ("timeouts", "(hsm_reply_ms: 60001)"),
        ("rounds", "(first_seconds: 0)"),
        ("rounds", "(longer_seconds: 3601)"),
        ("limits", "(connections: 0)"),
        ("limits", "(connections_per_address: 0)"),
        ("limits", "(idle_seconds: 0)"),
    ] {
        refuse(&simulated().with(field, value), &[field, "must be from"]);
    }
    let elsewhere =
        r#"[(chain: "NetXnHfVqm9iesp", level: 1, key: "tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t")]"#;
    refuse(
        &simulated().with("high_water_marks", elsewhere),
        &["tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t, which is not among keys"],
    );
}

#[test]
fn marks_are_switched_off_with_two_hands_alone() {
    let off = "(high_water_mark_check: false)";
    let home = Home::new(&Configuration::simulated().with("security", off));
    assert!(home.run(&["check"]).status.success());
    let log = home.refused(&["run"]);
    assert!(log.contains("--allow-double-signing"), "{log}");
    let daemon = Daemon::start(&mut home.command(&["run", "--allow-double-signing"]));
    let message = attestation(1, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    daemon.log().wait_for("HIGH WATERMARKS ARE OFF");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let home = Home::new(&Configuration::simulated());
    std::fs::remove_file(home.path().join("config.ron")).unwrap();
    for command in ["check", "run"] {
        let log = home.refused(&[command]);
        assert!(log.contains("cannot read the configuration"), "{log}");
        assert!(log.contains("--config FILE"), "{log}");
    }
}

/// What is said of the first key besides the usual.
fn saying(said: &str) -> Configuration {
    let key = TZ1
        .entry(false)
        .replace("auth_req", &format!("{said}, auth_req"));
    Configuration::simulated().with("keys", &format!("[{key}{}]", TZ3.entry(false)))
}

/// A fault in a word has its line; the keys stand in one.
#[track_caller]
fn refuse_word(said: &str, texts: &[&str]) {
    let configuration = saying(said);
    let text = configuration.text();
    let at = text.lines().position(|line| line.starts_with("keys: "));
    let line = format!("line {}, column ", at.unwrap() + 1);
    refuse(&configuration, &[&[line.as_str()], texts].concat());
}

#[test]
fn words_of_policies_are_refused_in_their_place() {
    let entry = |entry: &str| format!("operations: (allow: [({entry})])");
    refuse_word(
        &entry("kinds: [\"transfer\"]"),
        &["\"transfer\"", "docs/policy.md"],
    );
    refuse_word(
        &entry("kinds: [\"attestation\"]"),
        &["votes of consensus have magic bytes of their own"],
    );
    let transaction = |limit: &str| entry(&format!("kinds: [\"transaction\"], {limit}"));
    refuse_word(
        &transaction("max_amount: 0.0000001"),
        &["0.0000001 is no amount of tez", "six decimals"],
    );
    refuse_word(&transaction("max_amount: -1"), &["-1 is no amount"]);
    refuse_word(&transaction("max_mount: 1"), &["max_mount"]);
    refuse_word(
        &transaction("destinations: [\"me\"]"),
        &["\"me\" is not a destination"],
    );
    refuse_word(
        &transaction("entrypoints: [\"two words\"]"),
        &["\"two words\" is not an entrypoint"],
    );
    refuse_word(
        &entry("kinds: [\"ballot\"], votes: [\"yes\"]"),
        &["\"yes\" is not a vote (yay, nay, pass)"],
    );
    refuse_word(
        "chains: [\"moonnet\"]",
        &["moonnet", "mainnet, ghostnet, shadownet"],
    );
    refuse_word("clients: [(addres: \"::1\")]", &["addres"]);
}

/// A limit that bounds nothing, or an entry that fits nobody, is none that its writer meant.
#[test]
fn policies_that_do_not_mean_what_they_say_are_refused_by_entry() {
    let entry = |entry: &str| format!("operations: (allow: [(kinds: [\"reveal\"]), ({entry})])");
    let second = &["key tz1RecH", "entry 2 of allow"][..];
    for (said, text) in [
        ("kinds: []", "kinds is empty"),
        (
            "kinds: [\"transaction\", \"drain_delegate\"], max_amount: 1",
            "max_amount does not bound what drain_delegate does",
        ),
        (
            "kinds: [\"origination\"], destinations: [\"self\"]",
            "destinations does not bound what origination does",
        ),
        (
            "kinds: [\"delegation\"], entrypoints: [\"do\"]",
            "entrypoints does not bound what delegation does",
        ),
        (
            "kinds: [\"proposals\"], votes: [\"yay\"]",
            "votes does not bound what proposals does",
        ),
        (
            "kinds: [\"transaction\"], entrypoints: [\"stake\"]",
            "any contract may have one of that name: add destinations",
        ),
    ] {
        refuse(&saying(&entry(said)), &[&[text], second].concat());
    }
    let many = "(kinds: [\"transaction\"], max_amount_per_day: 1), ".repeat(9);
    let many = format!("operations: (allow: [{many}])");
    refuse(
        &saying(&many),
        &["more than 8 entries with max_amount_per_day"],
    );
    for (said, text) in [
        ("clients: []", "clients is empty"),
        ("clients: [()]", "nobody is meant"),
        (
            "clients: [(certificate: \"baker\")]",
            "\"baker\" is not among allowed_clients",
        ),
        (
            "clients: [(user: 1, allowed_ops: [0x05])]",
            "0x05 is not in allowed_ops of the key",
        ),
        (
            "clients: [(user: 1, allowed_ops: [0x11], operations: [\"reveal\"])]",
            "operations goes with 0x03",
        ),
        (
            "clients: [(user: 1, address: \"::1\")]",
            "have no user and no group",
        ),
        ("chains: []", "chains is empty"),
    ] {
        refuse(&saying(said), &["key tz1RecH", text]);
    }
    let signer = format!("clients: [(authorized_key: {:?})]", TZ3.address);
    refuse(&saying(&signer), &["signs no requests for this key"]);
    let voter = TZ1.entry_for("0x11", false);
    let voter = voter.replace("auth_req", "allow_unreadable_operations: true, auth_req");
    let keys = format!("[{voter}]");
    let configuration = Configuration::simulated().with("keys", &keys);
    refuse(&configuration, &["go with 0x03 in allowed_ops"]);
}
