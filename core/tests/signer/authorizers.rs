//! Which authorized key counts for which key, and that it is told who authorized a request.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::octez::{Reply, Request};
use tezio_core::policy::{ClientName, Peer};
use tezio_core::verdict::Refusal;

use crate::support::{
    Holder, Pair, Setup, address, authentication, block, localhost, operation, public_key,
};

/// Two authorized keys: the client's for every key, the stranger's for the tz1 key alone.
fn shared() -> Pair {
    let mut setup = Setup::baker();
    let stranger = public_key(Holder::Stranger);
    setup.policy.authorized_keys.push(stranger.into()).unwrap();
    for holder in Holder::HSM {
        setup.key_mut(holder).authentication_required = true;
        let client = [address(Holder::Client)];
        let listed = heapless::Vec::from_slice(&client).unwrap();
        setup.key_mut(holder).authorized_by = Some(listed);
    }
    setup.key_mut(Holder::Tz1).authorized_by = None;
    setup.start()
}

#[test]
fn an_authorized_key_counts_for_the_keys_that_list_it_alone() {
    for (by, holder, good) in [
        (Holder::Client, Holder::Tz1, true),
        (Holder::Client, Holder::Tz3, true),
        (Holder::Stranger, Holder::Tz1, true),
        (Holder::Stranger, Holder::Tz3, false),
    ] {
        let mut pair = shared();
        let wanted = block(1, 0, 0);
        let text = authentication(by, holder, &wanted);
        let id = pair.ask_from(localhost(), holder, &wanted, Some(text));
        pair.settle();
        if good {
            pair.signature(id);
            assert_eq!(pair.authorized, [(id, address(by))]);
        } else {
            assert_eq!(pair.refusal(id), Refusal::AuthenticationInvalid);
            assert_eq!(pair.authorized, []);
        }
    }
}

#[test]
fn who_authorized_a_request_is_told_of_refused_ones_as_well() {
    let mut pair = shared();
    for payload in [0, 1] {
        let wanted = block(1, 0, payload);
        let text = authentication(Holder::Client, Holder::Tz3, &wanted);
        pair.ask_from(localhost(), Holder::Tz3, &wanted, Some(text));
        pair.settle();
    }
    let by = pair.authorized.iter().map(|(_, by)| *by);
    assert_eq!(by.collect::<Vec<_>>(), [address(Holder::Client); 2]);
}

#[test]
fn where_none_is_asked_for_nobody_is_told() {
    let mut pair = Setup::baker().start();
    let wanted = operation(0);
    let text = authentication(Holder::Client, Holder::Tz3, &wanted);
    let id = pair.ask_from(localhost(), Holder::Tz3, &wanted, Some(text));
    pair.settle();
    pair.signature(id);
    assert_eq!(pair.authorized, []);
}

#[test]
fn clients_are_told_the_keys_that_count_for_a_key_that_asks() {
    let mut setup = Setup::baker();
    let stranger = public_key(Holder::Stranger);
    setup.policy.authorized_keys.push(stranger.into()).unwrap();
    let key = setup.key_mut(Holder::Tz3);
    key.authentication_required = true;
    let client = [address(Holder::Client)];
    key.authorized_by = Some(heapless::Vec::from_slice(&client).unwrap());
    let mut pair = setup.start();
    let told = heapless::Vec::from_slice(&client).unwrap();
    assert_eq!(
        pair.request(localhost(), Request::AuthorizedKeys),
        Reply::AuthorizedKeys(Some(told))
    );
}

/// Whether a pair set up by `change` listens to `peer`.
fn admits(peer: Peer, change: impl Fn(&mut Setup)) -> bool {
    let mut setup = Setup::baker();
    change(&mut setup);
    let reply = setup.start().request(peer, Request::Hello);
    let refused = Reply::Refused(Refusal::Address(peer));
    assert!(reply == Reply::Hello || reply == refused, "{reply:?}");
    reply == Reply::Hello
}

#[test]
fn users_and_groups_are_asked_for_when_any_is_listed() {
    let baker = Peer::User { uid: 7, gid: 70 };
    let users = |list: &[u32]| {
        let list = heapless::Vec::from_slice(list).unwrap();
        move |setup: &mut Setup| setup.policy.allowed_users = list.clone()
    };
    let groups = |list: &[u32]| {
        let list = heapless::Vec::from_slice(list).unwrap();
        move |setup: &mut Setup| setup.policy.allowed_groups = list.clone()
    };
    assert!(admits(baker, |_| {}));
    assert!(admits(baker, users(&[1, 7])));
    assert!(!admits(baker, users(&[1, 70])));
    assert!(admits(baker, groups(&[70])));
    assert!(!admits(baker, groups(&[7])));
    assert!(admits(baker, |setup| {
        users(&[1])(setup);
        setup.policy.switches.remote_ip_check = false;
    }));
}

#[test]
fn certificates_are_a_further_condition_that_no_switch_turns_off() {
    let names = |setup: &mut Setup| {
        let name = ClientName::try_from("baker.example").unwrap();
        setup.policy.allowed_clients.push(name).unwrap();
    };
    let mut policy = Setup::baker();
    names(&mut policy);
    let known = policy.policy.recognise(["other.example", "baker.example"]);
    assert!(known.is_some());
    assert_eq!(policy.policy.recognise(["baker.example.org", ""]), None);
    let home = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let away = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
    let peer = |address, client| Peer::Certified { address, client };
    assert!(admits(peer(home, None), |_| {}));
    assert!(!admits(peer(home, None), names));
    assert!(admits(peer(home, known), names));
    assert!(!admits(peer(away, known), names));
    let off = |setup: &mut Setup| {
        names(setup);
        setup.policy.switches.remote_ip_check = false;
    };
    assert!(admits(peer(away, known), off));
    assert!(!admits(peer(home, None), off));
}
