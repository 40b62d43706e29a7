//! Limits per day: counted when an operation goes to a device, and given back when no signature comes
//! of it.

use tezio_core::policy::{KindSet, Rule};
use tezio_core::tezos::Mutez;
use tezio_core::tezos::operation::OperationKind;
use tezio_core::time::Instant;
use tezio_core::verdict::Refusal;

use crate::support::{Fault, Holder, Pair, Setup, operation};

const KEY: Holder = Holder::Tz1;
/// What one of these operations sends, its fee included.
const EACH: u64 = 407 + 33;

/// A key that may send as much as so many of these operations in a day.
fn limited(count: u64) -> Pair {
    let mut setup = Setup::baker();
    setup.key_mut(KEY).operations.by_rules = true;
    let rule = Rule {
        kinds: KindSet::default().with(OperationKind::Transaction),
        max_amount_per_day: Some(Mutez(count * EACH)),
        ..Rule::default()
    };
    setup.policy.rules.add(0, &rule).unwrap();
    setup.start()
}

#[track_caller]
fn assert_overspent(refusal: &Refusal, sent: u64) {
    let Refusal::Overspent { overspent, .. } = refusal else {
        panic!("{refusal}");
    };
    assert_eq!(overspent.spent, Mutez(sent * EACH));
}

#[test]
fn what_was_signed_counts_until_a_day_has_passed() {
    let mut pair = limited(2);
    pair.sign(KEY, &operation(0));
    pair.sign(KEY, &operation(1));
    assert_overspent(&pair.refuse(KEY, &operation(2)), 2);
    assert_eq!(pair.asked(), 2);
    pair.now = Instant::from_millis(24 * 3_600_000);
    assert_overspent(&pair.refuse(KEY, &operation(2)), 2);
    pair.now = Instant::from_millis(25 * 3_600_000 + 1);
    pair.sign(KEY, &operation(2));
}

/// Each alone would be allowed: the one that comes to the device later is refused before it.
#[test]
fn requests_that_wait_together_do_not_pass_the_limit_together() {
    let mut pair = limited(2);
    let ids = [0, 1, 2].map(|salt| pair.ask(KEY, &operation(salt)));
    pair.settle();
    let refused = ids.iter().filter(|id| {
        let reply = pair.reply(**id).unwrap();
        matches!(
            reply,
            tezio_core::octez::Reply::Refused(Refusal::Overspent { .. })
        )
    });
    assert_eq!(refused.count(), 1);
    assert_eq!(pair.asked(), 2);
}

#[test]
fn what_a_device_failed_at_was_not_sent() {
    let mut pair = limited(1);
    for _ in 0..5 {
        pair.hsms[0].faults.push_back(Fault::Status(0xaf));
        let refusal = pair.refuse(KEY, &operation(0));
        assert!(matches!(refusal, Refusal::Hsm(_)), "{refusal}");
    }
    pair.sign(KEY, &operation(0));
    assert_overspent(&pair.refuse(KEY, &operation(1)), 1);
}

/// A packet that came broken is sent again, and counts once.
#[test]
fn what_is_sent_twice_to_a_device_counts_once() {
    let mut pair = limited(2);
    pair.hsms[0].faults.push_back(Fault::Status(0xa7));
    pair.sign(KEY, &operation(0));
    pair.sign(KEY, &operation(1));
    assert_overspent(&pair.refuse(KEY, &operation(2)), 2);
}
