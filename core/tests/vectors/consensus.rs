//! Consensus messages: the stated chain, level and round, or the stated refusal; nothing shorter and
//! nothing longer.

use serde_json::Value;
use tezio_core::tezos::{
    ChainId, ConsensusKind, ConsensusMessage, Curve, MagicByte, Message, MessageFault,
};

use crate::{bytes, number, rows, text};

pub(crate) const FILE: &str = include_str!("../recorded/octez-consensus.json");

/// What becomes of bytes asked of a key.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Consensus(ConsensusMessage),
    /// No key signs this magic byte.
    MagicByte,
    Fault(MessageFault),
    /// Laid out for keys of another kind.
    Layout,
}

fn read(curve: Curve, data: &[u8]) -> Read {
    if !MagicByte(data[0]).is_signable() {
        return Read::MagicByte;
    }
    match Message::parse(data) {
        Err(fault) => Read::Fault(fault),
        Ok(message) => match message.consensus() {
            Some(consensus) if consensus.suits(curve) => Read::Consensus(*consensus),
            Some(_) => Read::Layout,
            None => panic!("no consensus message: {data:02x?}"),
        },
    }
}

fn curve(vector: &Value) -> Curve {
    let prefix = text(vector, "key_type");
    let mut all = Curve::ALL.into_iter();
    all.find(|curve| curve.address_prefix() == prefix).unwrap()
}

fn name(vector: &Value) -> &str {
    text(vector, "name")
}

/// The vectors that are refused here, each with its refusal.
fn refused() -> Vec<(&'static str, Read)> {
    let truncated = |what, length| Read::Fault(MessageFault::Truncated { what, length });
    let (block, attestation) = (ConsensusKind::Block, ConsensusKind::Attestation);
    vec![
        ("block cut before the fitness", truncated(block, 65)),
        (
            "block whose fitness length points past the end",
            truncated(block, 198),
        ),
        (
            "block whose fitness length is negative",
            truncated(block, 198),
        ),
        (
            "attestation cut inside the round",
            truncated(attestation, 47),
        ),
        (
            "attestation tz4 cut inside the level",
            truncated(attestation, 40),
        ),
        ("magic byte and chain id only", truncated(attestation, 5)),
        (
            "block with empty fitness list: round is read from the zero length itself",
            Read::Fault(MessageFault::Fitness),
        ),
    ]
}

/// Octez reads a level and a round from these and signs them; this signer does not.
fn refused_here_alone() -> Vec<(&'static str, Read)> {
    vec![
        ("legacy Emmy block", Read::MagicByte),
        (
            "legacy Emmy endorsement (level is the last 4 bytes)",
            Read::MagicByte,
        ),
        (
            "retired stand-alone DAL attestation watermark 0x14 (Oxford only): not guarded",
            Read::MagicByte,
        ),
        (
            "slotted layout asked of a tz4 key: octez-signer mis-reads it (level takes the slot)",
            Read::Layout,
        ),
        (
            "slotless layout asked of a tz1 key: octez-signer mis-reads it",
            Read::Layout,
        ),
        (
            "upstream unsigned block header (old two-element fitness)",
            Read::Fault(MessageFault::Fitness),
        ),
    ]
}

fn expected_refusal(vector: &Value) -> Option<Read> {
    let mut all = refused().into_iter().chain(refused_here_alone());
    all.find(|(refused, _)| *refused == name(vector))
        .map(|(_, refusal)| refusal)
}

fn accepted() -> Vec<Value> {
    let all = rows(FILE, "vectors").into_iter();
    all.filter(|vector| expected_refusal(vector).is_none())
        .collect()
}

#[test]
fn every_sound_vector_has_the_stated_kind_chain_level_and_round() {
    let accepted = accepted();
    assert_eq!(accepted.len(), 28);
    for vector in accepted {
        let data = bytes(&vector, "hex");
        let Read::Consensus(read) = read(curve(&vector), &data) else {
            panic!("{}: {:?}", name(&vector), read(curve(&vector), &data));
        };
        assert_eq!(
            Some(read.kind),
            ConsensusKind::from_magic_byte(MagicByte(data[0]))
        );
        assert_eq!(
            ChainId::from_base58(text(&vector, "chain_id")),
            Ok(read.chain)
        );
        assert_eq!(bytes(&vector, "chain_id_hex"), read.chain.0);
        assert_eq!(
            read.level.number(),
            number(&vector, "level"),
            "{}",
            name(&vector)
        );
        assert_eq!(
            read.round.number(),
            number(&vector, "round"),
            "{}",
            name(&vector)
        );
        let octez = &vector["octez_extracts"];
        assert_eq!(text(octez, "file"), read.kind.to_string());
    }
}

#[test]
fn every_unsound_vector_has_the_stated_refusal() {
    let mut seen = 0;
    for vector in rows(FILE, "vectors") {
        if let Some(refusal) = expected_refusal(&vector) {
            let data = bytes(&vector, "hex");
            assert_eq!(read(curve(&vector), &data), refusal, "{}", name(&vector));
            seen += 1;
        }
    }
    assert_eq!(seen, refused().len() + refused_here_alone().len());
}

#[test]
fn what_octez_would_sign_is_refused_for_reasons_that_are_named() {
    for (refused, _) in refused_here_alone() {
        let all = rows(FILE, "vectors");
        let vector = all.iter().find(|vector| name(vector) == refused).unwrap();
        assert!(vector["octez_refuses"].is_null(), "{refused}");
    }
}

#[test]
fn every_vector_cut_anywhere_is_refused() {
    for vector in accepted() {
        let data = bytes(&vector, "hex");
        for length in 1..data.len() {
            let cut = read(curve(&vector), &data[..length]);
            assert!(
                matches!(cut, Read::Fault(_)),
                "{} cut to {length}",
                name(&vector)
            );
        }
    }
}

#[test]
fn every_vector_with_one_byte_more_is_refused() {
    for vector in accepted() {
        for extra in 0..=u8::MAX {
            let mut data = bytes(&vector, "hex");
            data.push(extra);
            let longer = read(curve(&vector), &data);
            assert!(
                matches!(longer, Read::Fault(_)),
                "{} and {extra:#04x}",
                name(&vector)
            );
        }
    }
}

/// Whatever one flipped bit does, it never makes bytes of one slot count for a lower mark than they
/// state: level and round change with their own bits alone.
#[test]
fn no_flipped_bit_outside_level_and_round_changes_them() {
    for vector in accepted() {
        let data = bytes(&vector, "hex");
        let mut changes = 0;
        for bit in 8..data.len() * 8 {
            let mut flipped = data.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            if let Read::Consensus(read) = read(curve(&vector), &flipped)
                && (read.level.number(), read.round.number())
                    != (number(&vector, "level"), number(&vector, "round"))
            {
                changes += 1;
            }
        }
        let block = data[0] == MagicByte::BLOCK.0;
        let expected = if block { 31 } else { 62 };
        assert_eq!(changes, expected, "{}", name(&vector));
    }
}
