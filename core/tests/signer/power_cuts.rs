//! The power goes after every single action, and what the disk kept is all that is known: one level
//! and round still has one signature, and one that left is given again byte for byte.

use tezio_core::octez::Reply;
use tezio_core::signer::RequestId;
use tezio_core::tezos::ConsensusKind;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::RECORD_BYTES;

use crate::support::{
    Holder, Pair, Setup, Wanted, attestation, block, preattestation, vote_or_block,
};

const KEY: Holder = Holder::Tz3;
/// How much of a record that was on its way reached the disk: nothing, parts, all.
const KEPT: [usize; 4] = [0, 100, RECORD_BYTES - 1, RECORD_BYTES];
/// No script here needs as many actions.
const MANY: usize = 60;

fn has_signature(pair: &Pair, id: RequestId) -> bool {
    matches!(pair.reply(id), Some(Reply::Signature(_)))
}

/// Asks for `wanted` with power for so many actions; says whether the power went before the end.
fn cut_short(pair: &mut Pair, wanted: &[Wanted], fuel: usize) -> (Vec<RequestId>, bool) {
    pair.fuel = Some(fuel);
    let ids = wanted.iter().map(|one| pair.ask(KEY, one)).collect();
    pair.settle();
    (ids, pair.is_dead())
}

/// Runs `script` with the power going after each action, and each part of a record kept.
fn at_every_cut(script: impl Fn(usize, usize) -> bool) {
    for kept in KEPT {
        let cut = (1..MANY).take_while(|fuel| script(*fuel, kept)).count();
        assert!((3..MANY - 1).contains(&cut), "{cut} places to cut");
    }
}

#[test]
fn the_same_bytes_after_a_cut_get_the_one_signature() {
    for kind in ConsensusKind::ALL {
        at_every_cut(|fuel, kept| {
            let mut pair = Setup::baker().start();
            let wanted = vote_or_block(kind, 5, 0, 0);
            let (ids, dead) = cut_short(&mut pair, core::slice::from_ref(&wanted), fuel);
            let released = has_signature(&pair, ids[0]);
            pair.restart_ready(kept);
            let again = pair.sign(KEY, &wanted);
            assert!(!released || again == pair.signature(ids[0]));
            pair.refuse(KEY, &vote_or_block(kind, 5, 0, 1));
            dead
        });
    }
}

#[test]
fn other_bytes_after_a_cut_are_signed_only_if_the_first_never_left() {
    at_every_cut(|fuel, kept| {
        let mut pair = Setup::baker().start();
        let (one, two) = (block(5, 0, 0), block(5, 0, 1));
        let (ids, dead) = cut_short(&mut pair, core::slice::from_ref(&one), fuel);
        let released = has_signature(&pair, ids[0]);
        pair.restart_ready(kept);
        let second = pair.ask(KEY, &two);
        let third = pair.ask(KEY, &one);
        pair.settle();
        let signed = [second, third].map(|id| has_signature(&pair, id));
        assert!(
            signed == [true, false] || signed == [false, true],
            "{signed:?}"
        );
        assert!(!released || signed == [false, true]);
        dead
    });
}

#[test]
fn a_cut_with_several_requests_under_way_keeps_each_mark() {
    let script = [
        block(5, 0, 0),
        preattestation(5, 0, 0),
        attestation(5, 0, 0),
        block(6, 0, 0),
        attestation(5, 1, 0),
    ];
    at_every_cut(|fuel, kept| {
        let mut pair = Setup::on(&[&Holder::HSM, &Holder::HSM]).start();
        let (_, dead) = cut_short(&mut pair, &script, fuel);
        pair.restart_ready(kept);
        for wanted in &script {
            let mut conflict = wanted.clone();
            conflict.bytes[48] ^= 0x40;
            for asked in [&conflict, wanted] {
                let id = pair.ask(KEY, asked);
                pair.settle();
                if !has_signature(&pair, id) {
                    let refusal = pair.refusal(id);
                    assert!(matches!(refusal, Refusal::Watermark(_)), "{refusal}");
                }
            }
        }
        dead
    });
}

#[test]
fn a_second_cut_after_the_first_changes_nothing() {
    for kept in KEPT {
        for (first, second) in (1..8).flat_map(|one| (1..8).map(move |two| (one, two))) {
            let mut pair = Setup::baker().start();
            let (one, two) = (block(5, 0, 0), block(5, 0, 1));
            cut_short(&mut pair, core::slice::from_ref(&one), first);
            pair.restart_ready(kept);
            cut_short(&mut pair, core::slice::from_ref(&two), second);
            pair.restart_ready(kept);
            let ids = [pair.ask(KEY, &one), pair.ask(KEY, &two)];
            pair.settle();
            let signed = ids.map(|id| has_signature(&pair, id));
            assert!(
                signed == [true, false] || signed == [false, true],
                "{signed:?}"
            );
        }
    }
}
