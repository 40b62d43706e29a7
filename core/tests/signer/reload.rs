//! Another policy while requests are under way.

use tezio_core::limits::AUTHORIZED_KEYS;
use tezio_core::octez::Reply;
use tezio_core::policy::{KindSet, MagicBytes, Policy, Rule};
use tezio_core::signer::Unfit;
use tezio_core::tezos::operation::OperationKind;
use tezio_core::tezos::{ClientKey, Mutez, PublicKey};
use tezio_core::verdict::Refusal;

use crate::support::{Holder, Pair, Setup, attestation, operation, public_key};

const KEY: Holder = Holder::Tz1;

fn started() -> (Pair, Policy) {
    let setup = Setup::baker();
    let policy = setup.policy.clone();
    (setup.start(), policy)
}

fn set(pair: &mut Pair, policy: Policy) -> Result<(), Unfit> {
    let set = pair.signer.set_policy(pair.now, policy);
    pair.drain();
    set
}

#[test]
fn the_next_request_is_judged_by_the_new_policy() {
    let (mut pair, mut policy) = started();
    pair.sign(KEY, &operation(0));
    policy.keys[0].operations.by_rules = true;
    assert_eq!(set(&mut pair, policy.clone()), Ok(()));
    let refusal = pair.refuse(KEY, &operation(0));
    assert!(matches!(refusal, Refusal::Operation(_)), "{refusal}");
    policy.keys[0].operations.by_rules = false;
    assert_eq!(set(&mut pair, policy), Ok(()));
    pair.sign(KEY, &operation(0));
}

/// What the device has is signed; what waits and is forbidden now is refused at once.
#[test]
fn what_is_at_a_device_goes_on_and_what_waits_is_judged_anew() {
    let (mut pair, mut policy) = started();
    let at_device = pair.ask(KEY, &operation(0));
    let forbidden = pair.ask(KEY, &operation(1));
    let vote = pair.ask(KEY, &attestation(7, 0, 0));
    let mut votes_alone = MagicBytes::default();
    votes_alone.insert(tezio_core::tezos::MagicByte::ATTESTATION);
    policy.keys[0].magic_bytes = votes_alone;
    assert_eq!(set(&mut pair, policy), Ok(()));
    let reply = pair.reply(forbidden);
    let refused = matches!(reply, Some(Reply::Refused(Refusal::MagicByte { .. })));
    assert!(refused, "{reply:?}");
    pair.settle();
    for id in [at_device, vote] {
        let reply = pair.reply(id);
        assert!(matches!(reply, Some(Reply::Signature(_))), "{reply:?}");
    }
    assert_eq!(pair.asked(), 2);
}

#[test]
fn marks_stay() {
    let (mut pair, policy) = started();
    pair.sign(KEY, &attestation(7, 0, 0));
    assert_eq!(set(&mut pair, policy), Ok(()));
    let refusal = pair.refuse(KEY, &attestation(7, 0, 1));
    assert!(matches!(refusal, Refusal::Watermark(_)), "{refusal}");
}

#[test]
fn a_day_goes_on() {
    let limited = |limit| {
        let mut policy = Setup::baker().policy;
        policy.keys[0].operations.by_rules = true;
        let rule = Rule {
            kinds: KindSet::default().with(OperationKind::Transaction),
            max_amount_per_day: Some(Mutez(limit)),
            ..Rule::default()
        };
        policy.rules.add(0, &rule).unwrap();
        policy
    };
    let (mut pair, _) = started();
    assert_eq!(set(&mut pair, limited(440)), Ok(()));
    pair.sign(KEY, &operation(0));
    assert_eq!(set(&mut pair, limited(441)), Ok(()));
    let refusal = pair.refuse(KEY, &operation(1));
    assert!(matches!(refusal, Refusal::Overspent { .. }), "{refusal}");
    assert_eq!(set(&mut pair, limited(880)), Ok(()));
    pair.sign(KEY, &operation(1));
}

/// Each leaves the policy before it in force.
#[test]
fn what_does_not_fit_changes_nothing() {
    let (mut pair, policy) = started();
    let changed = |change: &dyn Fn(&mut Policy)| {
        let mut policy = policy.clone();
        // Were it taken, nothing could be asked any more.
        policy.allowed_addresses.clear();
        change(&mut policy);
        policy
    };
    let no_point = ClientKey::Ordinary(PublicKey::P256([7; 33]));
    let unfit = [
        (changed(&|policy| drop(policy.keys.pop())), Unfit::Keys),
        (changed(&|policy| policy.keys.swap(0, 1)), Unfit::Keys),
        (changed(&|policy| policy.keys[0].homes.clear()), Unfit::Keys),
        (
            changed(&|policy| drop(policy.allowed_clients.push("baker".try_into().unwrap()))),
            Unfit::Clients,
        ),
        (
            changed(&|policy| policy.switches.high_water_mark_check = false),
            Unfit::Watermarks,
        ),
        (
            changed(&|policy| assert!(policy.authorized_keys.push(no_point).is_ok())),
            Unfit::AuthorizedKey(no_point.hash()),
        ),
    ];
    for (policy, expected) in unfit {
        assert_eq!(set(&mut pair, policy), Err(expected));
        pair.sign(KEY, &operation(0));
    }
}

#[test]
fn authorized_keys_change_with_the_policy() {
    let mut setup = Setup::baker();
    setup.key_mut(KEY).authentication_required = true;
    let mut policy = setup.policy.clone();
    let mut pair = setup.start();
    policy.authorized_keys = heapless::Vec::<_, AUTHORIZED_KEYS>::new();
    let other = public_key(Holder::Tz2);
    policy.authorized_keys.push(other.into()).unwrap();
    assert_eq!(set(&mut pair, policy), Ok(()));
    let wanted = operation(0);
    for (by, good) in [(Holder::Client, false), (Holder::Tz2, true)] {
        let proof = crate::support::authentication(by, KEY, &wanted);
        let id = pair.ask_from(crate::support::localhost(), KEY, &wanted, Some(proof));
        pair.settle();
        let reply = pair.reply(id);
        let signed = matches!(reply, Some(Reply::Signature(_)));
        assert_eq!(signed, good, "{reply:?}");
    }
}
