//! One policy and one path behind every front end: the same question gets the same signature or the
//! same words, whichever way it comes in.

use tezio_core::tezos::Curve;

use crate::support::doors::{Door, Doors, Proof, Question};
use crate::support::messages::{attestation, block, on_chain, on_mainnet, operation};
use crate::support::{Configuration, HsmKey, TZ1, TZ2, TZ3, Wallet};

const TZ4: &str = "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn";
/// A delegate to be emptied (recorded in `octez-operations.json`).
const DRAIN: &str = "03e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4090011111111111111111111\
111111111111111111110344444444444444444444444444444444444444440011111111111111111111111111\
11111111111111";
const UNKNOWN: &str = "tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t";

/// Asks at every door; the one answer that all of them give.
#[track_caller]
fn ask_everywhere(doors: &Doors, question: &Question) -> Result<Vec<u8>, String> {
    let answers = Door::ALL.map(|door| doors.visit(door).ask(question));
    for (door, answer) in Door::ALL.iter().zip(&answers) {
        assert_eq!(answer, &answers[0], "{door:?}: {question:?}");
    }
    let [answer, ..] = answers;
    answer
}

#[track_caller]
fn assert_refused_everywhere(doors: &Doors, question: &Question, text: &str) {
    let reason = ask_everywhere(doors, question).expect_err(text);
    assert!(reason.contains(text), "\"{reason}\" lacks \"{text}\"");
}

fn with_proof(key: &HsmKey, message: &[u8], proof: &Wallet) -> Question {
    Question::Sign {
        address: key.address,
        message: message.to_vec(),
        authentication: Some(Proof {
            text: proof.authenticate(key, message),
            bytes: proof.signature(key, message).0.to_vec(),
        }),
    }
}

/// TZ1 and TZ2 sign everything for everybody, TZ3 attests for a wallet.
fn guarded(wallet: &Wallet) -> Doors {
    let keys = [
        TZ1.entry(false),
        TZ2.entry(false),
        TZ3.entry_for("0x13", true),
    ];
    Doors::ready_with(
        &Configuration::simulated()
            .with("keys", &format!("[{}]", keys.concat()))
            .with("authorized_keys", &format!("[{:?}]", wallet.public_key()))
            .with(
                "high_water_marks",
                r#"[(chain: "NetXnHfVqm9iesp", level: 5)]"#,
            ),
    )
}

#[test]
fn the_same_bytes_get_the_identical_signature_everywhere() {
    let doors = Doors::ready_with(&Configuration::simulated());
    for key in [TZ1, TZ2, TZ3] {
        for message in [attestation(7, 0, 1), block(7, 0, 1)] {
            let question = Question::sign(key.address, &message);
            let signature = ask_everywhere(&doors, &question).unwrap();
            let signature = tezio_core::tezos::Signature(signature.try_into().unwrap());
            key.assert_made(&signature, &message);
        }
    }
}

/// Whichever door the first comes in by, the second finds the level taken at all of them.
#[test]
fn a_conflict_made_at_one_door_is_refused_at_all() {
    let doors = Doors::ready_with(&Configuration::simulated());
    for (level, door) in (1..).zip(Door::ALL) {
        for (key, kind) in [(TZ1, attestation as fn(_, _, _) -> _), (TZ3, block)] {
            let signed = Question::sign(key.address, &kind(level, 1, 1));
            doors.visit(door).ask(&signed).unwrap();
            let conflict = Question::sign(key.address, &kind(level, 1, 2));
            let reason = "has already been signed with different data";
            assert_refused_everywhere(&doors, &conflict, reason);
            let below = Question::sign(key.address, &kind(level, 0, 1));
            assert_refused_everywhere(&doors, &below, "is below the high watermark");
            assert_eq!(
                ask_everywhere(&doors, &signed),
                doors.visit(door).ask(&signed)
            );
        }
    }
}

#[test]
fn what_is_known_is_told_alike() {
    let open = Configuration::simulated().with("allow_list_known_keys", "true");
    let doors = Doors::ready_with(&open);
    for question in [
        Question::PublicKey(TZ1.address),
        Question::PublicKey(TZ2.address),
        Question::PublicKey(TZ3.address),
        Question::AuthorizedKeys,
        Question::KnownKeys,
    ] {
        ask_everywhere(&doors, &question).unwrap();
    }
    let doors = guarded(&Wallet::new(Curve::Ed25519, 4));
    let authorized = ask_everywhere(&doors, &Question::AuthorizedKeys).unwrap();
    assert_eq!(authorized.len(), 1 + 4 + 21);
}

