//! A client that goes away takes its request with it while that is queued; what is with the device or
//! the disk goes on, so that a retry finds it.

use tezio_core::signer::Input;

use crate::support::{Holder, Pair, Setup, address, block, operation};
use tezio_core::tezos::{ChainId, ConsensusKind};
use tezio_core::watermark::{Mark, Watermark};

const KEY: Holder = Holder::Tz3;

/// The mark of the key's blocks.
fn mark(pair: &Pair) -> Option<Mark> {
    let watermark = Watermark {
        chain: ChainId::MAINNET,
        key: address(KEY),
        kind: ConsensusKind::Block,
    };
    let record = pair.signer.ledger().marks().of(&watermark);
    record.map(|record| record.mark)
}

#[test]
fn gone_while_queued_never_reaches_the_device_and_moves_no_mark() {
    let mut pair = Setup::baker().start();
    let other = pair.ask(KEY, &operation(0));
    let before = mark(&pair);
    let gone = pair.ask(KEY, &block(5, 0, 0));
    pair.hang_up(gone);
    pair.settle();
    pair.signature(other);
    assert_eq!(pair.asked(), 1);
    assert_eq!(mark(&pair), before);
    pair.sign(KEY, &block(5, 0, 1));
}

#[test]
fn gone_while_at_the_device_is_recorded_for_the_retry() {
    let mut pair = Setup::baker().start();
    let gone = pair.ask(KEY, &block(5, 0, 0));
    pair.hang_up(gone);
    pair.settle();
    assert_eq!(pair.reply(gone), None);
    assert!(pair.signer.is_settled());
    let retry = pair.ask(KEY, &block(5, 0, 0));
    pair.signature(retry);
    assert_eq!(pair.asked(), 1);
    pair.refuse(KEY, &block(5, 0, 1));
}

#[test]
fn gone_while_being_stored_is_recorded_for_the_retry() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let gone = pair.ask(KEY, &block(5, 0, 0));
    pair.run_until(|pair| pair.store.is_dirty());
    pair.hang_up(gone);
    pair.sync();
    assert_eq!(pair.reply(gone), None);
    assert!(pair.signer.is_settled());
    let retry = pair.ask(KEY, &block(5, 0, 0));
    pair.signature(retry);
    assert_eq!(pair.asked(), 1);
}

#[test]
fn gone_with_an_operation_at_the_device_is_forgotten() {
    let mut pair = Setup::baker().start();
    let gone = pair.ask(KEY, &operation(0));
    pair.hang_up(gone);
    pair.settle();
    assert!(pair.signer.is_settled());
    pair.sign(KEY, &operation(0));
}

#[test]
fn going_after_the_reply_or_without_having_been_there_does_nothing() {
    let mut pair = Setup::baker().start();
    let done = pair.ask(KEY, &block(5, 0, 0));
    pair.settle();
    pair.hang_up(done);
    let never = pair.fresh_id();
    pair.input(Input::Gone(never));
    let waiting = pair.ask(KEY, &block(6, 0, 0));
    pair.input(Input::Gone(never));
    pair.settle();
    pair.signature(waiting);
}
