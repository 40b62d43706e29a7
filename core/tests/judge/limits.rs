//! Limits of rules, at their boundaries.

use tezio_core::policy::{Breach, Day, EntrypointName, Objection, Overspent, Rule};
use tezio_core::tezos::operation::{OperationKind as Kind, Vote};
use tezio_core::tezos::{Contract, Mutez};
use tezio_core::verdict::Refusal;

use crate::support::{
    FEE, KEY, OTHER, PROGRAM, ballot, delegation, drain_delegate, mutez, objection, operation,
    origination, plain, ruled, said, transaction, verdict,
};

const ACCOUNT: Contract = Contract::Implicit(OTHER);

fn breach(kind: Kind, breach: Breach) -> (usize, Kind, Objection) {
    (1, kind, Objection::Breach(breach))
}

fn over(asked: u64, limit: u64) -> Breach {
    Breach::Amount {
        asked: Mutez(asked),
        limit: Mutez(limit),
    }
}

#[test]
fn an_operation_sends_what_is_allowed_and_no_more() {
    let policy = ruled(&[Rule {
        max_amount: mutez(1000),
        ..plain(&[Kind::Transaction, Kind::Origination])
    }]);
    let most = 1000 - FEE;
    for message in [transaction(most, ACCOUNT, None), origination(most)] {
        assert_eq!(verdict(&policy, &operation(&[message])), Ok(()));
    }
    let above = operation(&[transaction(most + 1, ACCOUNT, None)]);
    let expected = breach(Kind::Transaction, over(1001, 1000));
    assert_eq!(objection(&policy, &above), expected);
    let above = operation(&[origination(most + 1)]);
    let expected = breach(Kind::Origination, over(1001, 1000));
    assert_eq!(objection(&policy, &above), expected);
}

#[test]
fn a_batch_counts_as_one() {
    let policy = ruled(&[Rule {
        max_amount: mutez(3 * (100 + FEE)),
        ..plain(&[Kind::Transaction])
    }]);
    let batch = |count| operation(&vec![transaction(100, ACCOUNT, None); count]);
    assert_eq!(verdict(&policy, &batch(3)), Ok(()));
    let (place, _, why) = objection(&policy, &batch(4));
    assert_eq!(place, 4);
    let limit = 3 * (100 + FEE);
    assert_eq!(why, Objection::Breach(over(4 * (100 + FEE), limit)));
}

#[test]
fn amounts_near_the_end_of_numbers_are_above_every_limit() {
    let policy = ruled(&[Rule {
        max_amount: mutez(1 << 60),
        ..plain(&[Kind::Transaction])
    }]);
    let huge = vec![transaction(u64::MAX, ACCOUNT, None); 2];
    let (_, _, why) = objection(&policy, &operation(&huge));
    assert_eq!(why, Objection::Breach(over(u64::MAX, 1 << 60)));
}

#[test]
fn fees_are_bounded_for_the_operation_as_a_whole() {
    let mut policy = ruled(&[plain(&[Kind::Delegation])]);
    policy.keys[0].operations.max_fee = mutez(3 * FEE);
    let batch = |count| operation(&vec![delegation(None); count]);
    assert_eq!(verdict(&policy, &batch(3)), Ok(()));
    let fee = Objection::Fee {
        asked: Mutez(4 * FEE),
        limit: Mutez(3 * FEE),
    };
    assert_eq!(objection(&policy, &batch(4)), (4, Kind::Delegation, fee));
}

#[test]
fn destinations_are_those_listed() {
    let listed = [Contract::Implicit(KEY), PROGRAM];
    let policy = ruled(&[Rule {
        destinations: Some(&listed),
        ..plain(&[Kind::Transaction, Kind::Delegation, Kind::DrainDelegate])
    }]);
    for message in [
        transaction(1, PROGRAM, None),
        transaction(1, Contract::Implicit(KEY), None),
        delegation(Some(KEY)),
        drain_delegate(KEY),
    ] {
        assert_eq!(verdict(&policy, &operation(&[message])), Ok(()));
    }
    for (message, kind) in [
        (transaction(1, ACCOUNT, None), Kind::Transaction),
        (delegation(Some(OTHER)), Kind::Delegation),
        (drain_delegate(OTHER), Kind::DrainDelegate),
    ] {
        let expected = breach(kind, Breach::Destination(ACCOUNT));
        assert_eq!(objection(&policy, &operation(&[message])), expected);
    }
    let withdrawn = operation(&[delegation(None)]);
    let expected = breach(Kind::Delegation, Breach::NoDelegate);
    assert_eq!(objection(&policy, &withdrawn), expected);
}