#[test]
fn refusals_have_the_same_words_everywhere() {
    let (wallet, stranger) = (Wallet::new(Curve::P256, 4), Wallet::new(Curve::P256, 5));
    let doors = guarded(&wallet);
    let sign = |key: &HsmKey, message: &[u8]| Question::sign(key.address, message);
    let proven = |message: &[u8]| with_proof(&TZ3, message, &wallet);
    let vote = attestation(7, 0, 1);
    let sealed = [0x7a, 0x06, 0xa7, 0x71];
    for (question, text) in [
        (Question::PublicKey(UNKNOWN), "no key tz3ZxowX"),
        (Question::sign(UNKNOWN, &operation(1)), "no key tz3ZxowX"),
        (Question::PublicKey(TZ4), "no tz4 keys here"),
        (Question::sign(TZ4, &operation(1)), "no tz4 keys here"),
        (Question::ProofOfPossession(TZ4), "proof of possession"),
        (Question::KnownKeys, "allow_list_known_keys"),
        (sign(&TZ3, &vote), "missing authentication"),
        (with_proof(&TZ3, &vote, &stranger), "invalid authentication"),
        (foreign(&vote), "invalid authentication"),
        (
            proven(&operation(1)),
            "magic byte 0x03 not allowed for tz3Myar",
        ),
        (sign(&TZ1, &[0x14, 1, 2]), "magic byte 0x14 not allowed"),
        (sign(&TZ1, &[0x03; 40]), "unreadable operation: byte 38"),
        (sign(&TZ1, &hex::decode(DRAIN).unwrap()), "content 1 of 1"),
        (sign(&TZ1, &[]), "no data to sign"),
        (sign(&TZ1, &[3; 30_000]), "larger than this HSM can sign"),
        (proven(&vote[..40]), "attestation"),
        (proven(&attestation(5, 0, 1)), "5"),
        (proven(&attestation(4, 9, 1)), "below the high watermark"),
        (proven(&attestation(1 << 31, 0, 1)), "negative level"),
        (
            proven(&on_mainnet(vote.clone())),
            "no high watermark is known for",
        ),
        (
            proven(&on_chain(sealed, vote.clone())),
            "no high watermark is known for",
        ),
    ] {
        assert_refused_everywhere(&doors, &question, text);
    }
    // None of it was in the way of the first that may.
    ask_everywhere(&doors, &proven(&vote)).unwrap();
}

/// A signature by a tz4 key, as Octez recorded one, where none is authorized.
fn foreign(message: &[u8]) -> Question {
    Question::Sign {
        address: TZ3.address,
        message: message.to_vec(),
        authentication: Some(Proof {
            text:
                "BLsigB6n3rJuMpxmp4A4SnDXDEYbmV62DocMQdZU4rPjsMpWW8tBDHsyZaR4jtmwwpK7oAeBnVzFTkpc\
                   EWFP3deaRmA8TPyhh1vATiLZeScmcNVCM1Wu7sjtiap7J1Lx3kfX3qpqHesMGt"
                    .to_owned(),
            bytes: hex_literal::hex!(
                "a9056674a76809fe662cdf1bdc6ee851076bccb4831cbafec6cf1c56082ce20f5286b4eb00271d2d
                 fd694a68c1a6f7a810d56364267ac024afbb3eb89a0a1d08d203502db1187ff1de2c454c94d665ca
                 8b7632c0fba3d2de567fa5780b2a6db9"
            )
            .to_vec(),
        }),
    }
}

#[test]
fn without_an_hsm_everybody_is_told_the_same() {
    let nowhere = tempfile::tempdir().unwrap();
    let configuration = Configuration::serial(&nowhere.path().join("board"))
        .with("timeouts", "(request_ms: 100, hsm_reply_ms: 100)");
    let doors = Doors::start_on_board(&configuration);
    let question = Question::sign(TZ1.address, &operation(1));
    assert_refused_everywhere(&doors, &question, "HSM not connected");
}
