//! What is signed, and what is not, where a policy says nothing of operations.

use tezio_core::policy::{Objection, Standing, Switches};
use tezio_core::tezos::operation::OperationKind as Kind;
use tezio_core::tezos::{ChainId, MagicByte};
use tezio_core::verdict::Refusal;

use crate::support::{KEY, PROGRAM};
use crate::support::{objection, operation, plain, policy, recorded, ruled, transaction, verdict};

const NAMED: [Kind; 3] = [
    Kind::DrainDelegate,
    Kind::UpdateConsensusKey,
    Kind::UpdateCompanionKey,
];
const VOTES: [Kind; 5] = [
    Kind::Preattestation,
    Kind::Attestation,
    Kind::AttestationWithDal,
    Kind::PreattestationsAggregate,
    Kind::AttestationsAggregate,
];

#[test]
fn every_recorded_kind_is_signed_but_those_that_must_be_named() {
    let mut seen = 0;
    for kind in Kind::ALL {
        let Some(message) = recorded(kind) else {
            continue;
        };
        seen += 1;
        let expected = if NAMED.contains(&kind) {
            Some(Objection::MustBeNamed)
        } else {
            VOTES.contains(&kind).then_some(Objection::ConsensusVote)
        };
        match expected {
            Some(why) => assert_eq!(objection(&policy(), &message), (1, kind, why)),
            None => assert_eq!(verdict(&policy(), &message), Ok(()), "{kind}"),
        }
    }
    assert!(seen >= 30, "{seen}");
}

#[test]
fn every_kind_is_signed_where_it_is_named_and_nowhere_else() {
    for kind in Kind::ALL {
        let Some(message) = recorded(kind) else {
            continue;
        };
        let others = Kind::ALL.into_iter().filter(|other| *other != kind);
        let others = ruled(&[plain(&others.collect::<Vec<_>>())]);
        let itself = ruled(&[plain(&[kind])]);
        if VOTES.contains(&kind) {
            let vote = (1, kind, Objection::ConsensusVote);
            assert_eq!(objection(&itself, &message), vote);
        } else {
            assert_eq!(verdict(&itself, &message), Ok(()), "{kind}");
            let unnamed = (1, kind, Objection::NotNamed);
            assert_eq!(objection(&others, &message), unnamed);
        }
    }
}

#[test]
fn what_cannot_be_walked_to_its_last_byte_is_refused() {
    let whole = operation(&[transaction(1, PROGRAM, None)]);
    let mut policy = policy();
    for end in 2..whole.len() {
        let refusal = verdict(&policy, &whole[..end]);
        let unreadable = matches!(refusal, Err(Refusal::Unreadable { key: KEY, .. }));
        assert!(unreadable, "{end}: {refusal:?}");
    }
    let longer = [&whole[..], &[0]].concat();
    let refusal = verdict(&policy, &longer).unwrap_err().to_string();
    assert!(refusal.contains("unreadable operation: byte"), "{refusal}");
    policy.keys[0].operations.unreadable_allowed = true;
    assert_eq!(verdict(&policy, &longer), Ok(()));
}

/// Leave to sign what cannot be read is no leave to sign what can, and is forbidden.
#[test]
fn leave_for_the_unreadable_is_none_for_the_readable() {
    let mut policy = policy();
    policy.keys[0].operations.unreadable_allowed = true;
    let drain = recorded(Kind::DrainDelegate).unwrap();
    let expected = (1, Kind::DrainDelegate, Objection::MustBeNamed);
    assert_eq!(objection(&policy, &drain), expected);
}

#[test]
fn other_magic_bytes_are_not_looked_into() {
    for byte in [MagicByte::AUTHENTICATION, MagicByte::MICHELSON] {
        assert_eq!(verdict(&ruled(&[]), &[byte.0, 1, 2]), Ok(()));
    }
}

#[test]
fn the_switch_turns_all_of_it_off() {
    let mut policy = ruled(&[]);
    policy.keys[0].chains.push(ChainId([9; 4])).unwrap();
    let drain = recorded(Kind::DrainDelegate).unwrap();
    assert!(verdict(&policy, &drain).is_err());
    policy.switches = Switches {
        signing_policy_check: false,
        ..Switches::default()
    };
    assert_eq!(verdict(&policy, &drain), Ok(()));
    assert_eq!(verdict(&policy, &[0x03, 1]), Ok(()));
}

#[test]
fn consensus_messages_are_for_the_chains_listed() {
    let vote = hex::decode(VOTE).unwrap();
    let mut policy = policy();
    assert_eq!(verdict(&policy, &vote), Ok(()));
    policy.keys[0].chains.push(ChainId([9; 4])).unwrap();
    let chain = ChainId::MAINNET;
    let expected = Refusal::Chain { key: KEY, chain };
    assert_eq!(verdict(&policy, &vote), Err(expected));
    policy.keys[0].chains.push(chain).unwrap();
    assert_eq!(verdict(&policy, &vote), Ok(()));
    // An operation names no chain.
    let transfer = operation(&[transaction(1, PROGRAM, None)]);
    assert_eq!(verdict(&policy, &transfer), Ok(()));
}

/// The table of kinds in `docs/policy.md` has every kind, its tag and what becomes of it.
#[test]
fn the_handbook_s_table_of_kinds_is_right() {
    const PAGE: &str = include_str!("../../../docs/policy.md");
    let row = |kind: Kind| {
        let begin = format!("| {} | `{kind}` | ", kind.tag());
        PAGE.lines().find(|line| line.starts_with(&begin))
    };
    for kind in Kind::ALL {
        let default = row(kind).unwrap().rsplit(" | ").next().unwrap();
        let expected = match Standing::of(kind) {
            Standing::Signed => "signed",
            Standing::MustBeNamed => "**must be named**",
            Standing::Never => "never",
        };
        assert!(default.starts_with(expected), "{kind}: {default}");
    }
}

/// An attestation for mainnet, recorded in `octez-consensus.json`.
const VOTE: &str = "137a06a770e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e415\
ffff0098968100000002f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5";
