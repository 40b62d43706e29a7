//! What one client may ask of a key, and another may not.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::judge::{Asked, Sent, judge};
use tezio_core::policy::Day;
use tezio_core::policy::{
    AddressRange, ClientRule, ForbiddenClient, KindSet, MagicBytes, Peer, Policy, Wanted, Who,
};
use tezio_core::tezos::operation::OperationKind as Kind;
use tezio_core::tezos::{Contract, MagicByte, PublicKeyHash};
use tezio_core::time::Instant;
use tezio_core::verdict::Refusal;

use crate::support::{HERE, KEY, OTHER, delegation, operation, policy, transaction};

const USER: Peer = Peer::User {
    uid: 1000,
    gid: 100,
};
const THERE: Peer = Peer::Address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9)));

fn with(rules: &[(Who, Option<u8>, Option<Kind>)]) -> Policy {
    let mut policy = policy();
    let loopback = AddressRange::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), Some(8));
    policy.allowed_addresses.push(loopback.unwrap()).unwrap();
    for (who, byte, kind) in rules {
        let magic_bytes = byte.map(|byte| {
            let mut bytes = MagicBytes::default();
            assert!(bytes.insert(MagicByte(byte)));
            bytes
        });
        let rule = ClientRule {
            key: 0,
            who: *who,
            magic_bytes,
            kinds: kind.map(|kind| KindSet::default().with(kind)),
        };
        policy.client_rules.push(rule).unwrap();
    }
    policy
}

fn who(address: [u8; 4]) -> Who {
    let range = AddressRange::new(IpAddr::V4(address.into()), None);
    Who {
        address: Some(range.unwrap()),
        ..Who::default()
    }
}

fn user(uid: u32) -> Who {
    Who {
        user: Some(uid),
        ..Who::default()
    }
}

fn asks(
    policy: &Policy,
    peer: Peer,
    by: Option<PublicKeyHash>,
    data: &[u8],
) -> Result<(), Refusal> {
    let asked = Asked {
        peer,
        key: KEY,
        data,
        signed: by.is_some(),
    };
    let (day, now) = (&Day::default(), Instant::from_millis(0));
    judge(policy, &Sent { day, now }, &asked, |_| by).map(|_| ())
}

fn refused(wanted: Wanted) -> Result<(), Refusal> {
    Err(Refusal::Client(ForbiddenClient { key: KEY, wanted }))
}

fn payment() -> Vec<u8> {
    operation(&[transaction(1, Contract::Implicit(OTHER), None)])
}

/// The baker bakes, the payout tool pays, and neither does the other's work.
#[test]
fn each_client_gets_its_own_part() {
    let policy = with(&[
        (who([127, 0, 0, 1]), Some(0x05), None),
        (user(1000), Some(0x03), Some(Kind::Transaction)),
    ]);
    let packed = [0x05, 1, 2];
    assert_eq!(asks(&policy, HERE, None, &packed), Ok(()));
    assert_eq!(asks(&policy, USER, None, &payment()), Ok(()));
    let byte = |byte| refused(Wanted::MagicByte(MagicByte(byte)));
    assert_eq!(asks(&policy, HERE, None, &payment()), byte(0x03));
    assert_eq!(asks(&policy, USER, None, &packed), byte(0x05));
    assert_eq!(
        asks(&policy, THERE, None, &packed),
        refused(Wanted::Anything)
    );
    let other = Peer::User {
        uid: 1001,
        gid: 100,
    };
    assert_eq!(
        asks(&policy, other, None, &packed),
        refused(Wanted::Anything)
    );
}

#[test]
fn kinds_are_looked_for_in_every_content() {
    let policy = with(&[(user(1000), None, Some(Kind::Transaction))]);
    let pay = transaction(1, Contract::Implicit(OTHER), None);
    let batch = operation(&[pay.clone(), pay, delegation(None)]);
    let expected = refused(Wanted::Kind(Kind::Delegation));
    assert_eq!(asks(&policy, USER, None, &batch), expected);
    // What is no operation has no kinds.
    assert_eq!(asks(&policy, USER, None, &[0x05, 1]), Ok(()));
}

#[test]
fn what_nobody_can_read_is_of_no_kind_that_a_client_may_ask_for() {
    let mut policy = with(&[(user(1000), None, Some(Kind::Transaction))]);
    policy.keys[0].operations.unreadable_allowed = true;
    let expected = refused(Wanted::Unreadable);
    assert_eq!(asks(&policy, USER, None, &[0x03, 1]), expected);
}

#[test]
fn one_fitting_entry_that_allows_is_enough() {
    let policy = with(&[
        (user(1000), Some(0x05), None),
        (user(1000), Some(0x03), None),
    ]);
    assert_eq!(asks(&policy, USER, None, &payment()), Ok(()));
    assert_eq!(asks(&policy, USER, None, &[0x05, 1]), Ok(()));
}

#[test]
fn all_marks_of_an_entry_must_be_there() {
    let both = Who {
        group: Some(100),
        ..user(1000)
    };
    let policy = with(&[(both, None, None)]);
    let peer = |uid, gid| Peer::User { uid, gid };
    assert_eq!(asks(&policy, peer(1000, 100), None, &payment()), Ok(()));
    for other in [peer(1000, 101), peer(1001, 100)] {
        let refusal = asks(&policy, other, None, &payment());
        assert_eq!(refusal, refused(Wanted::Anything));
    }
}

#[test]
fn the_key_that_signed_the_request_may_decide() {
    let by_other = Who {
        authorized_key: Some(OTHER),
        ..Who::default()
    };
    let mut policy = with(&[(by_other, None, None)]);
    policy.keys[0].authentication_required = true;
    assert_eq!(asks(&policy, HERE, Some(OTHER), &payment()), Ok(()));
    let refusal = asks(&policy, HERE, Some(KEY), &payment());
    assert_eq!(refusal, refused(Wanted::Anything));
}

/// Nothing of a key's clients is told before the authentication is found good.
#[test]
fn an_authentication_that_is_nobodys_comes_before_the_client() {
    let mut policy = with(&[(user(1), None, None)]);
    policy.keys[0].authentication_required = true;
    let (day, now) = (&Day::default(), Instant::from_millis(0));
    let data = &payment();
    let asked = Asked {
        peer: HERE,
        key: KEY,
        data,
        signed: true,
    };
    let refusal = judge(&policy, &Sent { day, now }, &asked, |_| None);
    assert_eq!(refusal.unwrap_err(), Refusal::AuthenticationInvalid);
}
