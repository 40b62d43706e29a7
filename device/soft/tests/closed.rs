//! A device with its holes closed: one message for each key, kind, level and round, and otherwise
//! the published firmware's answers.

#[expect(dead_code, reason = "each test file uses its share of the support")]
#[path = "support/recorded.rs"]
mod recorded;
#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use std::collections::BTreeMap;

use hex_literal::hex;
use recorded::{ron_of, transcripts, writes};
use serde_json::Value;
use support::{Bench, attestation, body_of, profile};
use tezio_core::hsm::{KeyAlias, RequestPacket};
use tezio_core::tezos::Digest;
use tezio_soft_hsm::{AliasMarks, Holes, Mark, Profile};

const SIGN: u8 = 0x21;
const DIGEST_MODES: [u8; 2] = [1, 2];
const MESSAGE: u8 = 3;

fn closed(ron: &str) -> Bench {
    Bench::new(&Profile {
        holes: Holes::Closed,
        ..profile(ron)
    })
}

fn sign(bench: &mut Bench, mode: u8, data: &[u8]) -> Vec<u8> {
    bench.ask(&RequestPacket {
        opcode: SIGN,
        param1: Some(KeyAlias::P256.number()),
        param2: Some(mode),
        param3: Some(0),
        data,
    })
}

fn marks(bench: &Bench) -> AliasMarks {
    *bench.device.operations().marks().of(KeyAlias::P256)
}

/// The digest of an attestation of level 1000 and round 0 that begins with `first`, found by trying
/// payloads. The published firmware takes that byte for a kind.
fn ground(first: u8) -> [u8; 32] {
    let mut message = attestation(1000, 0);
    let mut tried = (0..=u32::MAX).map(|payload| {
        message[48..52].copy_from_slice(&payload.to_be_bytes());
        Digest::of(&message).0
    });
    tried.find(|digest| digest[0] == first).unwrap()
}

#[test]
fn a_second_message_for_one_level_is_not_signed_as_a_digest() {
    let mut open = Bench::from_ron("()");
    assert_eq!(sign(&mut open, MESSAGE, &attestation(1000, 0)).len(), 64);
    assert_eq!(sign(&mut open, 1, &ground(0x03)).len(), 64, "as published");
    let mut closed = closed("()");
    assert_eq!(sign(&mut closed, MESSAGE, &attestation(1000, 0)).len(), 64);
    for mode in DIGEST_MODES {
        for first in 0..=0xff {
            let body = sign(&mut closed, mode, &ground(first));
            assert_eq!(body, hex!("ab"), "{first:02x}");
        }
        assert_eq!(sign(&mut closed, mode, &[0x03; 31]), hex!("ab"));
        assert_eq!(sign(&mut closed, mode, b""), hex!("ab"));
    }
}

#[test]
fn a_digest_does_not_move_the_mark_of_blocks() {
    let poison = hex!("11 00000000 ffffffff 0000000000000000000000000000000000000000000000");
    let mut open = Bench::from_ron("()");
    sign(&mut open, 1, &poison);
    assert_eq!(marks(&open).block.level, u32::MAX, "as published");
    let mut closed = closed("()");
    for mode in DIGEST_MODES {
        assert_eq!(sign(&mut closed, mode, &poison), hex!("ab"));
        assert_eq!(marks(&closed), AliasMarks::default());
    }
}

#[test]
fn what_policy_refuses_moves_no_mark() {
    let mut open = Bench::from_ron("(kinds: (p256: [0x03]))");
    assert_eq!(sign(&mut open, MESSAGE, &attestation(7, 1)), hex!("b8"));
    let level_7 = Mark { level: 7, round: 1 };
    assert_eq!(marks(&open).attestation, level_7, "as published");
    let mut closed = closed("(kinds: (p256: [0x03]))");
    for _ in 0..2 {
        assert_eq!(sign(&mut closed, MESSAGE, &attestation(7, 1)), hex!("b8"));
        assert_eq!(marks(&closed), AliasMarks::default());
    }
}

/// Why an answer is not the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// AB: a digest to be signed.
    Digest,
    /// B8: a magic byte outside of 01 to 13.
    OutsideTable,
    /// B8: a magic byte that policy refuses, where the mark refused first.
    PolicyFirst,
    /// B4: a public key that cannot be read.
    UnreadKey,
}

/// The one difference that such a request and answer may have; `None` for none.
fn difference(request: &Value, body: &[u8], recorded: &[u8]) -> Option<Difference> {
    let kind = request["kind_byte"]
        .as_str()
        .map(|kind| hex::decode(kind).unwrap()[0]);
    let is_outside = kind.is_some_and(|kind| !(0x01..=0x13).contains(&kind));
    let mode = request["param2"].as_u64();
    match (request["opcode"].as_str()?, body) {
        ("21", [0xab]) if matches!(mode, Some(1 | 2)) => Some(Difference::Digest),
        ("21", [0xb8]) if is_outside => Some(Difference::OutsideTable),
        ("21", [0xb8]) if recorded == [0xd4] => Some(Difference::PolicyFirst),
        ("11", [0xb4]) => Some(Difference::UnreadKey),
        _ => None,
    }
}

/// Every transcript on a device in the state that it was recorded in.
#[test]
fn every_answer_is_the_recorded_one_or_differs_in_a_way_that_is_documented() {
    let mut found = BTreeMap::<Difference, u32>::new();
    for transcript in transcripts() {
        let mut bench = closed(&ron_of(&transcript["device_config"]));
        for (bytes, pause_ms) in writes(&transcript) {
            bench.write(&bytes, pause_ms);
        }
        let replies = bench.replies().concat();
        let recorded = hex::decode(transcript["reply_hex"].as_str().unwrap()).unwrap();
        let is_random = transcript["compare"] != "exact";
        if replies == recorded || is_random && replies.len() == recorded.len() {
            continue;
        }
        let request = &transcript["decoded"]["request"];
        let [body, recorded] = [&replies, &recorded].map(|reply| body_of(reply));
        let difference = difference(request, body, recorded);
        let difference = difference
            .unwrap_or_else(|| panic!("{}: {body:02x?} for {recorded:02x?}", transcript["name"]));
        *found.entry(difference).or_default() += 1;
    }
    let expected = [
        (Difference::Digest, 20),
        (Difference::OutsideTable, 20),
        (Difference::PolicyFirst, 1),
        (Difference::UnreadKey, 5),
    ];
    assert_eq!(found, BTreeMap::from(expected));
}
