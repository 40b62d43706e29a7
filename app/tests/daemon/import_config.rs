//! The original's `config.yaml` becomes a file that this signer takes, and says what is stricter.

use tempfile::TempDir;
use tezio_core::tezos::Curve;

use crate::support::{Ended, PROGRAM, Process, TZ1, TZ2, TZ3, Wallet};

/// The file that the original is published with (github.com/prof-groff/tezio, `signer/config.yaml` at
/// bc67eef): the same fields and values, with the addresses of test keys.
fn published(authorized: &str) -> String {
    let key = |address: &str, alias: u8, ops: &str, tag: u8| {
        format!(
            "    {address}:\n      curve_alias: {alias}\n      allowed_ops: [{ops}]\n      \
             auth_req: True\n      auth_prefix: '04010{tag}'\n"
        )
    };
    let keys = [
        key(TZ1.address, 1, "0x03", 0),
        key(TZ2.address, 2, "0x03", 1),
        key(TZ3.address, 3, "0x03, 0x11, 0x12, 0x13", 2),
    ];
    format!(
        "---\nsecurity:\n  remote_ip_check: True\n  auth_check: True\n  signing_policy_check: True\n  \
         high_water_mark_check: True\nverbose: True\nhigh_water_marks:\n  level:\n    0x11: 0\n    \
         0x12: 5\n    0x13: 7\n  round:\n    0x11: 0\n    0x12: 1\n    0x13: 2\nallowed_ips:\n  - \
         127.0.0.1\npolicy:\n  signing_keys:\n{}  auth_key:\n    pkh: {authorized}\n    \
         curve_alias: 0\n",
        keys.concat()
    )
}

fn import(folder: &TempDir, yaml: &str, words: &[&str]) -> Ended {
    let path = folder.path().join("config.yaml");
    std::fs::write(&path, yaml).unwrap();
    let mut command = std::process::Command::new(PROGRAM);
    command.current_dir(folder.path()).arg("import-config");
    Process::start(command.arg(path).args(words)).wait()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn the_published_file_carries_over_and_is_sound() {
    let (folder, client) = (folder(), Wallet::new(Curve::P256, 4));
    let yaml = published(&client.address());
    let ended = import(&folder, &yaml, &["--authorized-key", &client.public_key()]);
    assert!(ended.status.success(), "{ended:?}");
    let text = std::fs::read_to_string(folder.path().join("config.ron")).unwrap();
    for said in [
        TZ1.address,
        TZ2.address,
        "allowed_ops: [0x03, 0x11, 0x12, 0x13], auth_req: true",
        &client.public_key(),
        "(chain: \"mainnet\", kind: \"attestation\", level: 7, round: 2)",
        "\"127.0.0.1\"",
        "0x03 no longer means every operation",
    ] {
        assert!(text.contains(said), "{said:?} is not in:\n{text}");
    }
    let mut command = std::process::Command::new(PROGRAM);
    command.current_dir(folder.path()).arg("check");
    let ended = Process::start(&mut command).wait();
    assert!(ended.out.contains("is sound: 3 keys"), "{ended:?}");
    let again = import(&folder, &yaml, &["--authorized-key", &client.public_key()]);
    assert_eq!(again.status.code(), Some(1), "nothing is overwritten");
}

#[test]
fn the_key_that_authenticates_must_be_given_and_be_the_right_one() {
    let (client, other) = (Wallet::new(Curve::P256, 4), Wallet::new(Curve::P256, 5));
    let yaml = published(&client.address());
    let ended = import(&folder(), &yaml, &[]);
    assert!(ended.log.contains("--authorized-key p2pk"), "{ended:?}");
    let ended = import(&folder(), &yaml, &["--authorized-key", &other.public_key()]);
    assert!(ended.log.contains(&other.address()), "{ended:?}");
    // The original did not ask where the check was off.
    let open = yaml.replace("auth_req: True", "auth_req: False");
    assert!(import(&folder(), &open, &[]).status.success());
}

#[test]
fn what_nothing_guards_is_left_out_and_named() {
    let client = Wallet::new(Curve::P256, 4);
    let yaml = published(&client.address())
        .replace("[0x03, 0x11, 0x12", "[0x01, 0x02, 0x03, 0x11, 0x12")
        .replace("  - 127.0.0.1\n", "  - 127.0.0.1\n  - home\n");
    let folder = folder();
    let ended = import(&folder, &yaml, &["--authorized-key", &client.public_key()]);
    assert!(ended.status.success(), "{ended:?}");
    let text = std::fs::read_to_string(folder.path().join("config.ron")).unwrap();
    assert!(text.contains("nothing guards them: 0x01, 0x02\n"), "{text}");
    assert!(text.contains("\"home\" is no address"), "{text}");
}

#[test]
fn what_is_not_there_is_named() {
    let yaml = published("tz3");
    for (gone, named) in [
        ("  auth_check: True\n", "auth_check is missing"),
        (
            "    0x12: 5\n",
            "high_water_marks.level has no number for 0x12",
        ),
        ("allowed_ips:\n  - 127.0.0.1\n", "allowed_ips is missing"),
        ("      curve_alias: 2\n", "key tz2Dy8H"),
    ] {
        assert!(yaml.contains(gone), "{gone}");
        let ended = import(&folder(), &yaml.replace(gone, ""), &[]);
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert!(ended.log.contains(named), "{ended:?}");
    }
    // A stray scalar before the document: seen in the original's log of eight starts that failed.
    let ended = import(&folder(), &format!("stray\n{yaml}"), &[]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
}
