//! Every refusal becomes the error array that octez-client reads, short enough, with its status.

use core::net::{IpAddr, Ipv6Addr};

use std::collections::BTreeSet;

use serde_json::Value;
use tezio_core::hsm::{AnswerFault, LinkFault, MAX_DATA, Status};
use tezio_core::limits::HTTP_BODY;
use tezio_core::malformed::Malformed;
use tezio_core::octez::Reply;
use tezio_core::octez::http::write;
use tezio_core::policy::Peer;
use tezio_core::tezos::{
    ChainId, ConsensusKind, Curve, Level, MagicByte, MessageFault, PublicKeyHash, Round,
};
use tezio_core::verdict::{HsmFault, Refusal};
use tezio_core::watermark::{Mark, Watermark, WatermarkRefusal};

/// The statuses from which octez-client reads the array.
const READ_BY_CLIENT: [u16; 5] = [401, 403, 404, 409, 500];

const KEY: PublicKeyHash = PublicKeyHash::new(Curve::MlDsa44, [0xff; 20]);
const WHAT: ConsensusKind = ConsensusKind::Preattestation;

fn malformed() -> Vec<(u16, Malformed)> {
    vec![
        (404, Malformed::Path),
        (
            405,
            Malformed::Method {
                allow: "GET, HEAD, POST",
            },
        ),
        (415, Malformed::ContentType),
        (400, Malformed::KeyHash),
        (400, Malformed::Authentication),
        (400, Malformed::Version),
        (400, Malformed::Twice("authentication")),
        (400, Malformed::NotJson),
        (400, Malformed::OddHex(usize::MAX)),
        (400, Malformed::NotHex(usize::MAX)),
        (413, Malformed::TooLong { limit: HTTP_BODY }),
    ]
}

fn messages() -> Vec<MessageFault> {
    let (what, extra, length) = (WHAT, usize::MAX, usize::MAX);
    vec![
        MessageFault::Empty,
        MessageFault::Truncated { what, length },
        MessageFault::Trailing { what, extra },
        MessageFault::Tag { what, tag: 255 },
        MessageFault::Negative {
            field: "round",
            number: u32::MAX,
        },
        MessageFault::Fitness,
        MessageFault::Levels {
            header: u32::MAX,
            fitness: u32::MAX,
        },
        MessageFault::Dal,
        MessageFault::SeedNonce(0x77),
    ]
}

fn watermarks() -> Vec<(u16, WatermarkRefusal)> {
    let mark = Mark {
        level: Level::new(0x7fff_ffff).unwrap(),
        round: Round::new(0x7fff_ffff).unwrap(),
    };
    let watermark = Watermark {
        chain: ChainId::MAINNET,
        key: KEY,
        kind: WHAT,
    };
    let asked = mark;
    vec![
        (
            409,
            WatermarkRefusal::Below {
                watermark,
                asked,
                mark,
            },
        ),
        (409, WatermarkRefusal::Conflict { watermark, asked }),
        (409, WatermarkRefusal::Underway { watermark, asked }),
        (409, WatermarkRefusal::AtStart { watermark, asked }),
        (409, WatermarkRefusal::Unknown { watermark }),
        (500, WatermarkRefusal::Foreign),
        (500, WatermarkRefusal::Sealed),
    ]
}

fn hsm_faults() -> Vec<HsmFault> {
    let mut faults = vec![
        HsmFault::Link(LinkFault::NotConnected),
        HsmFault::Link(LinkFault::Silent),
        HsmFault::Link(LinkFault::Garbled),
        HsmFault::Link(LinkFault::TooLarge),
        HsmFault::Unexpected,
        HsmFault::InvalidSignature,
        HsmFault::InvalidKey(KEY),
        HsmFault::WrongKey {
            expected: KEY,
            found: KEY,
        },
    ];
    let foreign = [
        AnswerFault::Size(usize::MAX),
        AnswerFault::Status(0xff),
        AnswerFault::Key,
        AnswerFault::Signature,
    ];
    faults.extend(foreign.map(|fault| HsmFault::Link(LinkFault::Foreign(fault))));
    for status in (0..=u8::MAX).filter_map(Status::from_byte) {
        faults.push(HsmFault::Status(status));
        faults.push(HsmFault::Link(LinkFault::Framing(status)));
    }
    faults
}

