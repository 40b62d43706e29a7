//! Batches: the last content counts as the first.

use tezio_core::policy::Objection;
use tezio_core::tezos::Contract;
use tezio_core::tezos::operation::OperationKind as Kind;

use crate::support::{
    KEY, OTHER, delegation, objection, operation, plain, policy, ruled, transaction,
    update_consensus_key, verdict,
};

/// Two requests that differ in their last content alone.
#[test]
fn an_unlisted_kind_hidden_as_the_last_of_a_batch_is_refused() {
    let to = Contract::Implicit(OTHER);
    let honest = vec![transaction(5, to, None); 12];
    let policy = ruled(&[plain(&[Kind::Transaction])]);
    assert_eq!(verdict(&policy, &operation(&honest)), Ok(()));
    for (hidden, kind) in [
        (delegation(None), Kind::Delegation),
        (update_consensus_key(), Kind::UpdateConsensusKey),
    ] {
        let mut batch = honest.clone();
        *batch.last_mut().unwrap() = hidden;
        let message = operation(&batch);
        let expected = (12, kind, Objection::NotNamed);
        assert_eq!(objection(&policy, &message), expected);
        let text = verdict(&policy, &message).unwrap_err().to_string();
        let told = format!(
            "content 12 of 12 in an operation for {KEY}: {kind} is not among the kinds in \
             operations of the key"
        );
        assert_eq!(text, told);
    }
}

#[test]
fn it_is_found_at_every_place_of_a_batch() {
    let to = Contract::Implicit(OTHER);
    let honest = vec![transaction(5, to, None); 12];
    for place in 0..12 {
        let mut batch = honest.clone();
        batch[place] = update_consensus_key();
        let message = operation(&batch);
        let by_default = (place + 1, Kind::UpdateConsensusKey, Objection::MustBeNamed);
        assert_eq!(objection(&policy(), &message), by_default);
        let ruled = ruled(&[plain(&[Kind::Transaction])]);
        let by_rules = (place + 1, Kind::UpdateConsensusKey, Objection::NotNamed);
        assert_eq!(objection(&ruled, &message), by_rules);
    }
}

#[test]
fn a_batch_has_at_most_the_contents_allowed() {
    let to = Contract::Implicit(OTHER);
    let mut policy = ruled(&[plain(&[Kind::Transaction])]);
    policy.keys[0].operations.max_batch = Some(3);
    for count in 1..=5 {
        let message = operation(&vec![transaction(5, to, None); count]);
        if count <= 3 {
            assert_eq!(verdict(&policy, &message), Ok(()));
        } else {
            let expected = (4, Kind::Transaction, Objection::Batch(3));
            assert_eq!(objection(&policy, &message), expected);
        }
    }
}
