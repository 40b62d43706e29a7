//! Histories of requests, each decided by octez-signer, through the ledger of marks.

use serde_json::Value;
use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, VerifiedSignature, Verify};
use tezio_core::tezos::{
    ConsensusKind, Curve, Digest, Level, MagicByte, Message, PublicKey, PublicKeyHash, Round,
    Signature,
};
use tezio_core::watermark::{
    Claim, Ledger, Mark, Marks, Record, Standing, Watermark, WatermarkRefusal,
};

use crate::consensus::FILE;
use crate::{bytes, rows, text};

type Held = Ledger<32>;

const LEGACY: &str = "legacy Emmy mark, then a Tenderbake block at the same level";

/// Accepts every signature: the ledger is what is tested, with tz4 keys as well.
struct Trusting;

impl Verify for Trusting {
    type Key = ();

    fn prepare(&self, _: &PublicKey) -> Result<(), InvalidPublicKey> {
        Ok(())
    }

    fn verify(&self, (): &(), _: &Digest, _: &Signature) -> Result<(), InvalidSignature> {
        Ok(())
    }
}

/// What one step came to.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Sign,
    Stored(Signature),
    Refused(WatermarkRefusal),
    MagicByte,
}

/// A key hash for a name such as `tz1#a`.
fn key(name: &str) -> PublicKeyHash {
    let (prefix, who) = name.split_once('#').unwrap();
    let mut all = Curve::ALL.into_iter();
    let curve = all.find(|curve| curve.address_prefix() == prefix).unwrap();
    PublicKeyHash::new(curve, [*who.as_bytes().last().unwrap(); 20])
}

/// Marks at the very beginning for every chain, key and kind that the steps speak of.
fn ledger(steps: &[Value]) -> Held {
    let mut marks = Marks::new();
    for step in steps {
        let chain = tezio_core::tezos::ChainId(bytes(step, "hex")[1..5].try_into().unwrap());
        for kind in ConsensusKind::ALL {
            let watermark = Watermark {
                chain,
                key: key(text(step, "key")),
                kind,
            };
            let mark = Mark {
                level: Level::default(),
                round: Round::default(),
            };
            marks.apply(&Record::set(0, watermark, mark)).unwrap();
        }
    }
    Ledger::new(marks, 1)
}

fn decide(ledger: &mut Held, step: &Value, nonce: u8) -> Decision {
    let (key, data) = (key(text(step, "key")), bytes(step, "hex"));
    if !MagicByte(data[0]).is_signable() {
        return Decision::MagicByte;
    }
    let message = Message::parse(&data).unwrap();
    let consensus = message.consensus().unwrap();
    assert!(consensus.suits(key.curve()));
    let claim = Claim::new(key, consensus, message.digest());
    match ledger.check(&claim) {
        Ok(Standing::Free) => {}
        Ok(Standing::Repeat(stored)) => return Decision::Stored(*stored.signature()),
        Ok(Standing::Busy) => panic!("nothing is under way"),
        Err(refusal) => return Decision::Refused(refusal),
    }
    let approved = ledger.reserve(claim).unwrap();
    let signature = Signature([nonce; 64]);
    let verified =
        VerifiedSignature::check(&Trusting, key, &(), message.digest(), signature).unwrap();
    let unstored = ledger.record(approved, &verified).unwrap();
    let stored = ledger.confirm(unstored).unwrap();
    assert_eq!(*stored.signature(), signature);
    Decision::Sign
}

fn assert_decides(decision: &Decision, expected: &str) {
    let agrees = match decision {
        Decision::Sign => expected == "sign",
        Decision::Stored(_) => expected == "stored",
        Decision::Refused(WatermarkRefusal::Conflict { .. }) => {
            expected == "refuse: different data"
        }
        Decision::Refused(WatermarkRefusal::Below { .. }) => expected.contains("below"),
        Decision::Refused(_) | Decision::MagicByte => false,
    };
    assert!(agrees, "{expected}: {decision:?}");
}

fn scenario(name: &str) -> Vec<Value> {
    let all = rows(FILE, "scenarios");
    let found = all.iter().find(|row| text(row, "name") == name).unwrap();
    found["steps"].as_array().unwrap().clone()
}

#[test]
fn every_history_is_decided_as_octez_decides_it() {
    let scenarios = rows(FILE, "scenarios");
    let tenderbake = scenarios.iter().filter(|row| text(row, "name") != LEGACY);
    assert_eq!(tenderbake.clone().count(), 4);
    for row in tenderbake {
        let steps = row["steps"].as_array().unwrap();
        let mut ledger = ledger(steps);
        for (at, step) in (1..).zip(steps) {
            let decision = decide(&mut ledger, step, at);
            assert_decides(&decision, text(step, "expect"));
        }
    }
}

#[test]
fn a_repeat_is_given_the_signature_of_the_first_time() {
    let steps = scenario("blocks: increase, repeat same bytes, conflict, lower");
    let mut ledger = ledger(&steps);
    assert_eq!(decide(&mut ledger, &steps[0], 1), Decision::Sign);
    let again = decide(&mut ledger, &steps[1], 2);
    assert_eq!(again, Decision::Stored(Signature([1; 64])));
}

/// Octez keeps one mark for Emmy and Tenderbake blocks; here Emmy's magic bytes are signed by no key,
/// so they leave no mark behind.
#[test]
fn emmy_blocks_are_refused_and_leave_no_mark() {
    let steps = scenario(LEGACY);
    let mut ledger = ledger(&steps);
    let decisions: Vec<_> = (1..)
        .zip(&steps)
        .map(|(at, step)| decide(&mut ledger, step, at))
        .collect();
    let emmy = Decision::MagicByte;
    assert_eq!(decisions[0], emmy);
    assert_eq!(decisions[1], emmy);
    assert_eq!(decisions[2], Decision::Sign, "nothing stands against it");
    assert_eq!(decisions[3], Decision::Sign);
    assert_eq!(decisions[4], emmy);
}
