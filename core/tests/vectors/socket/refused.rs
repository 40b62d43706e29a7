//! The recorded answers that this signer does not give, one by one, and what it says instead.
//!
//! Refusals have the form of Octez' to the byte and words of their own. What is given for a tz4 key
//! or with a secret key at hand is refused, because no Tezio HSM can do it.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::octez::socket::{read, write};
use tezio_core::octez::{Reply, Request};
use tezio_core::policy::{AddressRange, KeyPolicy, MagicBytes, Operations, Peer, Policy};
use tezio_core::signer::{Caller, Input, Output, RequestId, Signer, Times};
use tezio_core::tezos::{Curve, MagicByte};
use tezio_core::time::Instant;
use tezio_core::verdict::{Refusal, Unsupported};
use tezio_core::watermark::{Ledger, Marks};
use tezio_crypto::Verifier;

use super::{TO_CLIENT, TO_SIGNER, frame, payload};
use crate::wire::{CLIENT, TZ1, hash};

const TZ4: Refusal = Refusal::Unsupported(Unsupported::Curve(Curve::Bls12381));
const NONCE: Refusal = Refusal::Unsupported(Unsupported::DeterministicNonce);
const PROOF: Refusal = Refusal::Unsupported(Unsupported::ProofOfPossession);

/// Answer of Octez, the recorded request that it answers, and the refusal that is given instead.
const UNSUPPORTED: [(&str, &str, Refusal); 8] = [
    (
        "sign tz4 version 2 or 3: signature (96 raw bytes)",
        "sign tz4, signing version 3",
        TZ4,
    ),
    (
        "sign tz4 version 1: augmented-scheme signature",
        "sign tz4, signing version 1 (protocols up to Rio)",
        TZ4,
    ),
    (
        "sign tz4 attestation: signature",
        "sign tz4 attestation, signing version 3, authenticated with a tz1 key",
        TZ4,
    ),
    ("public_key tz4: key", "public_key tz4", TZ4),
    ("deterministic_nonce", "deterministic_nonce tz1", NONCE),
    (
        "deterministic_nonce_hash tz1",
        "deterministic_nonce_hash tz1",
        NONCE,
    ),
    ("bls_prove_possession: proof", "bls_prove_possession", PROOF),
    (
        "bls_prove_possession, override key: proof",
        "bls_prove_possession, override key",
        PROOF,
    ),
];

/// To this one the answer is the opposite instead.
const SUPPORTED: &str = "supports_deterministic_nonces: true";

/// A refusal of Octez, its words, and the refusal that this signer gives in the same place.
type OwnWords = (&'static str, &'static str, fn() -> Refusal);

const OWN_WORDS: [OwnWords; 5] = [
    (
        "known_keys: refused",
        "List known keys request not allowed.",
        || Refusal::KnownKeys,
    ),
    (
        "bls_prove_possession: refused",
        "Request to prove possession is not allowed",
        || PROOF,
    ),
    (
        "sign: refused by magic byte filter",
        "magic byte 0x04 not allowed",
        || Refusal::MagicByte {
            key: hash(TZ1),
            byte: MagicByte(0x04),
        },
    ),
    (
        "sign: missing authentication",
        "missing authentication signature field",
        || Refusal::AuthenticationMissing(hash(TZ1)),
    ),
    (
        "sign: unknown key",
        "no keys for the source contract tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr",
        || Refusal::UnknownKey(hash(TZ1)),
    ),
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let unsupported = UNSUPPORTED.into_iter().map(|(name, ..)| name);
    let own = OWN_WORDS.into_iter().map(|(name, ..)| name);
    unsupported.chain([SUPPORTED]).chain(own)
}

