//! What is not allowed is refused, for the first of its faults in the order from cheap to costly, and
//! never reaches a device.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::hsm::MAX_DATA;
use tezio_core::malformed::Malformed;
use tezio_core::octez::{Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::tezos::{ConsensusKind, MagicByte, MessageFault, SignatureText};
use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;

use crate::support::{
    Holder, Pair, Setup, Wanted, address, attestation, authentication, block, localhost, on_chain,
    operation, tz4_attestation,
};

const FOREIGN: Peer = Peer::Address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9)));
const KEY: Holder = Holder::Tz3;

/// A pair whose tz3 key signs blocks and attestations alone, and authenticated requests alone.
fn strict() -> Pair {
    let mut setup = Setup::baker();
    let key = setup.key_mut(KEY);
    key.authentication_required = true;
    key.magic_bytes = Default::default();
    for byte in [MagicByte::BLOCK, MagicByte::ATTESTATION] {
        assert!(key.magic_bytes.insert(byte));
    }
    setup.start()
}

fn ask(pair: &mut Pair, peer: Peer, bytes: &[u8], by: Option<Holder>) -> Option<Refusal> {
    let wanted = Wanted {
        bytes: bytes.to_vec(),
        slot: None,
    };
    let text = by.map(|client| authentication(client, KEY, &wanted));
    let id = pair.ask_from(peer, KEY, &wanted, text);
    pair.reply(id).map(|_| pair.refusal(id))
}

/// Each message has its own fault and every later one as well.
#[test]
fn the_first_fault_in_order_is_the_one_that_is_told() {
    let mut pair = strict();
    let hash = address(KEY);
    let mut oversized = vec![0x12; MAX_DATA + 1];
    let byte = MagicByte::PREATTESTATION;
    assert_eq!(
        ask(&mut pair, FOREIGN, &oversized, None),
        Some(Refusal::Address(FOREIGN))
    );
    assert_eq!(
        ask(&mut pair, localhost(), &oversized, None),
        Some(Refusal::AuthenticationMissing(hash))
    );
    let stranger = Some(Holder::Stranger);
    assert_eq!(
        ask(&mut pair, localhost(), &oversized, stranger),
        Some(Refusal::MagicByte { key: hash, byte })
    );
    oversized[0] = 0x13;
    let (size, limit) = (MAX_DATA + 1, MAX_DATA);
    assert_eq!(
        ask(&mut pair, localhost(), &oversized, stranger),
        Some(Refusal::TooLarge { size, limit })
    );
    let truncated = MessageFault::Truncated {
        what: ConsensusKind::Attestation,
        length: 40,
    };
    let cut = &tz4_attestation(0, 0, 0).bytes[..40];
    assert_eq!(
        ask(&mut pair, localhost(), cut, stranger),
        Some(Refusal::Message(truncated))
    );
    let kind = ConsensusKind::Attestation;
    let other_layout = tz4_attestation(0, 0, 0).bytes;
    assert_eq!(
        ask(&mut pair, localhost(), &other_layout, stranger),
        Some(Refusal::Layout { kind, key: hash })
    );
    let low = attestation(0, 0, 0).bytes;
    assert_eq!(
        ask(&mut pair, localhost(), &low, stranger),
        Some(Refusal::AuthenticationInvalid)
    );
    let by_client = ask(&mut pair, localhost(), &low, Some(Holder::Client));
    assert!(
        matches!(
            by_client,
            Some(Refusal::Watermark(WatermarkRefusal::AtStart { .. }))
        ),
        "{by_client:?}"
    );
    let sound = attestation(1, 0, 0).bytes;
    assert_eq!(
        ask(&mut pair, localhost(), &sound, Some(Holder::Client)),
        None
    );
    assert_eq!(pair.asked(), 1, "the sound one alone");
}

#[test]
fn an_address_that_may_not_ask_learns_nothing_at_all() {
    let mut pair = strict();
    let requests = [
        Request::Hello,
        Request::AuthorizedKeys,
        Request::PublicKey { key: address(KEY) },
        Request::PublicKey {
            key: address(Holder::Stranger),
        },
        Request::Malformed(Malformed::Path),
        Request::Sign {
            key: address(Holder::Stranger),
            data: &[],
            authentication: None,
        },
    ];
    for request in requests {
        let reply = pair.request(FOREIGN, request);
        assert_eq!(
            reply,
            Reply::Refused(Refusal::Address(FOREIGN)),
            "{request:?}"
        );
    }
}

