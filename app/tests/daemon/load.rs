//! Many requests, one after another and at the same time: every signature is right, every refusal
//! is, and no level and round is signed twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::messages::{attestation, block, operation, preattestation};
use crate::support::{Client, HsmKey, Response, TZ1, TZ2, TZ3, assert_signed, ready};

/// What is asked in turn `turn`: keys and kinds change, levels rise.
fn request(turn: u8, salt: u8) -> (HsmKey, Vec<u8>) {
    let key = [TZ1, TZ2, TZ3][usize::from(turn % 3)];
    let level = u32::from(turn) + 1;
    let message = match turn % 4 {
        0 => operation(salt),
        1 => block(level, 0, salt),
        2 => preattestation(level, 0, salt),
        _ => attestation(level, 0, salt),
    };
    (key, message)
}

fn is_guarded(message: &[u8]) -> bool {
    message[0] != 0x03
}

#[test]
fn two_hundred_requests_one_after_another() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for turn in 0..200 {
        let (key, message) = request(turn, 1);
        let signature = assert_signed(&key, &message, &client.sign(&key, &message));
        if turn % 10 == 3 {
            let again = assert_signed(&key, &message, &client.sign(&key, &message));
            assert_eq!(again, signature);
            let (key, other) = request(turn, 2);
            let answer = client.sign(&key, &other);
            answer.assert_refused(409, "different data");
        }
    }
}

/// Four clients ask for the same levels, two of them with the same bytes. Whoever is first at a
/// level has asked for nothing above it, so each level is signed, once.
#[test]
fn four_clients_with_fifty_requests_each() {
    let (_home, daemon) = ready();
    let threads = [1, 2, 1, 2].map(|salt| {
        let mut client = daemon.client();
        std::thread::spawn(move || {
            let mut signed = Vec::new();
            for turn in 0..50 {
                signed.extend(ask(&mut client, turn, salt));
            }
            signed
        })
    });
    let mut slots = BTreeMap::<u8, BTreeSet<String>>::new();
    for (turn, signature) in threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
    {
        slots.entry(turn).or_default().insert(signature);
    }
    let turns = (0..50).filter(|turn| is_guarded(&request(*turn, 1).1));
    assert!(slots.keys().copied().eq(turns), "{:?}", slots.keys());
    for (turn, signatures) in slots {
        assert_eq!(signatures.len(), 1, "turn {turn}: {signatures:?}");
    }
}

/// The turn and its signature, if there is one and a mark guards it.
fn ask(client: &mut Client, turn: u8, salt: u8) -> Option<(u8, String)> {
    let (key, message) = request(turn, salt);
    let answer = client.sign(&key, &message);
    if is_guarded(&message) && answer.status != 200 {
        assert_rightly_refused(&answer);
        return None;
    }
    let signature = assert_signed(&key, &message, &answer);
    is_guarded(&message).then_some((turn, signature))
}

fn assert_rightly_refused(answer: &Response) {
    let reason = answer.refusal(409);
    let right = [
        "has already been signed with different data",
        "is being signed with different data",
        "is below the high watermark",
    ];
    assert!(right.iter().any(|text| reason.contains(text)), "{reason}");
}
