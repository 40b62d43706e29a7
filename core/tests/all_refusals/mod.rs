//! Each refusal that there is, the longest of its kind.

use core::net::{IpAddr, Ipv6Addr};

use std::collections::BTreeSet;

use tezio_core::hsm::{AnswerFault, LinkFault, MAX_DATA, Status};
use tezio_core::malformed::Malformed;
use tezio_core::policy::{
    Breach, EntrypointName, ForbiddenClient, ForbiddenOperation, Objection, Overspent, Peer, Wanted,
};
use tezio_core::tezos::operation::{OperationFault, OperationKind, Unreadable, Vote};
use tezio_core::tezos::{
    ChainId, ConsensusKind, Contract, Curve, Level, MagicByte, MessageFault, Mutez, PublicKeyHash,
    Round,
};
use tezio_core::verdict::{HsmFault, Refusal, Unsupported};
use tezio_core::watermark::{Bound, Mark, Watermark, WatermarkRefusal};

const KEY: PublicKeyHash = PublicKeyHash::new(Curve::MlDsa44, [0xff; 20]);
const WHAT: ConsensusKind = ConsensusKind::Preattestation;

fn malformed() -> Vec<(u16, Malformed)> {
    vec![
        (403, Malformed::WebPage),
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
        (400, Malformed::Tag(0xff)),
        (400, Malformed::Cut),
        (400, Malformed::Trailing(usize::MAX)),
        (400, Malformed::Presence(0xfe)),
        (413, Malformed::TooLong { limit: usize::MAX }),
    ]
}

fn unsupported() -> [(u16, Unsupported); 4] {
    [
        (404, Unsupported::Curve(Curve::Bls12381)),
        (404, Unsupported::Curve(Curve::MlDsa44)),
        (500, Unsupported::DeterministicNonce),
        (500, Unsupported::ProofOfPossession),
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
        (
            409,
            WatermarkRefusal::Jump {
                watermark,
                asked,
                limit: Level::MAX,
                bound: Bound::Time,
            },
        ),
        (
            409,
            WatermarkRefusal::HandedOver {
                watermark,
                asked,
                last: Level::MAX,
            },
        ),
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
        HsmFault::RepeatedNonce,
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

/// The longest name of a kind.
const KIND: OperationKind = OperationKind::SmartRollupExecuteOutboxMessage;
const MOST: Mutez = Mutez(u64::MAX);

fn breaches() -> Vec<Breach> {
    let entrypoint = EntrypointName::new(&"e".repeat(31)).unwrap();
    vec![
        Breach::Amount {
            asked: MOST,
            limit: MOST,
        },
        Breach::Destination(Contract::Originated([0xff; 20])),
        Breach::NoDelegate,
        Breach::Entrypoint(entrypoint),
        Breach::Vote(Vote::Pass),
    ]
}

fn objections() -> Vec<Objection> {
    let mut objections = vec![
        Objection::ConsensusVote,
        Objection::MustBeNamed,
        Objection::NotNamed,
        Objection::Fee {
            asked: MOST,
            limit: MOST,
        },
        Objection::Batch(usize::MAX),
    ];
    objections.extend(breaches().into_iter().map(Objection::Breach));
    objections
}

fn wanted() -> [Wanted; 4] {
    [
        Wanted::Anything,
        Wanted::MagicByte(MagicByte(0xff)),
        Wanted::Kind(KIND),
        Wanted::Unreadable,
    ]
}

fn unreadable() -> Vec<OperationFault> {
    let most = usize::MAX;
    vec![
        OperationFault::NoContents,
        OperationFault::Unknown {
            what: "character of an entrypoint",
            byte: 0xff,
        },
        OperationFault::Ended {
            wanted: most,
            left: most,
        },
        OperationFault::Padded,
        OperationFault::TooLarge,
        OperationFault::Size {
            what: "a list of proposals",
            bytes: most,
        },
        OperationFault::Batched(KIND),
    ]
}

/// What a policy has against the contents of a message.
fn contents() -> Vec<Refusal> {
    let key = KEY;
    let operation = |objection| {
        Refusal::Operation(ForbiddenOperation {
            key,
            content: usize::MAX,
            of: usize::MAX,
            kind: KIND,
            objection,
        })
    };
    let unreadable = unreadable().into_iter().map(|fault| Refusal::Unreadable {
        key,
        fault: Unreadable {
            at: usize::MAX,
            fault,
        },
    });
    let client = |wanted| Refusal::Client(ForbiddenClient { key, wanted });
    let mut all = vec![
        Refusal::Chain {
            key,
            chain: ChainId::MAINNET,
        },
        Refusal::Overspent {
            key,
            overspent: Overspent {
                asked: MOST,
                spent: MOST,
                limit: MOST,
            },
        },
    ];
    all.extend(unreadable);
    all.extend(objections().into_iter().map(operation));
    all.extend(wanted().map(client));
    all
}

/// Each refusal there is, with its status over HTTP.
pub(crate) fn all() -> Vec<(u16, Refusal)> {
    let peer = Peer::Address(IpAddr::V6(Ipv6Addr::from_bits(u128::MAX)));
    let mut all = vec![
        (403, Refusal::Address(peer)),
        (403, Refusal::KnownKeys),
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
    all.extend(contents().into_iter().map(|one| (403, one)));
    all.extend(unsupported().map(|(status, one)| (status, Refusal::Unsupported(one))));
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

/// A number for each kind of refusal; a new kind stops this from compiling, and so do those below.
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
        Refusal::Unsupported(_) => 13,
        Refusal::KnownKeys => 14,
        Refusal::Chain { .. } => 15,
        Refusal::Unreadable { .. } => 16,
        Refusal::Operation(_) => 17,
        Refusal::Client(_) => 18,
        Refusal::Overspent { .. } => 19,
    }
}

const fn place_of_malformed(malformed: &Malformed) -> usize {
    match malformed {
        Malformed::WebPage => 0,
        Malformed::Path => 1,
        Malformed::Method { .. } => 2,
        Malformed::ContentType => 3,
        Malformed::KeyHash => 4,
        Malformed::Authentication => 5,
        Malformed::Version => 6,
        Malformed::Twice(_) => 7,
        Malformed::NotJson => 8,
        Malformed::OddHex(_) => 9,
        Malformed::NotHex(_) => 10,
        Malformed::Tag(_) => 11,
        Malformed::Cut => 12,
        Malformed::Trailing(_) => 13,
        Malformed::Presence(_) => 14,
        Malformed::TooLong { .. } => 15,
    }
}

const fn place_of_fault(fault: &HsmFault) -> usize {
    match fault {
        HsmFault::Link(_) => 0,
        HsmFault::Status(_) => 1,
        HsmFault::Unexpected => 2,
        HsmFault::InvalidSignature => 3,
        HsmFault::RepeatedNonce => 4,
        HsmFault::WrongKey { .. } => 5,
        HsmFault::InvalidKey(_) => 6,
    }
}

#[test]
fn every_kind_of_refusal_is_in_the_list() {
    let reached: BTreeSet<usize> = all().iter().map(|(_, one)| place(one)).collect();
    assert_eq!(reached, (0..20).collect());
    let malformed = malformed();
    let reached: BTreeSet<usize> = malformed
        .iter()
        .map(|one| place_of_malformed(&one.1))
        .collect();
    assert_eq!(reached, (0..16).collect());
    let reached: BTreeSet<usize> = hsm_faults().iter().map(place_of_fault).collect();
    assert_eq!(reached, (0..7).collect());
}
