//! Clients that sign their requests with tz4 keys: whose count, and how much checking they can cause.

use core::cell::Cell;
use core::net::{IpAddr, Ipv4Addr};

use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, Verify, VerifyBls};
use tezio_core::octez::{Authentication, Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::signer::{Caller, Input, Output, RequestId, Signer};
use tezio_core::tezos::{
    BlsPublicKey, BlsSignature, ClientKey, Digest, PublicKey, PublicKeyHash, Signature,
};
use tezio_core::time::Instant;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::{Ledger, Marks};

use crate::support::{Holder, Setup, Tz4, address, authentication, block, localhost};

const FOREIGN: Peer = Peer::Address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9)));

/// Every key needs a signed request. Authorized are a tz1 key and two tz4 keys, of which the tz1 key
/// of the HSM takes both and its tz3 key one.
fn guarded() -> Setup {
    let mut setup = Setup::baker();
    for client in [Tz4::One, Tz4::Other] {
        let key = ClientKey::Bls(client.public_key());
        setup.policy.authorized_keys.push(key).unwrap();
    }
    for holder in Holder::HSM {
        setup.key_mut(holder).authentication_required = true;
    }
    let listed = [address(Holder::Client), Tz4::One.address()];
    let listed = heapless::Vec::from_slice(&listed).unwrap();
    setup.key_mut(Holder::Tz3).authorized_by = Some(listed);
    setup
}

#[test]
fn a_tz4_key_counts_for_the_keys_that_list_it_alone() {
    for (by, holder, good) in [
        (Tz4::One, Holder::Tz1, true),
        (Tz4::Other, Holder::Tz1, true),
        (Tz4::One, Holder::Tz3, true),
        (Tz4::Other, Holder::Tz3, false),
    ] {
        let mut pair = guarded().start();
        let wanted = block(1, 0, 0);
        let signed = by.authentication(holder, &wanted);
        let id = pair.ask_with(localhost(), holder, &wanted, Some(signed));
        pair.settle();
        if good {
            pair.signature(id);
            assert_eq!(pair.authorized, [(id, by.address())]);
        } else {
            assert_eq!(pair.refusal(id), Refusal::AuthenticationInvalid);
            assert_eq!(pair.authorized, []);
        }
    }
}

#[test]
fn a_tz4_authentication_is_good_for_its_own_request_alone() {
    let mut pair = guarded().start();
    let (one, two) = (block(1, 0, 0), block(1, 0, 1));
    let sound = Tz4::One.authentication(Holder::Tz1, &one);
    let for_another_key = Tz4::One.authentication(Holder::Tz3, &one);
    for (wanted, signed) in [(&two, sound), (&one, for_another_key)] {
        let id = pair.ask_with(localhost(), Holder::Tz1, wanted, Some(signed));
        assert_eq!(pair.refusal(id), Refusal::AuthenticationInvalid);
    }
    let id = pair.ask_with(localhost(), Holder::Tz1, &one, Some(sound));
    pair.settle();
    pair.signature(id);
}

#[test]
fn clients_are_told_tz4_keys_too() {
    let told = [
        address(Holder::Client),
        Tz4::One.address(),
        Tz4::Other.address(),
    ];
    let told = heapless::Vec::from_slice(&told).unwrap();
    let reply = guarded()
        .start()
        .request(localhost(), Request::AuthorizedKeys);
    assert_eq!(reply, Reply::AuthorizedKeys(Some(told)));
}

#[test]
fn a_tz4_key_that_is_no_sound_point_keeps_the_signer_from_starting() {
    let mut neutral = [0; 48];
    neutral[0] = 0xc0;
    for bytes in [neutral, [0; 48]] {
        let key = BlsPublicKey(bytes);
        let mut setup = guarded();
        let pushed = setup.policy.authorized_keys.push(ClientKey::Bls(key));
        pushed.unwrap();
        let verifier = tezio_crypto::Verifier;
        let ledger = Ledger::new(Marks::<18>::new(), 0);
        let signer = Signer::<_, 8, 18>::new(setup.policy, setup.times, verifier, ledger);
        assert_eq!(signer.err(), Some(key.hash()));
    }
}

/// What was asked of a verifier that refuses everything.
#[derive(Debug, Default)]
struct Counts {
    prepared: Cell<usize>,
    signed: Cell<usize>,
    pairings: Cell<usize>,
}

fn count(cell: &Cell<usize>) {
    cell.set(cell.get() + 1);
}

impl Verify for &Counts {
    type Key = ();

