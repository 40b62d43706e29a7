//! Who goes first when several wait for one slow device: what misses its slot soonest.

use crate::support::{
    Holder, JOBS, Pair, Setup, Wanted, attestation, block, operation, preattestation,
};

fn slow() -> Pair {
    let mut setup = Setup::baker();
    setup.hsms[0].latency_ms = 500;
    let mut pair = setup.start();
    pair.ask(Holder::Tz1, &operation(0));
    pair
}

fn order(pair: &Pair) -> Vec<Vec<u8>> {
    pair.hsms[0].asked[1..].to_vec()
}

fn bytes(wanted: &[&Wanted]) -> Vec<Vec<u8>> {
    wanted.iter().map(|one| one.bytes.clone()).collect()
}

#[test]
fn a_block_goes_before_an_attestation_a_preattestation_and_the_rest() {
    let mut pair = slow();
    let (rest, pre) = (operation(1), preattestation(1, 0, 0));
    let (vote, head) = (attestation(1, 0, 0), block(1, 0, 0));
    for wanted in [&rest, &pre, &vote, &head] {
        pair.ask(Holder::Tz3, wanted);
    }
    pair.settle();
    assert_eq!(order(&pair), bytes(&[&head, &vote, &pre, &rest]));
}

#[test]
fn of_equals_the_one_that_came_first_goes_first() {
    let mut pair = slow();
    let (one, two, three) = (operation(1), operation(2), operation(3));
    for wanted in [&one, &two, &three] {
        pair.ask(Holder::Tz3, wanted);
        pair.jump(1);
    }
    pair.settle();
    assert_eq!(order(&pair), bytes(&[&one, &two, &three]));
}

/// Each of the key's attestations waits for one operation at the most: the one at the device.
#[test]
fn a_flood_of_operations_does_not_delay_an_attestation() {
    let mut pair = slow();
    for salt in 1..50 {
        pair.ask(Holder::Tz1, &operation(salt));
    }
    assert_eq!(pair.asked(), 1);
    let vote = pair.ask(Holder::Tz3, &attestation(1, 0, 0));
    pair.run_until(|pair| pair.asked() == 2);
    assert_eq!(order(&pair), bytes(&[&attestation(1, 0, 0)]));
    pair.run_until(|pair| pair.reply(vote).is_some());
    pair.signature(vote);
}

#[test]
fn urgent_requests_push_the_least_urgent_out_of_a_full_queue() {
    let mut pair = slow();
    let waiting: Vec<_> = (1..).map(operation).take(JOBS - 1).collect();
    let ids: Vec<_> = waiting
        .iter()
        .map(|one| pair.ask(Holder::Tz1, one))
        .collect();
    let vote = pair.ask(Holder::Tz3, &attestation(1, 0, 0));
    assert_eq!(pair.reply(vote), None);
    let last = *ids.last().unwrap();
    assert!(
        pair.reply(last).is_some(),
        "the last of the least urgent goes"
    );
    pair.settle();
    pair.signature(vote);
    for id in &ids[..ids.len() - 1] {
        pair.signature(*id);
    }
}
