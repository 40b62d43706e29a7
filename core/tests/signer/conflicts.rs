//! Other bytes at a level and round that are taken, or below them, are refused at every stage of the
//! first; what is independent stays so.

use tezio_core::tezos::ConsensusKind;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;

use crate::support::{
    Fault, GHOSTNET, Holder, Pair, Setup, Wanted, attestation, block, dal_attestation, on_chain,
    operation, preattestation, vote_or_block,
};

const KEY: Holder = Holder::Tz3;

fn watermark_refusal(pair: &mut Pair, wanted: &Wanted) -> WatermarkRefusal {
    let id = pair.ask(KEY, wanted);
    let Refusal::Watermark(refusal) = pair.refusal(id) else {
        panic!("{}", pair.refusal(id));
    };
    refusal
}

fn is_underway(refusal: WatermarkRefusal) -> bool {
    matches!(refusal, WatermarkRefusal::Underway { .. })
}

#[test]
fn other_bytes_are_refused_while_the_first_are_queued() {
    let mut pair = Setup::baker().start();
    pair.ask(Holder::Tz1, &operation(0));
    for kind in ConsensusKind::ALL {
        let first = pair.ask(KEY, &vote_or_block(kind, 5, 1, 0));
        let refusal = watermark_refusal(&mut pair, &vote_or_block(kind, 5, 1, 1));
        assert!(is_underway(refusal), "{refusal}");
        assert_eq!(pair.reply(first), None, "still waits");
    }
    pair.settle();
    assert_eq!(pair.asked(), 4);
}

#[test]
fn other_bytes_are_refused_while_the_first_are_at_the_device() {
    let mut pair = Setup::baker().start();
    let first = pair.ask(KEY, &block(5, 1, 0));
    assert_eq!(pair.asked(), 1);
    let refusal = watermark_refusal(&mut pair, &block(5, 1, 1));
    assert!(is_underway(refusal), "{refusal}");
    pair.settle();
    pair.signature(first);
    assert_eq!(pair.asked(), 1);
}

#[test]
fn other_bytes_are_refused_while_the_first_are_being_stored() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    pair.ask(KEY, &block(5, 1, 0));
    pair.run_until(|pair| pair.store.is_dirty());
    let refusal = watermark_refusal(&mut pair, &block(5, 1, 1));
    assert!(is_underway(refusal), "{refusal}");
}

#[test]
fn other_bytes_are_refused_when_the_first_are_stored() {
    let mut pair = Setup::baker().start();
    pair.sign(KEY, &block(5, 1, 0));
    let refusal = watermark_refusal(&mut pair, &block(5, 1, 1));
    assert!(
        matches!(refusal, WatermarkRefusal::Conflict { .. }),
        "{refusal}"
    );
    pair.restart_ready(0);
    let refusal = watermark_refusal(&mut pair, &block(5, 1, 1));
    assert!(
        matches!(refusal, WatermarkRefusal::Conflict { .. }),
        "{refusal}"
    );
}

#[test]
fn lower_levels_and_rounds_are_refused_even_with_bytes_signed_there() {
    let mut pair = Setup::baker().start();
    for kind in ConsensusKind::ALL {
        pair.sign(KEY, &vote_or_block(kind, 4, 9, 0));
        pair.sign(KEY, &vote_or_block(kind, 5, 1, 0));
        for (level, round) in [(4, 9), (4, 10), (5, 0), (0, 0), (1, i32::MAX as u32)] {
            let refusal = watermark_refusal(&mut pair, &vote_or_block(kind, level, round, 0));
            assert!(
                matches!(refusal, WatermarkRefusal::Below { .. }),
                "{refusal}"
            );
        }
    }
}

/// What was above the mark when it came and is not when its turn comes.
#[test]
fn what_falls_behind_while_it_waits_is_refused() {
    let mut pair = Setup::baker().start();
    let high = pair.ask(KEY, &block(6, 0, 0));
    let low = pair.ask(KEY, &block(5, 0, 0));
    pair.settle();
    pair.signature(high);
    let refusal = pair.refusal(low);
    let below = matches!(refusal, Refusal::Watermark(WatermarkRefusal::Below { .. }));
    assert!(below, "{refusal}");
    assert_eq!(pair.asked(), 1);
}

#[test]
fn what_waits_behind_a_higher_mark_goes_when_that_one_fails() {
    let mut pair = Setup::baker().start();
    pair.hsms[0].faults.push_back(Fault::Status(0xaf));
    let high = pair.ask(KEY, &block(6, 0, 0));
    let low = pair.ask(KEY, &block(5, 0, 0));
    pair.settle();
    pair.refusal(high);
    pair.signature(low);
}

#[test]
fn kinds_keys_and_chains_do_not_stand_in_one_anothers_way() {
    let mut pair = Setup::baker().start();
    pair.sign(KEY, &block(9, 3, 0));
    pair.sign(KEY, &preattestation(8, 2, 0));
    pair.sign(KEY, &attestation(7, 1, 0));
    pair.sign(Holder::Tz1, &block(9, 3, 1));
    pair.sign(KEY, &on_chain(GHOSTNET, block(9, 3, 0)));
    pair.sign(KEY, &on_chain(GHOSTNET, attestation(1, 0, 0)));
}

#[test]
fn attestations_with_and_without_dal_content_share_one_mark() {
    let mut pair = Setup::baker().start();
    pair.sign(KEY, &attestation(5, 0, 0));
    let refusal = watermark_refusal(&mut pair, &dal_attestation(5, 0, 0));
    assert!(
        matches!(refusal, WatermarkRefusal::Conflict { .. }),
        "{refusal}"
    );
    pair.sign(KEY, &dal_attestation(6, 0, 0));
    let refusal = watermark_refusal(&mut pair, &attestation(6, 0, 0));
    assert!(
        matches!(refusal, WatermarkRefusal::Conflict { .. }),
        "{refusal}"
    );
}
