//! A disk that fails takes every consensus signature with it until a restart, and nothing else.

use tezio_core::signer::Input;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;

use crate::support::{Fault, Holder, Pair, Setup, attestation, block, operation};

const KEY: Holder = Holder::Tz3;
const SEALED: Refusal = Refusal::Watermark(WatermarkRefusal::Sealed);

fn assert_sealed(pair: &mut Pair) {
    assert_eq!(pair.refuse(KEY, &block(9, 0, 0)), SEALED);
    assert_eq!(pair.refuse(Holder::Tz1, &attestation(9, 0, 0)), SEALED);
    pair.sign(KEY, &operation(7));
    assert!(pair.signer.is_settled());
}

#[test]
fn a_failure_at_rest_seals() {
    let mut pair = Setup::baker().start();
    pair.sign(KEY, &block(5, 0, 0));
    pair.fail_store(0);
    assert_sealed(&mut pair);
    assert_eq!(
        pair.refuse(KEY, &block(5, 0, 0)),
        SEALED,
        "not even what is stored"
    );
}

#[test]
fn a_failure_while_a_request_is_queued_refuses_it() {
    let mut pair = Setup::baker().start();
    let other = pair.ask(KEY, &operation(0));
    let first = pair.ask(KEY, &block(5, 0, 0));
    pair.fail_store(0);
    assert_eq!(pair.refusal(first), SEALED);
    pair.settle();
    pair.signature(other);
    assert_eq!(pair.asked(), 1);
    assert_sealed(&mut pair);
}

/// The device answers after the disk has failed: nothing is recorded and nothing released.
#[test]
fn a_failure_while_a_request_is_at_the_device_refuses_it() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let first = pair.ask(KEY, &block(5, 0, 0));
    pair.fail_store(0);
    pair.settle();
    assert!(!pair.store.is_dirty(), "no record goes out any more");
    pair.input(Input::Stored(u64::MAX));
    assert_eq!(pair.refusal(first), SEALED);
    assert_sealed(&mut pair);
}

#[test]
fn a_failure_while_a_record_is_on_its_way_refuses_its_request() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let first = pair.ask(KEY, &block(5, 0, 0));
    let second = pair.ask(KEY, &block(5, 0, 0));
    pair.run_until(|pair| pair.store.is_dirty());
    pair.fail_store(0);
    assert_eq!(
        (pair.refusal(first), pair.refusal(second)),
        (SEALED, SEALED)
    );
    pair.input(Input::Stored(u64::MAX));
    assert_sealed(&mut pair);
}

#[test]
fn a_failure_with_several_records_on_their_way_refuses_them_all() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let ids = Holder::HSM.map(|holder| pair.ask(holder, &block(5, 0, 0)));
    pair.run_until_unsynced(3);
    pair.fail_store(256);
    for id in ids {
        assert_eq!(pair.refusal(id), SEALED);
    }
    assert_sealed(&mut pair);
}

#[test]
fn a_failure_after_the_reply_changes_nothing_about_it() {
    let mut pair = Setup::baker().start();
    let signed = pair.sign(KEY, &block(5, 0, 0));
    pair.fail_store(0);
    pair.restart_ready(0);
    assert_eq!(pair.sign(KEY, &block(5, 0, 0)), signed);
}

#[test]
fn a_failure_costs_other_requests_nothing() {
    let mut pair = Setup::baker().start();
    pair.hsms[0].faults.push_back(Fault::Late(500));
    let at_device = pair.ask(KEY, &operation(0));
    let queued = pair.ask(KEY, &operation(1));
    pair.fail_store(0);
    pair.settle();
    pair.signature(at_device);
    pair.signature(queued);
}

#[test]
fn a_restart_goes_on_from_what_the_disk_kept() {
    for kept in [0, 100, 255, 256] {
        let mut pair = Setup::baker().start();
        pair.store.held = true;
        pair.ask(KEY, &block(5, 0, 0));
        pair.run_until(|pair| pair.store.is_dirty());
        pair.fail_store(kept);
        pair.store.held = false;
        pair.restart_ready(0);
        let id = pair.ask(KEY, &block(5, 0, 1));
        pair.settle();
        if kept < 256 {
            pair.signature(id);
        } else {
            let refusal = pair.refusal(id);
            let conflict = matches!(
                refusal,
                Refusal::Watermark(WatermarkRefusal::Conflict { .. })
            );
            assert!(conflict, "{refusal}");
        }
    }
}

/// Later records on the disk prove the earlier ones; earlier ones prove no later one.
#[test]
fn a_confirmation_releases_everything_up_to_its_number_and_nothing_behind() {
    let mut pair = Setup::baker().start();
    pair.store.held = true;
    let ids = Holder::HSM.map(|holder| pair.ask(holder, &block(5, 0, 0)));
    pair.run_until_unsynced(3);
    let before = pair.store.records().len() as u64;
    pair.input(Input::Stored(before - 1));
    assert_eq!(ids.map(|id| pair.reply(id).is_some()), [false; 3]);
    pair.store.sync();
    pair.input(Input::Stored(before + 1));
    assert_eq!(ids.map(|id| pair.reply(id).is_some()), [true, true, false]);
    pair.input(Input::Stored(before + 2));
    assert!(pair.reply(ids[2]).is_some());
}