/// A frame that refuses in these words, as Octez' own signer writes it.
fn refusal_frame(words: &str) -> Vec<u8> {
    let mut document = Vec::new();
    for (name, value) in [("kind", "temporary"), ("id", "failure"), ("msg", words)] {
        let length = u32::try_from(value.len() + 1).unwrap();
        document.extend([b"\x02", name.as_bytes(), b"\0"].concat());
        document.extend([&length.to_le_bytes(), value.as_bytes(), b"\0"].concat());
    }
    document.push(0);
    let size = u32::try_from(document.len() + 4).unwrap();
    let document = [&size.to_le_bytes(), &document[..]].concat();
    let trace = [&size.to_be_bytes(), &document[..]].concat();
    let total = u32::try_from(trace.len()).unwrap();
    let payload = [&[1], &total.to_be_bytes()[..], &trace].concat();
    let length = u16::try_from(payload.len()).unwrap();
    [&length.to_be_bytes(), &payload[..]].concat()
}

/// A signer that serves the first recorded key to this host, and no HSM is there.
fn signer() -> Signer<Verifier, 1, 1> {
    let mut policy = Policy::default();
    let home = AddressRange::new(IpAddr::V4(Ipv4Addr::LOCALHOST), None).unwrap();
    policy.allowed_addresses.push(home).unwrap();
    let key = KeyPolicy {
        hash: hash(TZ1),
        homes: heapless::Vec::new(),
        magic_bytes: MagicBytes::default(),
        authentication_required: false,
        authorized_by: None,
        chains: heapless::Vec::new(),
        operations: Operations::default(),
    };
    policy.keys.push(key).unwrap();
    let times = Times {
        request_ms: 1_000,
        hsm_reply_ms: 1_000,
    };
    Signer::new(policy, times, Verifier, Ledger::new(Marks::new(), 0)).unwrap()
}

/// What that signer answers at once.
fn answer(request: Request<'_>) -> Reply {
    let mut signer = signer();
    let from = Caller {
        id: RequestId(1),
        peer: Peer::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let input = Input::Request { from, request };
    signer.handle_input(Instant::default(), input).unwrap();
    let output = signer.poll_output();
    let Some(Output::Reply(RequestId(1), reply)) = output else {
        panic!("{output:?}");
    };
    reply
}

#[test]
fn what_no_hsm_can_do_is_refused_in_words_that_say_so() {
    for (name, request, refusal) in UNSUPPORTED {
        let payload = payload(&frame(TO_SIGNER, request));
        let reply = answer(read(&payload));
        assert_eq!(reply, Reply::Refused(refusal), "{name}");
        assert_eq!(
            write(&reply).as_slice(),
            refusal_frame(&refusal.to_string()),
            "{name}"
        );
    }
}

#[test]
fn deterministic_nonces_are_said_not_to_be_supported() {
    let payload = payload(&frame(TO_SIGNER, "supports_deterministic_nonces"));
    let reply = answer(read(&payload));
    assert_eq!(reply, Reply::NoDeterministicNonces);
    let no = "supports_deterministic_nonces: false";
    assert_eq!(write(&reply).as_slice(), frame(TO_CLIENT, no));
    assert_ne!(write(&reply).as_slice(), frame(TO_CLIENT, SUPPORTED));
}

#[test]
fn refusals_have_the_form_of_octez_to_the_byte() {
    for (name, words, own) in OWN_WORDS {
        assert_eq!(frame(TO_CLIENT, name), refusal_frame(words), "{name}");
        let written = write(&Reply::Refused(own()));
        assert_eq!(
            written.as_slice(),
            refusal_frame(&own().to_string()),
            "{name}"
        );
    }
}

/// The recorded requests end in these refusals here, or would with another key.
#[test]
fn the_signer_refuses_the_same_requests() {
    let known_keys = payload(&frame(TO_SIGNER, "known_keys"));
    assert_eq!(
        answer(read(&known_keys)),
        Reply::Refused(Refusal::KnownKeys)
    );
    let (key, byte) = (hash(TZ1), MagicByte(0x03));
    let sign = payload(&frame(TO_SIGNER, "sign tz1, no authentication"));
    let refused = Refusal::MagicByte { key, byte };
    assert_eq!(answer(read(&sign)), Reply::Refused(refused));
    let key = hash(CLIENT);
    let unknown = Reply::Refused(Refusal::UnknownKey(key));
    assert_eq!(answer(Request::PublicKey { key }), unknown);
}
