//! Marks of octez-signer and Signatory, in files as those write them.
//!
//! Layouts: Octez, `src/bin_signer/handler.ml` at `d26a8bef8215`; github.com/ecadlabs/signatory,
//! `pkg/signatory/watermark/file.go` at `08940488` and `migration.go` at `69141880`. Keys are those of
//! the test HSM.

use tezio_core::tezos::Digest;

use crate::support::messages::{attestation, block};
use crate::support::{Home, TZ1, TZ3, assert_signed};

use super::{CLOSED, GHOSTNET, bare_home, machine, mark, marks, write};

/// An address that no HSM here has, of a BLS key.
const TZ4: &str = "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn";

fn import(home: &Home, from: &str, path: &str) -> String {
    let path = home.path().join(path);
    home.done(&[
        "watermarks",
        "import",
        "--from",
        from,
        path.to_str().unwrap(),
    ])
}

fn refused(home: &Home, from: &str, path: &str) -> String {
    let path = home.path().join(path);
    home.refused(&[
        "watermarks",
        "import",
        "--from",
        from,
        path.to_str().unwrap(),
    ])
}

fn octez(level: u32, round: u32, more: &str) -> String {
    format!(
        r#"{{ "{GHOSTNET}":
    {{ "{}": {{ "level": {level}, "round": {round}{more} }},
      "{TZ4}": {{ "level": 77, "round": 0, "hash": "{:064}", "signature": "BLsig" }} }} }}"#,
        TZ3.address, 0
    )
}

#[test]
fn octez_signer_s_old_and_new_names_are_read_and_the_higher_counts() {
    let home = bare_home();
    write(&home, "octez/block_high_watermarks", &octez(50, 1, ""));
    write(
        &home,
        "octez/preattestation_high_watermarks",
        &octez(60, 0, ""),
    );
    write(
        &home,
        "octez/preendorsement_high_watermarks",
        &octez(59, 9, ""),
    );
    write(
        &home,
        "octez/attestation_high_watermarks",
        &octez(61, 0, ""),
    );
    write(
        &home,
        "octez/endorsement_high_watermarks",
        &octez(61, 2, ""),
    );
    write(&home, "octez/public_keys", "not one of these");
    let text = import(&home, "octez-signer", "octez");
    assert!(text.contains(&format!("{TZ4}: not imported")), "{text}");
    assert_eq!(mark(&home, &TZ3, "block"), (50, 1));
    assert_eq!(mark(&home, &TZ3, "preattestation"), (60, 0));
    assert_eq!(mark(&home, &TZ3, "attestation"), (61, 2));

    write(&home, "octez/block_high_watermarks", &octez(49, 0, ""));
    import(&home, "octez-signer", "octez");
    assert_eq!(mark(&home, &TZ3, "block"), (50, 1));
    write(&home, "block_high_watermarks", &octez(51, 0, ""));
    import(&home, "octez-signer", "block_high_watermarks");
    assert_eq!(mark(&home, &TZ3, "block"), (51, 0));
}