/// Each refusal there is, with its status.
fn all() -> Vec<(u16, Refusal)> {
    let peer = Peer::Address(IpAddr::V6(Ipv6Addr::from_bits(u128::MAX)));
    let mut all = vec![
        (403, Refusal::Address(peer)),
        (404, Refusal::UnknownKey(KEY)),
        (401, Refusal::AuthenticationMissing(KEY)),
        (401, Refusal::AuthenticationInvalid),
        (
            403,
            Refusal::MagicByte {
                key: KEY,
                byte: MagicByte(0xff),
            },
        ),
        (
            403,
            Refusal::TooLarge {
                size: usize::MAX,
                limit: MAX_DATA,
            },
        ),
        (
            403,
            Refusal::Layout {
                kind: WHAT,
                key: KEY,
            },
        ),
        (500, Refusal::Busy(usize::MAX)),
        (500, Refusal::Late(u32::MAX)),
    ];
    all.extend(
        malformed()
            .into_iter()
            .map(|(status, one)| (status, Refusal::Malformed(one))),
    );
    all.extend(
        messages()
            .into_iter()
            .map(|one| (403, Refusal::Message(one))),
    );
    all.extend(
        watermarks()
            .into_iter()
            .map(|(status, one)| (status, Refusal::Watermark(one))),
    );
    all.extend(hsm_faults().into_iter().map(|one| (500, Refusal::Hsm(one))));
    all
}

/// A number for each kind of refusal; a new kind stops this from compiling.
const fn place(refusal: &Refusal) -> usize {
    match refusal {
        Refusal::Address(_) => 0,
        Refusal::Malformed(_) => 1,
        Refusal::UnknownKey(_) => 2,
        Refusal::AuthenticationMissing(_) => 3,
        Refusal::AuthenticationInvalid => 4,
        Refusal::MagicByte { .. } => 5,
        Refusal::TooLarge { .. } => 6,
        Refusal::Message(_) => 7,
        Refusal::Layout { .. } => 8,
        Refusal::Watermark(_) => 9,
        Refusal::Busy(_) => 10,
        Refusal::Late(_) => 11,
        Refusal::Hsm(_) => 12,
    }
}

#[test]
fn every_kind_of_refusal_is_in_the_list() {
    let reached: BTreeSet<usize> = all().iter().map(|(_, one)| place(one)).collect();
    assert_eq!(reached, (0..13).collect());
}

#[test]
fn every_refusal_is_one_short_error_with_exactly_three_fields() {
    for (_, refusal) in all() {
        let answer = write(&Reply::Refused(refusal));
        assert_eq!(answer.content_type, "application/json");
        assert!(answer.body.len() < 1024, "{refusal}");
        assert!(answer.body.ends_with("]\n"), "{}", answer.body);
        let read: Value = serde_json::from_str(&answer.body).unwrap();
        let [Value::Object(error)] = read.as_array().unwrap().as_slice() else {
            panic!("{read}");
        };
        assert_eq!(error.len(), 3);
        assert_eq!(error["kind"], "temporary");
        assert_eq!(error["id"], "failure");
        assert_eq!(error["msg"], refusal.to_string());
    }
}

#[test]
fn every_refusal_has_its_status() {
    for (status, refusal) in all() {
        let answer = write(&Reply::Refused(refusal));
        assert_eq!(answer.status, status, "{refusal}");
        let of_http = matches!(refusal, Refusal::Malformed(_));
        assert!(of_http || READ_BY_CLIENT.contains(&status), "{refusal}");
    }
}

#[test]
fn a_wrong_method_alone_has_an_allow_header() {
    for (status, refusal) in all() {
        let answer = write(&Reply::Refused(refusal));
        assert_eq!(answer.allow.is_some(), status == 405, "{refusal}");
    }
}

/// Control characters would break the JSON, and no text has a reason to hold any.
#[test]
fn no_refusal_holds_a_control_character() {
    for (_, refusal) in all() {
        assert!(!refusal.to_string().contains(|one: char| one.is_control()));
    }
}
