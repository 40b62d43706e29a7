//! The ledger's world, to its last state.

use tezio_model::explore;
use tezio_model::ledger::LedgerWorld;

#[test]
fn no_order_of_events_breaks_a_promise_of_the_ledger() {
    let walked = explore::<LedgerWorld>().unwrap_or_else(|broken| panic!("{broken}"));
    eprintln!("ledger: {walked}");
    assert!(walked.states > 5_000, "the world has shrunk: {walked}");
}
