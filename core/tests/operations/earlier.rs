//! Layouts of earlier protocols: none of them is taken for one of today.

use crate::agreed;
use crate::codec::{Content, Value, draw, layout, write};
use crate::prng::Prng;

const BRANCH: [u8; 32] = [0xe4; 32];

/// A content whose presence byte at the end says that nothing follows, as long as one without it and
/// one byte more.
fn without_proof(kind: &str, prng: &mut Prng) -> Content {
    loop {
        let content = draw(layout(kind), prng);
        if matches!(content.values.last(), Some(Value::Case(0x00, _))) {
            return content;
        }
    }
}

/// The content as before there were proofs: without the presence byte.
fn earlier(content: &Content) -> Vec<u8> {
    let mut message = write(&BRANCH, core::slice::from_ref(content));
    assert_eq!(message.pop(), Some(0x00));
    message
}

#[test]
fn keys_without_a_presence_byte_are_unreadable_alone_and_before_any_other_content() {
    let prng = &mut Prng::new(1);
    for kind in ["reveal", "update_consensus_key"] {
        for _ in 0..100 {
            let earlier = earlier(&without_proof(kind, prng));
            assert!(!agreed(&earlier));
            for next in crate::layouts::LAYOUTS.iter().filter(|one| one.manager) {
                let next = write(&BRANCH, &[draw(next, prng)]);
                assert!(!agreed(&[earlier.as_slice(), &next[33..]].concat()));
            }
        }
    }
}

#[test]
fn denunciations_without_a_slot_are_unreadable() {
    let prng = &mut Prng::new(2);
    for _ in 0..1_000 {
        let mut content = draw(layout("double_consensus_operation_evidence"), prng);
        if let Value::Bytes(vote) = &mut content.values[1] {
            vote.resize(139, 0x5a);
        }
        let mut message = write(&BRANCH, &[content]);
        message.drain(34..36);
        assert!(!agreed(&message), "{}", hex::encode(message));
    }
}

#[test]
fn entrapments_without_a_lag_index_are_unreadable() {
    let prng = &mut Prng::new(4);
    for _ in 0..1_000 {
        let content = draw(layout("dal_entrapment_evidence"), prng);
        let [attestation, slots, Value::Case(_, lag), rest @ ..] = content.values.as_slice() else {
            panic!("{content:?}");
        };
        let sizes = [attestation, slots].map(|value| match value {
            Value::Bytes(bytes) => bytes.len(),
            Value::Digits(_) | Value::Case(..) | Value::Repeat(_) => panic!("{value:?}"),
        });
        assert_eq!(rest.len(), 3);
        let presence = 34 + 4 + sizes[0] + sizes[1];
        let mut message = write(&BRANCH, core::slice::from_ref(&content));
        message.drain(presence..=presence + lag.len());
        assert!(!agreed(&message), "{}", hex::encode(message));
    }
}

#[test]
fn retired_tags_are_unreadable_whatever_stands_behind_them() {
    let prng = &mut Prng::new(3);
    for tag in [7, 22].into_iter().chain(150..=157) {
        for layout in &crate::layouts::LAYOUTS {
            let mut message = write(&BRANCH, &[draw(layout, prng)]);
            message[33] = tag;
            assert!(!agreed(&message));
        }
    }
}
