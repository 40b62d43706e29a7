//! `watermarks raise` and `init`: marks go up by hand, and never down.

use crate::support::messages::{attestation, block, on_mainnet};
use crate::support::{TZ1, TZ3, assert_signed};

use super::{GHOSTNET, bare_home, home, machine, mark, outcomes};

/// The refusal of a level that is too far ahead names a command; it is run as it stands there.
#[test]
fn the_command_that_a_refused_jump_names_lets_the_chain_through() {
    let (_board, home) = machine();
    home.init();
    let daemon = home.start();
    let mut client = daemon.client();
    let message = attestation(1_000, 0, 1);
    assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    let far = attestation(200_000, 0, 1);
    let refusal = client.sign(&TZ3, &far).refusal(409);
    let (_, command) = refusal.split_once("run: tezio-signer ").unwrap();
    let words: Vec<&str> = command
        .split(['"', '\n'])
        .next()
        .unwrap()
        .split(' ')
        .collect();
    assert_eq!(words[..2], ["watermarks", "raise"]);

    let log = home.refused(&words);
    assert!(log.contains("stop it first"), "{log}");
    assert!(daemon.terminate().status.success());
    let raised = home.json(&words);
    assert_eq!(outcomes(&raised).len(), 9, "{raised:#}");

    let daemon = home.start();
    let mut client = daemon.client();
    assert_signed(&TZ3, &far, &client.sign(&TZ3, &far));
    let answer = client.sign(&TZ3, &block(199_999, 0, 1));
    answer.assert_refused(409, "is not above the starting mark");
    let elsewhere = on_mainnet(attestation(5, 0, 1));
    let answer = client.sign(&TZ1, &elsewhere);
    assert_signed(&TZ1, &elsewhere, &answer);
}

#[test]
fn raise_takes_one_key_or_kind_and_never_lowers() {
    let home = home();
    let raise = ["watermarks", "raise", "--chain", GHOSTNET];
    let words = [
        &raise[..],
        &["--level", "50", "--round", "2", "--key", TZ3.address],
    ]
    .concat();
    let raised = home.json(&words);
    let expected = [
        "attestation raised",
        "block raised",
        "preattestation raised",
    ];
    assert_eq!(outcomes(&raised), expected);
    assert_eq!(raised["changes"][0]["before"]["level"], 0);
    let words = [&raise[..], &["--level", "70", "--kind", "block"]].concat();
    assert_eq!(outcomes(&home.json(&words)), ["block raised"; 3]);
    assert_eq!(mark(&home, &TZ3, "block"), (70, 0));
    assert_eq!(mark(&home, &TZ3, "attestation"), (50, 2));
    assert_eq!(mark(&home, &TZ1, "attestation"), (0, 0));

    let words = [
        &raise[..],
        &["--level", "50", "--round", "2", "--key", TZ3.address],
    ]
    .concat();
    let again = home.json(&words);
    let expected = [
        "attestation already there",
        "block already higher",
        "preattestation already there",
    ];
    assert_eq!(outcomes(&again), expected);
    assert_eq!(mark(&home, &TZ3, "block"), (70, 0));
    let text = home.done(&[&raise[..], &["--level", "80", "--kind", "block"]].concat());
    assert!(
        text.contains("level 80 round 0 (raised, was level 70 round 0)"),
        "{text}"
    );
}

#[test]
fn raise_makes_no_marks() {
    let home = home();
    let log = home.refused(&[
        "watermarks",
        "raise",
        "--chain",
        "NetXSgo1ZT2DRUG",
        "--level",
        "9",
    ]);
    assert!(log.contains("no such mark"), "{log}");
    let bare = bare_home();
    let log = bare.refused(&["watermarks", "raise", "--chain", GHOSTNET, "--level", "9"]);
    assert!(log.contains("cannot use the state directory"), "{log}");
}

#[test]
fn what_is_no_chain_key_kind_or_level_is_refused_before_anything_is_done() {
    let home = bare_home();
    for (wrong, reason) in [
        (
            ["--chain", "NetXnHfVqm9iesq", "--level", "9"],
            "no chain id",
        ),
        (
            ["--chain", GHOSTNET, "--level", "-9"],
            "unexpected argument",
        ),
        (
            ["--chain", GHOSTNET, "--level", "2147483648"],
            "at most 2147483647",
        ),
    ] {
        let ended = home.run(&[&["watermarks", "raise"], &wrong[..]].concat());
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert!(ended.log.contains(reason), "{ended:?}");
    }
}

#[test]
fn init_says_what_it_made_and_warns_of_level_0() {
    let home = bare_home();
    let ended = home.run(&["watermarks", "init", "--json"]);
    assert!(ended.log.contains("a mark at level 0"), "{ended:?}");
    let document = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(outcomes(&document).len(), 18);
    assert!(outcomes(&document).iter().all(|one| one.ends_with(" new")));
    let again = home.json(&["watermarks", "init"]);
    assert!(
        outcomes(&again)
            .iter()
            .all(|one| one.ends_with(" already there"))
    );
}