#[test]
fn a_key_that_is_not_configured_is_unknown_whatever_is_asked_of_it() {
    let mut pair = strict();
    let key = address(Holder::Stranger);
    let sign = Request::Sign {
        key,
        data: &[0xff; 2000],
        authentication: None,
    };
    for request in [Request::PublicKey { key }, sign] {
        let reply = pair.request(localhost(), request);
        assert_eq!(reply, Reply::Refused(Refusal::UnknownKey(key)));
    }
}

#[test]
fn what_is_malformed_is_said_to_be() {
    let mut pair = strict();
    let malformed = Malformed::OddHex(3);
    let reply = pair.request(localhost(), Request::Malformed(malformed));
    assert_eq!(reply, Reply::Refused(Refusal::Malformed(malformed)));
}

#[test]
fn nothing_to_sign_is_refused() {
    let mut pair = Setup::baker().start();
    let wanted = Wanted {
        bytes: Vec::new(),
        slot: None,
    };
    let empty = Refusal::Message(MessageFault::Empty);
    assert_eq!(pair.refuse(Holder::Tz1, &wanted), empty);
}

#[test]
fn a_message_too_large_is_told_its_size_and_the_limit() {
    let mut pair = Setup::baker().start();
    let wanted = Wanted {
        bytes: vec![0x03; 1016],
        slot: None,
    };
    assert_eq!(MAX_DATA, 1015);
    let text = pair.refuse(Holder::Tz1, &wanted).to_string();
    assert!(text.contains("1016") && text.contains("1015"), "{text}");
    assert_eq!(pair.asked(), 0);
}

#[test]
fn all_magic_bytes_but_six_are_refused_for_every_key() {
    let mut pair = Setup::baker().start();
    for byte in (0..=u8::MAX).filter(|byte| !MagicByte(*byte).is_signable()) {
        let mut wanted = attestation(1, 0, 0);
        wanted.bytes[0] = byte;
        let refusal = pair.refuse(Holder::Tz2, &wanted);
        assert!(
            matches!(refusal, Refusal::MagicByte { .. }),
            "{byte:#04x}: {refusal}"
        );
    }
    assert_eq!(pair.asked(), 0);
}

#[test]
fn a_chain_without_a_mark_is_refused() {
    let mut pair = Setup::baker().start();
    let elsewhere = on_chain(tezio_core::tezos::ChainId([1, 2, 3, 4]), block(1, 0, 0));
    let refusal = pair.refuse(Holder::Tz1, &elsewhere);
    let unknown = matches!(
        refusal,
        Refusal::Watermark(WatermarkRefusal::Unknown { .. })
    );
    assert!(unknown, "{refusal}");
    assert_eq!(pair.asked(), 0);
}

#[test]
fn an_authentication_is_good_for_its_own_request_alone() {
    let mut pair = strict();
    let (one, two) = (block(1, 0, 0), block(1, 0, 1));
    let for_one = authentication(Holder::Client, KEY, &one);
    let for_another_key = authentication(Holder::Client, Holder::Tz2, &one);
    let other_curve = SignatureText {
        curve: Some(Holder::Tz2.curve()),
        ..for_one
    };
    for (wanted, text) in [
        (&two, for_one),
        (&one, for_another_key),
        (&one, other_curve),
    ] {
        let id = pair.ask_from(localhost(), KEY, wanted, Some(text));
        assert_eq!(pair.refusal(id), Refusal::AuthenticationInvalid);
    }
    let without_curve = SignatureText {
        curve: None,
        ..for_one
    };
    let id = pair.ask_from(localhost(), KEY, &one, Some(without_curve));
    pair.settle();
    pair.signature(id);
}

#[test]
fn an_authentication_that_nobody_asks_for_is_not_looked_at() {
    let mut pair = Setup::baker().start();
    let wanted = operation(0);
    let text = authentication(Holder::Stranger, KEY, &wanted);
    let id = pair.ask_from(localhost(), KEY, &wanted, Some(text));
    pair.settle();
    pair.signature(id);
}
