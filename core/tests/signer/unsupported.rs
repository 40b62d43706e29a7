//! What no Tezio HSM can do is refused in words that say so, and reaches no device.

use tezio_core::malformed::Malformed;
use tezio_core::octez::{Authentication, Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::tezos::{Curve, PublicKeyHash};
use tezio_core::verdict::{Refusal, Unsupported};

use crate::support::{Holder, Pair, Setup, address, localhost};

const KEY: Holder = Holder::Tz3;
const TZ4: PublicKeyHash = PublicKeyHash::new(Curve::Bls12381, [4; 20]);
const TZ5: PublicKeyHash = PublicKeyHash::new(Curve::MlDsa44, [5; 20]);

/// The refusal of a request, which reaches no device.
fn refusal(pair: &mut Pair, request: Request<'_>) -> Refusal {
    let reply = pair.request(localhost(), request);
    pair.settle();
    assert_eq!(pair.asked(), 0, "{request:?}");
    let Reply::Refused(refusal) = reply else {
        panic!("{request:?}: {reply:?}");
    };
    refusal
}

const fn sign(key: PublicKeyHash, authentication: Option<Authentication>) -> Request<'static> {
    Request::Sign {
        key,
        data: &[0x05, 1, 2],
        authentication,
    }
}

#[test]
fn keys_of_kinds_that_no_hsm_holds_are_refused_by_their_kind() {
    let mut pair = Setup::baker().start();
    for (key, prefix) in [(TZ4, "tz4"), (TZ5, "tz5")] {
        for request in [
            sign(key, None),
            sign(key, Some(Authentication::Foreign)),
            Request::PublicKey { key },
            Request::SupportsDeterministicNonces { key },
        ] {
            let refusal = refusal(&mut pair, request);
            let told = Refusal::Unsupported(Unsupported::Curve(key.curve()));
            assert_eq!(refusal, told, "{request:?}");
            assert!(refusal.to_string().contains(prefix), "{refusal}");
        }
    }
}

#[test]
fn deterministic_nonces_are_refused_for_every_key() {
    let mut pair = Setup::baker().start();
    for key in [address(KEY), address(Holder::Stranger), TZ4] {
        let refusal = refusal(&mut pair, Request::DeterministicNonce { key });
        assert_eq!(
            refusal,
            Refusal::Unsupported(Unsupported::DeterministicNonce)
        );
        assert!(refusal.to_string().contains("no deterministic nonces"));
    }
}

#[test]
fn a_key_that_is_served_is_said_to_have_no_deterministic_nonces() {
    let mut pair = Setup::baker().start();
    for holder in Holder::HSM {
        let key = address(holder);
        let reply = pair.request(localhost(), Request::SupportsDeterministicNonces { key });
        assert_eq!(reply, Reply::NoDeterministicNonces);
    }
    let key = address(Holder::Stranger);
    let unknown = refusal(&mut pair, Request::SupportsDeterministicNonces { key });
    assert_eq!(unknown, Refusal::UnknownKey(key));
}

#[test]
fn proofs_of_possession_are_refused_for_every_key() {
    let mut pair = Setup::baker().start();
    for key in [address(KEY), TZ4] {
        let refusal = refusal(&mut pair, Request::ProvePossession { key });
        assert_eq!(
            refusal,
            Refusal::Unsupported(Unsupported::ProofOfPossession)
        );
        assert!(refusal.to_string().contains("tz4"), "{refusal}");
    }
}

#[test]
fn an_authentication_by_a_foreign_kind_of_key_is_nobodys() {
    let mut setup = Setup::baker();
    setup.key_mut(KEY).authentication_required = true;
    let mut pair = setup.start();
    let foreign = sign(address(KEY), Some(Authentication::Foreign));
    let refusal = refusal(&mut pair, foreign);
    assert_eq!(refusal, Refusal::AuthenticationInvalid);
}

#[test]
fn an_address_that_may_not_ask_is_told_nothing_of_it() {
    let mut pair = Setup::baker().start();
    let foreign = Peer::Address("10.0.0.9".parse().unwrap());
    let key = TZ4;
    for request in [
        sign(key, None),
        Request::DeterministicNonce { key },
        Request::SupportsDeterministicNonces { key },
        Request::ProvePossession { key },
        Request::Malformed(Malformed::WebPage),
    ] {
        let reply = pair.request(foreign, request);
        assert_eq!(reply, Reply::Refused(Refusal::Address(foreign)));
    }
}

#[test]
fn a_web_page_is_refused_by_the_signer_as_it_was_read() {
    let mut pair = Setup::baker().start();
    let page = Malformed::WebPage;
    let refusal = refusal(&mut pair, Request::Malformed(page));
    assert_eq!(refusal, Refusal::Malformed(page));
}
