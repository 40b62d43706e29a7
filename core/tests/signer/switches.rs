//! Each of the four switches turns its own check off and no other.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::{MagicBytes, Peer};
use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;

use crate::support::{
    Holder, Pair, Setup, Wanted, address, attestation, block, localhost, operation, tz4_attestation,
};

const KEY: Holder = Holder::Tz3;
const FOREIGN: Peer = Peer::Address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9)));

/// Everything that one request per check says: address, authentication, magic byte, mark.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    address: bool,
    authentication: bool,
    magic_byte: bool,
    mark: bool,
}

/// A key that needs authenticated requests and one that signs nothing, with some switches off.
fn strict(off: impl FnOnce(&mut Setup)) -> Pair {
    let mut setup = Setup::baker();
    setup.key_mut(Holder::Tz1).authentication_required = true;
    setup.key_mut(Holder::Tz2).magic_bytes = MagicBytes::default();
    off(&mut setup);
    setup.start()
}

fn probe(pair: &mut Pair) -> Refused {
    let mut refused = |peer, holder, wanted: &Wanted| {
        let id = pair.ask_from(peer, holder, wanted, None);
        pair.settle();
        match pair.reply(id) {
            Some(Reply::Refused(refusal)) => Some(*refusal),
            _ => None,
        }
    };
    let address = refused(FOREIGN, KEY, &operation(0));
    let authentication = refused(localhost(), Holder::Tz1, &operation(0));
    let magic_byte = refused(localhost(), Holder::Tz2, &operation(0));
    refused(localhost(), KEY, &block(5, 0, 0));
    let mark = refused(localhost(), KEY, &block(5, 0, 1));
    Refused {
        address: matches!(address, Some(Refusal::Address(_))),
        authentication: matches!(authentication, Some(Refusal::AuthenticationMissing(_))),
        magic_byte: matches!(magic_byte, Some(Refusal::MagicByte { .. })),
        mark: matches!(
            mark,
            Some(Refusal::Watermark(WatermarkRefusal::Conflict { .. }))
        ),
    }
}

const ALL: Refused = Refused {
    address: true,
    authentication: true,
    magic_byte: true,
    mark: true,
};

/// What no switch turns off: layout, the six magic bytes, the size.
fn assert_the_rest_stands(pair: &mut Pair) {
    let refusal = pair.refuse(KEY, &tz4_attestation(9, 0, 0));
    assert!(matches!(refusal, Refusal::Layout { .. }), "{refusal}");
    for byte in [0x00, 0x01, 0x02, 0x14, 0xff] {
        let mut wanted = operation(0);
        wanted.bytes[0] = byte;
        let refusal = pair.refuse(KEY, &wanted);
        assert!(matches!(refusal, Refusal::MagicByte { .. }), "{refusal}");
    }
    let mut cut = attestation(9, 0, 0);
    cut.bytes.pop();
    let refusal = pair.refuse(KEY, &cut);
    assert!(matches!(refusal, Refusal::Message(_)), "{refusal}");
}

#[test]
fn all_on_refuses_all() {
    let mut pair = strict(|_| {});
    assert_eq!(probe(&mut pair), ALL);
    assert_the_rest_stands(&mut pair);
}

#[test]
fn without_the_address_check_requests_come_from_anywhere() {
    let mut pair = strict(|setup| setup.policy.switches.remote_ip_check = false);
    let address = false;
    assert_eq!(probe(&mut pair), Refused { address, ..ALL });
    assert_the_rest_stands(&mut pair);
}

#[test]
fn without_the_authentication_check_no_request_needs_a_signature() {
    let mut pair = strict(|setup| setup.policy.switches.auth_check = false);
    let authentication = false;
    let probed = probe(&mut pair);
    assert_eq!(
        probed,
        Refused {
            authentication,
            ..ALL
        }
    );
    assert_the_rest_stands(&mut pair);
    let reply = pair.request(localhost(), Request::AuthorizedKeys);
    assert_eq!(reply, Reply::AuthorizedKeys(None));
}

#[test]
fn with_the_authentication_check_clients_are_told_which_keys_may() {
    let mut pair = strict(|_| {});
    let reply = pair.request(localhost(), Request::AuthorizedKeys);
    let keys = [address(Holder::Client)].into_iter().collect();
    assert_eq!(reply, Reply::AuthorizedKeys(Some(keys)));
}

#[test]
fn without_the_policy_check_each_key_signs_each_kind() {
    let mut pair = strict(|setup| setup.policy.switches.signing_policy_check = false);
    let magic_byte = false;
    assert_eq!(probe(&mut pair), Refused { magic_byte, ..ALL });
    assert_the_rest_stands(&mut pair);
}

#[test]
fn without_the_mark_check_nothing_is_kept_and_everything_signed() {
    let mut pair = strict(|setup| setup.policy.switches.high_water_mark_check = false);
    let mark = false;
    assert_eq!(probe(&mut pair), Refused { mark, ..ALL });
    assert_the_rest_stands(&mut pair);
    let before = pair.store.records().len();
    let wanted = block(5, 0, 0);
    assert_ne!(pair.sign(KEY, &wanted), pair.sign(KEY, &wanted));
    pair.sign(KEY, &block(1, 0, 0));
    assert_eq!(pair.store.records().len(), before);
    pair.fail_store(0);
    pair.sign(KEY, &block(1, 0, 0));
}
