//! `explain`: a message in words, and what the policy says of it, without a daemon or a device.

use serde_json::Value;

use crate::support::messages::{attestation, operation};
use crate::support::{Configuration, Home, TZ1, TZ3, ready_with};

/// A reveal and a transaction, as Octez batches them (recorded in `octez-operations.json`).
const BATCH: &str = "038fcf233671b6a04fcf679d2a381c2544ea6c1ea29ba6157776ed842426e5cab86b00ba3bed31\
1a5d7b06dc4daf3c94c5c406927e4bcf940202ab0100009d05b06ea36a6ad464d94dc07a38b77b80b577c1ae51bbd8d2\
0105cd5aed496c006c00ba3bed311a5d7b06dc4daf3c94c5c406927e4bcfed0203b51000c0843d000002298c03ed7d45\
4a101eb7022bc95f7e5f41ac7800";

fn home(said: &str) -> Home {
    let keys = TZ1
        .entry(false)
        .replace("auth_req", &format!("{said}, auth_req"));
    Home::new(&Configuration::simulated().with("keys", &format!("[{keys}{}]", TZ3.entry(false))))
}

fn explain(home: &Home, words: &[&str]) -> String {
    let ended = home.run(&[&["explain"], words].concat());
    assert!(ended.status.success(), "{ended:?}");
    ended.out
}

#[test]
fn an_operation_is_told_content_by_content() {
    let out = explain(
        &home("operations: (allow: [(kinds: [\"reveal\"])])"),
        &[BATCH],
    );
    for text in [
        "operation: reveal, transaction\n",
        "content 1 of 2: reveal\n  source         tz1cckAZtxYwxAfwQuHnabTWfbp2ScWobxHH",
        "content 2 of 2: transaction",
        "  amount         1 tez\n",
        "  entrypoint     default\n",
        "policy: refused: content 2 of 2 in an operation for tz1RecH",
        "transaction is not among the kinds in operations of the key",
    ] {
        assert!(out.contains(text), "{text:?} is not in:\n{out}");
    }
}

/// The same in JSON, and for one key alone.
#[test]
fn programs_are_told_the_same() {
    let home = home("operations: (allow: [(kinds: [\"reveal\"])])");
    let out = explain(&home, &["--json", "--key", TZ3.address, BATCH]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["message"]["what"], "operation: reveal, transaction");
    let contents = told["message"]["contents"].as_array().unwrap();
    assert_eq!(contents[1]["fields"]["amount"], "1 tez");
    let verdicts = told["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0]["key"], TZ3.address);
    assert_eq!(verdicts[0]["allowed"], true);
}

#[test]
fn each_client_of_a_key_has_its_verdict() {
    let clients = "clients: [(user: 1000, operations: [\"reveal\"]), (address: \"127.0.0.1\")]";
    let out = explain(&home(clients), &["--key", TZ1.address, BATCH]);
    let lines: Vec<_> = out.lines().collect();
    let behind = |who: &str| {
        let at = lines.iter().position(|line| line.ends_with(who)).unwrap();
        lines[at + 1].trim()
    };
    assert_eq!(behind("address 127.0.0.1"), "policy: allowed");
    let refused = behind("user 1000");
    assert!(refused.contains("transaction for tz1RecH"), "{refused}");
}

/// The marks are those of the state directory, also while the daemon works with them.
#[test]
fn votes_are_told_what_the_marks_say() {
    let (home, daemon) = ready_with(&Configuration::simulated());
    let signed = attestation(7, 0, 1);
    daemon.client().sign(&TZ3, &signed).signature();
    let said = |message: &[u8]| {
        let words = ["--key", TZ3.address, &hex::encode(message)];
        explain(&home, &words)
    };
    let out = said(&signed);
    assert!(
        out.contains("attestation\n") && out.contains("(ghostnet)"),
        "{out}"
    );
    assert!(out.contains("marks: signed before"), "{out}");
    assert!(
        said(&attestation(7, 0, 2)).contains("marks: refused: "),
        "a conflict"
    );
    assert!(
        said(&attestation(8, 0, 2)).contains("marks: free"),
        "the next level"
    );
}

#[test]
fn messages_come_from_files_as_well() {
    let home = home("chains: [\"mainnet\"]");
    let file = home.path().join("message");
    let words = format!("@{}", file.display());
    let message = operation(1);
    for text in [message.clone(), hex::encode(&message).into_bytes()] {
        std::fs::write(&file, text).unwrap();
        let out = explain(&home, &[&words]);
        assert!(out.starts_with("operation: transaction\n"), "{out}");
    }
    let log = home.refused(&["explain", "03xx"]);
    assert!(log.contains("is no message: give hex digits"), "{log}");
}

#[test]
fn what_cannot_be_read_is_said_to_be_so() {
    let out = explain(&home("chains: [\"mainnet\"]"), &["03deadbeef"]);
    let text = "unreadable operation: byte 1: 32 bytes should follow, 4 do";
    assert!(out.starts_with(text), "{out}");
    assert!(
        out.contains("signs only what can be read to its last byte"),
        "{out}"
    );
}

/// The sample in `docs/policy.md` is sound, and the request that it explains there is refused so.
#[test]
fn the_policies_of_the_handbook_do_what_it_says() {
    const PAGE: &str = include_str!("../../../docs/policy.md");
    let block = |language: &str, nth: usize| {
        let begin = format!("```{language}\n");
        let block = PAGE.split(&begin).nth(nth).unwrap();
        block.split("```").next().unwrap()
    };
    let home = Home::with_text(block("ron", 1));
    let ended = home.run(&["check"]);
    assert!(ended.out.contains("is sound: 3 keys"), "{ended:?}");
    let words: Vec<_> = block("sh", 1).split_whitespace().skip(2).collect();
    let out = explain(&home, &words);
    let (head, tail) = block("text", 1).split_once("  …\n").unwrap();
    assert!(out.starts_with(head), "{out}");
    assert!(out.trim_end().ends_with(tail.trim_end()), "{out}");
}
