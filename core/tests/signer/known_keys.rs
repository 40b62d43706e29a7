//! The keys served are listed when the configuration says so, and for nobody otherwise.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::verdict::Refusal;

use crate::support::{Holder, Pair, Setup, address, localhost};

const FOREIGN: Peer = Peer::Address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9)));

fn listing(listed: bool) -> Pair {
    let mut setup = Setup::baker();
    setup.policy.known_keys_listed = listed;
    setup.start_closed()
}

#[test]
fn listed_keys_are_those_configured_in_their_order_whatever_the_devices_do() {
    let mut pair = listing(true);
    let keys = || Holder::HSM.into_iter().map(address).collect();
    for _ in 0..2 {
        let reply = pair.request(localhost(), Request::KnownKeys);
        assert_eq!(reply, Reply::KnownKeys(keys()));
        pair.open_all();
        pair.settle();
    }
}

#[test]
fn keys_that_are_not_listed_are_refused_and_the_setting_is_named() {
    let mut pair = listing(false);
    let reply = pair.request(localhost(), Request::KnownKeys);
    assert_eq!(reply, Reply::Refused(Refusal::KnownKeys));
    let text = Refusal::KnownKeys.to_string();
    assert!(text.contains("allow_list_known_keys"), "{text}");
}

#[test]
fn unless_somebody_says_otherwise_they_are_not_listed() {
    let mut pair = Setup::baker().start_closed();
    let reply = pair.request(localhost(), Request::KnownKeys);
    assert_eq!(reply, Reply::Refused(Refusal::KnownKeys));
}

#[test]
fn an_address_that_may_not_ask_does_not_learn_whether_they_are_listed() {
    for listed in [true, false] {
        let reply = listing(listed).request(FOREIGN, Request::KnownKeys);
        assert_eq!(reply, Reply::Refused(Refusal::Address(FOREIGN)));
    }
}
