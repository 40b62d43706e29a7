//! A policy of one key, operations in its name, and what the judge says.

use core::net::{IpAddr, Ipv4Addr};

use serde_json::Value;
use tezio_core::judge::{Asked, Sent, judge};
use tezio_core::policy::{
    AddressRange, Day, KeyPolicy, KindSet, MagicBytes, Objection, Operations, Peer, Policy, Rule,
};
use tezio_core::tezos::operation::OperationKind;
use tezio_core::tezos::{Contract, Curve, MagicByte, Mutez, PublicKeyHash};
use tezio_core::time::Instant;
use tezio_core::verdict::Refusal;

pub(crate) const KEY: PublicKeyHash = PublicKeyHash::new(Curve::Ed25519, [0x11; 20]);
pub(crate) const OTHER: PublicKeyHash = PublicKeyHash::new(Curve::Ed25519, [0x22; 20]);
pub(crate) const PROGRAM: Contract = Contract::Originated([0x33; 20]);
pub(crate) const HERE: Peer = Peer::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
/// What every content that is put together here pays.
pub(crate) const FEE: u64 = 10;

/// A policy under which [`KEY`] signs all magic bytes for this host, and nobody need authenticate.
pub(crate) fn policy() -> Policy {
    let mut policy = Policy::default();
    let home = AddressRange::new(IpAddr::V4(Ipv4Addr::LOCALHOST), None).unwrap();
    policy.allowed_addresses.push(home).unwrap();
    let mut magic_bytes = MagicBytes::default();
    for byte in MagicByte::SIGNABLE {
        assert!(magic_bytes.insert(byte));
    }
    let key = KeyPolicy {
        hash: KEY,
        homes: heapless::Vec::new(),
        magic_bytes,
        authentication_required: false,
        authorized_by: None,
        chains: heapless::Vec::new(),
        operations: Operations::default(),
    };
    policy.keys.push(key).unwrap();
    policy
}

/// The same with these rules for operations.
pub(crate) fn ruled(rules: &[Rule<'_>]) -> Policy {
    let mut policy = policy();
    policy.keys[0].operations.by_rules = true;
    for rule in rules {
        policy.rules.add(0, rule).unwrap();
    }
    policy
}

/// A rule without limits.
pub(crate) fn plain(kinds: &[OperationKind]) -> Rule<'static> {
    Rule {
        kinds: kinds.iter().copied().collect::<KindSet>(),
        ..Rule::default()
    }
}

/// What the policy says of a message that this host wants signed, of which `day` is known.
pub(crate) fn said(policy: &Policy, day: &Day, data: &[u8]) -> Result<(), Refusal> {
    let asked = Asked {
        peer: HERE,
        key: KEY,
        data,
        signed: false,
    };
    let now = Instant::from_millis(0);
    judge(policy, &Sent { day, now }, &asked, |_| None).map(|_| ())
}

/// The same at the start of a day.
pub(crate) fn verdict(policy: &Policy, data: &[u8]) -> Result<(), Refusal> {
    said(policy, &Day::default(), data)
}

/// Requires that a content is objected to; its place and kind, and why.
#[track_caller]
pub(crate) fn objection(policy: &Policy, data: &[u8]) -> (usize, OperationKind, Objection) {
    match verdict(policy, data) {
        Err(Refusal::Operation(forbidden)) => {
            assert_eq!(forbidden.key, KEY);
            (forbidden.content, forbidden.kind, forbidden.objection)
        }
        other => panic!("{other:?}"),
    }
}

/// An operation of these contents.
pub(crate) fn operation(contents: &[Vec<u8>]) -> Vec<u8> {
    [&[0x03][..], &[0xe4; 32], &contents.concat()].concat()
}

/// A transaction of the key.
pub(crate) fn transaction(amount: u64, to: Contract, entrypoint: Option<&str>) -> Vec<u8> {
    let parameters = match entrypoint {
        None => vec![0x00],
        Some(name) => {
            let length = u8::try_from(name.len()).unwrap();
            let value = [0, 0, 0, 2, 0x03, 0x0b];
            [&[0xff, 0xff, length], name.as_bytes(), &value].concat()
        }
    };
    [manager(108), digits(amount), contract(to), parameters].concat()
}

/// An origination of the key, of a program of no size.
pub(crate) fn origination(balance: u64) -> Vec<u8> {
    [manager(109), digits(balance), vec![0; 9]].concat()
}

pub(crate) fn delegation(delegate: Option<PublicKeyHash>) -> Vec<u8> {
    let body = delegate.map_or(vec![0x00], |to| [&[0xff][..], &to.tagged()].concat());
    [manager(110), body].concat()
}

/// A consensus key to be another, tz1 of zeros.
pub(crate) fn update_consensus_key() -> Vec<u8> {
    [manager(114), vec![0; 34]].concat()
}

pub(crate) fn drain_delegate(to: PublicKeyHash) -> Vec<u8> {
    [&[9][..], &KEY.tagged(), &OTHER.tagged(), &to.tagged()].concat()
}

/// A ballot of the key: 0 yay, 1 nay, 2 pass.
pub(crate) fn ballot(vote: u8) -> Vec<u8> {
    [&[6][..], &KEY.tagged(), &[0; 4], &[0x77; 32], &[vote]].concat()
}

/// Tag, source, fee, counter, limits.
fn manager(tag: u8) -> Vec<u8> {
    let limits = [FEE, 7, 1000, 0].map(digits).concat();
    [&[tag][..], &KEY.tagged(), &limits].concat()
}

/// Seven bits a byte, the lowest first.
fn digits(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(0x80 | u8::try_from(number & 0x7f).unwrap());
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

fn contract(to: Contract) -> Vec<u8> {
    match to {
        Contract::Implicit(hash) => [&[0][..], &hash.tagged()].concat(),
        Contract::Originated(hash) => [&[1][..], &hash, &[0]].concat(),
    }
}

pub(crate) const fn mutez(amount: u64) -> Option<Mutez> {
    Some(Mutez(amount))
}

/// The recorded operations that hold a kind and nothing else, by the kind's name.
pub(crate) fn recorded(kind: OperationKind) -> Option<Vec<u8>> {
    let file = include_str!("../recorded/octez-operations.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let mut rows = file["accepted"].as_array().unwrap().iter();
    let is_of = |row: &&Value| {
        let contents = row["operations"].as_array().unwrap();
        let size = row["hex"].as_str().unwrap().len() / 2;
        contents.len() == 1 && contents[0]["kind"] == kind.name() && size <= 1015
    };
    let row = rows.find(is_of)?;
    Some(hex::decode(row["hex"].as_str().unwrap()).unwrap())
}