#[test]
fn entrypoints_are_those_listed_however_they_are_spelled() {
    let name = |text| EntrypointName::new(text).unwrap();
    let listed = [name("stake"), name("default")];
    let policy = ruled(&[Rule {
        entrypoints: Some(&listed),
        ..plain(&[Kind::Transaction])
    }]);
    let call = |entrypoint| operation(&[transaction(1, ACCOUNT, entrypoint)]);
    for entrypoint in [None, Some(""), Some("default"), Some("stake")] {
        assert_eq!(
            verdict(&policy, &call(entrypoint)),
            Ok(()),
            "{entrypoint:?}"
        );
    }
    // The tag that the protocol has for stake.
    let mut by_tag = call(None);
    assert_eq!(by_tag.pop(), Some(0x00));
    by_tag.extend([0xff, 6, 0, 0, 0, 2, 0x03, 0x0b]);
    assert_eq!(verdict(&policy, &by_tag), Ok(()));
    for other in ["unstake", "Stake", "stak", "stake2", "transfer"] {
        let expected = breach(Kind::Transaction, Breach::Entrypoint(name(other)));
        assert_eq!(objection(&policy, &call(Some(other))), expected);
    }
}

#[test]
fn ballots_say_what_is_listed() {
    let all = [Vote::Yay, Vote::Nay, Vote::Pass];
    for allowed in all {
        let policy = ruled(&[Rule {
            votes: Some(&[allowed]),
            ..plain(&[Kind::Ballot])
        }]);
        for (byte, vote) in (0..).zip(all) {
            let message = operation(&[ballot(byte)]);
            if vote == allowed {
                assert_eq!(verdict(&policy, &message), Ok(()));
            } else {
                let expected = breach(Kind::Ballot, Breach::Vote(vote));
                assert_eq!(objection(&policy, &message), expected);
            }
        }
    }
}

/// A key that stakes for itself and pays others: each entry counts what it took alone.
#[test]
fn the_first_entry_that_takes_a_content_counts_it() {
    let own = [Contract::Implicit(KEY)];
    let stake = [EntrypointName::new("stake").unwrap()];
    let policy = ruled(&[
        Rule {
            destinations: Some(&own),
            entrypoints: Some(&stake),
            ..plain(&[Kind::Transaction])
        },
        Rule {
            max_amount: mutez(200),
            ..plain(&[Kind::Transaction])
        },
    ]);
    let staked = transaction(1_000_000, own[0], Some("stake"));
    let paid = transaction(200 - FEE, ACCOUNT, None);
    let both = operation(&[staked.clone(), paid.clone()]);
    assert_eq!(verdict(&policy, &both), Ok(()));
    let more = operation(&[paid, staked, transaction(1, ACCOUNT, None)]);
    let (place, _, why) = objection(&policy, &more);
    assert_eq!((place, why), (3, Objection::Breach(over(211, 200))));
}

#[test]
fn a_day_has_its_own_limit() {
    let policy = ruled(&[Rule {
        max_amount_per_day: mutez(500),
        ..plain(&[Kind::Transaction])
    }]);
    let message = operation(&[transaction(500 - FEE, ACCOUNT, None)]);
    let day = Day::default();
    assert_eq!(said(&policy, &day, &message), Ok(()));
    let above = operation(&[transaction(501 - FEE, ACCOUNT, None)]);
    let (asked, spent, limit) = (Mutez(501), Mutez(0), Mutez(500));
    let overspent = Overspent {
        asked,
        spent,
        limit,
    };
    let key = KEY;
    let expected = Refusal::Overspent { key, overspent };
    assert_eq!(said(&policy, &day, &above), Err(expected));
}