/// The signature that octez-signer gave out is the one that is given out here.
#[test]
fn a_signature_of_octez_signer_is_given_out_again() {
    let (_board, there) = machine();
    there.init();
    let message = attestation(9, 1, 1);
    let daemon = there.start();
    let signature = assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    drop(daemon);

    let (_board, here) = machine();
    let hash = Digest::of(&message);
    let more = format!(r#", "hash": "{hash}", "signature": "{signature}""#);
    write(
        &here,
        "octez/attestation_high_watermarks",
        &octez(9, 1, &more),
    );
    import(&here, "octez-signer", "octez");
    let daemon = here.start();
    let mut client = daemon.client();
    let again = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    assert_eq!(again, signature);
    let answer = client.sign(&TZ3, &attestation(9, 1, 2));
    answer.assert_refused(409, "different data");
    let answer = client.sign(&TZ3, &block(9, 1, 1));
    answer.assert_refused(409, "no high watermark is known for");
}

/// One sound file and one that is not: neither is taken over.
#[test]
fn a_fault_in_one_of_octez_signer_s_files_stops_the_whole_import() {
    let sound = octez(50, 1, "");
    for (from, to, reason) in [
        ("\"level\": 50", "\"level\": -50", "line 2 column"),
        ("\"round\": 1", "\"slot\": 1", "unknown field `slot`"),
        ("} } }", "} }", "EOF while parsing an object at line 3"),
        ("tz3M", "tz3N", "is not a key's address"),
    ] {
        let home = bare_home();
        write(&home, "octez/attestation_high_watermarks", &sound);
        write(
            &home,
            "octez/block_high_watermarks",
            &sound.replacen(from, to, 1),
        );
        let log = refused(&home, "octez-signer", "octez");
        assert!(log.contains(reason), "{reason}: {log}");
        assert!(
            log.contains("octez/block_high_watermarks was not imported"),
            "{log}"
        );
        assert_eq!(marks(&home), None);
    }
    let home = bare_home();
    let log = refused(&home, "octez-signer", "");
    assert!(
        log.contains("has none of octez-signer's files: block_high_watermarks"),
        "{log}"
    );
    write(&home, "marks", &sound);
    let log = refused(&home, "octez-signer", "marks");
    assert!(log.contains("known by their names"), "{log}");
}

/// A file under each of two names with one mark and two hashes.
#[test]
fn two_messages_in_octez_signer_s_own_files_are_told() {
    let home = bare_home();
    let (_board, there) = machine();
    there.init();
    let daemon = there.start();
    let message = attestation(9, 1, 1);
    let signature = assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    for (name, hash) in [("attestation", 1), ("endorsement", 2)] {
        let more = format!(r#", "hash": "{hash:064}", "signature": "{signature}""#);
        write(
            &home,
            &format!("octez/{name}_high_watermarks"),
            &octez(9, 1, &more),
        );
    }
    let log = refused(&home, "octez-signer", "octez");
    assert!(log.contains("TWO DIFFERENT MESSAGES WERE SIGNED"), "{log}");
    assert_eq!(marks(&home), None);
}

#[test]
fn all_three_layouts_of_signatory_are_read_and_the_higher_counts() {
    let home = bare_home();
    let (tz1, tz3) = (TZ1.address, TZ3.address);
    let hash = "vh2KPbwpVwg5SFCyEH9MVNzSbtdhf7hGuvtsQ1jnBh1tM2xAzn1w";
    let first = format!(
        r#"{{"block": {{"{tz3}": {{"level": 90, "round": 1, "order": 0, "hash": "{hash}"}}}},
            "endorsement": {{"{tz3}": {{"level": 95, "round": 3, "order": 2, "hash": null}}}}}}"#
    );
    let second =
        format!(r#"{{"{tz1}": {{"level": 60, "round": 1, "order": 2, "hash": "{hash}"}}}}"#);
    let third = format!(
        r#"{{
    "{tz3}": {{
        "attestation": {{ "level": 93, "round": 0, "hash": "{hash}" }},
        "attestation_with_dal": {{ "level": 94, "round": 1, "hash": "{hash}" }},
        "block": {{ "level": 93, "round": 0, "hash": "{hash}" }},
        "preattestation": {{ "level": 94, "round": 1, "hash": "{hash}" }}
    }},
    "{TZ4}": {{ "bls_attestation": {{ "level": 1, "round": 0, "hash": "{hash}" }} }}
}}"#
    );
    let file = format!("{GHOSTNET}.json");
    write(&home, &format!("base/watermark_v2/{file}"), &third);
    import(&home, "signatory", "base/watermark_v2");
    assert_eq!(mark(&home, &TZ3, "attestation"), (94, 1));
    write(&home, &format!("base/watermark_v1/{file}"), &second);
    write(&home, &format!("base/watermark/{file}"), &first);
    import(&home, "signatory", "base");
    assert_eq!(mark(&home, &TZ3, "block"), (93, CLOSED));
    assert_eq!(mark(&home, &TZ3, "preattestation"), (94, 1));
    assert_eq!(mark(&home, &TZ3, "attestation"), (95, 3));
    assert_eq!(mark(&home, &TZ1, "block"), (60, CLOSED));
    assert_eq!(mark(&home, &TZ1, "preattestation"), (60, 1));
    assert_eq!(mark(&home, &TZ1, "attestation"), (60, 1));
}

#[test]
fn a_fault_in_signatory_s_store_stops_the_whole_import() {
    let home = bare_home();
    let entry = r#"{"level": 9, "round": 0}"#;
    let text = format!(r#"{{"{}": {{"block": {entry}}}}}"#, TZ3.address);
    write(&home, &format!("base/watermark_v2/{GHOSTNET}.json"), &text);
    write(&home, "base/watermark_v2/notes.txt", "not read");
    let odd = text.replace("block", "wish");
    for (name, text, reason) in [
        (
            "NetXdQprcVkpaWU.json",
            odd.as_str(),
            "unknown kind \"wish\"",
        ),
        ("NetXdQprcVkpaWU.json", entry, "line 1 column"),
        ("mainnet.json", &text, "is not named by a chain id"),
    ] {
        let path = write(&home, &format!("base/watermark_v2/{name}"), text);
        let log = refused(&home, "signatory", "base");
        assert!(log.contains(reason), "{reason}: {log}");
        assert_eq!(marks(&home), None);
        std::fs::remove_file(path).unwrap();
    }
    let log = refused(&home, "signatory", "base/watermark_v2/notes.txt");
    assert!(log.contains("is not named by a chain id"), "{log}");
    let log = refused(&home, "signatory", ".");
    assert!(log.contains("none of Signatory's directories"), "{log}");
    import(
        &home,
        "signatory",
        &format!("base/watermark_v2/{GHOSTNET}.json"),
    );
    assert_eq!(mark(&home, &TZ3, "block"), (9, CLOSED));
}
