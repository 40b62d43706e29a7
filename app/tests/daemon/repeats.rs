//! The same bytes again have the same signature. The device's signatures are randomised: two of the
//! same text are one signature.

use std::sync::{Arc, Barrier};

use crate::support::messages::{attestation, block};
use crate::support::{TZ3, assert_signed, ready};

#[test]
fn the_same_block_again_has_the_same_signature_on_any_connection() {
    let (_home, daemon) = ready();
    let message = block(7, 0, 1);
    let mut client = daemon.client();
    let signature = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    for mut client in [client, daemon.client(), daemon.client()] {
        let again = assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        assert_eq!(again, signature);
        let answer = client.sign(&TZ3, &block(7, 0, 2));
        answer.assert_refused(409, "different data");
    }
}

#[test]
fn eight_at_once_get_one_signature() {
    let (_home, daemon) = ready();
    for level in 1..=5 {
        let message = attestation(level, 0, 1);
        let start = Arc::new(Barrier::new(8));
        let threads = (0..8).map(|_| {
            let (start, message) = (Arc::clone(&start), message.clone());
            let mut client = daemon.client();
            std::thread::spawn(move || {
                start.wait();
                assert_signed(&TZ3, &message, &client.sign(&TZ3, &message))
            })
        });
        let threads = threads.collect::<Vec<_>>();
        let mut signatures = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>();
        signatures.dedup();
        assert_eq!(signatures.len(), 1, "{signatures:?}");
    }
}