    fn prepare(&self, _: &PublicKey) -> Result<(), InvalidPublicKey> {
        Ok(())
    }

    fn verify(&self, (): &(), _: &Digest, _: &Signature) -> Result<(), InvalidSignature> {
        Err(InvalidSignature)
    }
}

impl VerifyBls for &Counts {
    type BlsKey = ();
    type BlsSigned = ();

    fn prepare_bls(&self, _: &BlsPublicKey) -> Result<(), InvalidPublicKey> {
        count(&self.prepared);
        Ok(())
    }

    fn prepare_signed(&self, _: &[&[u8]], _: &BlsSignature) -> Result<(), InvalidSignature> {
        count(&self.signed);
        Ok(())
    }

    fn verify_bls(&self, (): &(), (): &()) -> Result<(), InvalidSignature> {
        count(&self.pairings);
        Err(InvalidSignature)
    }
}

/// Asks a signer, set up by `change`, for `data`; how often a signature was prepared, and how often
/// compared with a tz4 key.
fn cost(
    change: impl Fn(&mut Setup),
    peer: Peer,
    key: PublicKeyHash,
    data: &[u8],
    authentication: Option<Authentication>,
) -> (usize, usize) {
    let counts = Counts::default();
    let mut setup = guarded();
    change(&mut setup);
    let ledger = Ledger::new(Marks::<18>::new(), 0);
    let signer = Signer::<_, 8, 18>::new(setup.policy, setup.times, &counts, ledger);
    let (mut signer, now) = (signer.unwrap(), Instant::from_millis(0));
    let id = RequestId(1);
    let request = Request::Sign {
        key,
        data,
        authentication,
    };
    for _ in 0..3 {
        let from = Caller { id, peer };
        let asked = signer.handle_input(now, Input::Request { from, request });
        assert_eq!(asked, Ok(()));
        let answer = signer.poll_output();
        let refused = matches!(answer, Some(Output::Reply(_, Reply::Refused(_))));
        assert!(refused, "{answer:?}");
    }
    assert_eq!(counts.prepared.get(), 2, "each key once, at the start");
    let (signed, pairings) = (counts.signed.get(), counts.pairings.get());
    assert_eq!((signed % 3, pairings % 3), (0, 0));
    (signed / 3, pairings / 3)
}

/// Two tz4 keys are authorized: both count for the HSM's tz1 key, one for its tz3 key.
#[test]
fn a_tz4_signature_is_compared_once_with_each_tz4_key_that_counts() {
    let wanted = block(1, 0, 0);
    let bls = Some(Authentication::Bls(BlsSignature([7; 96])));
    for (holder, pairings) in [(Holder::Tz1, 2), (Holder::Tz3, 1)] {
        let cost = cost(|_| {}, localhost(), address(holder), &wanted.bytes, bls);
        assert_eq!(cost, (1, pairings), "{holder:?}");
    }
}

#[test]
fn nothing_is_paired_for_those_who_may_not_ask_or_ask_for_nothing_that_may_be() {
    let wanted = block(1, 0, 0);
    let (key, data) = (address(Holder::Tz1), wanted.bytes.as_slice());
    let bls = Some(Authentication::Bls(BlsSignature([7; 96])));
    let text = authentication(Holder::Client, Holder::Tz1, &wanted);
    let stranger = address(Holder::Stranger);
    let few = |setup: &mut Setup| {
        let listed = heapless::Vec::from_slice(&[address(Holder::Client)]).unwrap();
        setup.key_mut(Holder::Tz1).authorized_by = Some(listed);
    };
    let none = |_: &mut Setup| {};
    for (what, cost) in [
        ("not allowed", cost(none, FOREIGN, key, data, bls)),
        ("no such key", cost(none, localhost(), stranger, data, bls)),
        ("magic byte", cost(none, localhost(), key, &[0x14, 1], bls)),
        ("no message", cost(none, localhost(), key, &data[..9], bls)),
        ("too large", cost(none, localhost(), key, &[3; 2000], bls)),
        (
            "no authentication",
            cost(none, localhost(), key, data, None),
        ),
        (
            "of another curve",
            cost(
                none,
                localhost(),
                key,
                data,
                Some(Authentication::Known(text)),
            ),
        ),
        (
            "of tz5",
            cost(none, localhost(), key, data, Some(Authentication::Foreign)),
        ),
        ("no tz4 key counts", cost(few, localhost(), key, data, bls)),
    ] {
        assert_eq!(cost, (0, 0), "{what}");
    }
}
