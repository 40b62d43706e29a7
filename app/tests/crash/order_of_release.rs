//! Nothing is released before its mark is durable: the daemon's own calls, in the order in which it
//! makes them.

use tezio_core::tezos::{Signature, SignatureText};

use crate::faulty_disk::FaultyDisk;
use crate::support::messages::{attestation, block, operation, preattestation};
use crate::support::socket_client::{SocketClient, sign};
use crate::support::{Configuration, Home, HsmKey, TZ1, TZ2, TZ3, assert_signed};

const JOURNAL: &str = "simulated.journal";

/// A signature, and how it looks in the reply.
type Released = (Signature, Vec<u8>);

/// What a new daemon did, and what it released: over HTTP and over a TCP socket in turn.
fn release(messages: &[(HsmKey, Vec<u8>)]) -> (Vec<String>, Vec<Released>) {
    let both = r#"[Http("127.0.0.1:0"), Tcp("127.0.0.1:0")]"#;
    let home = Home::new(&Configuration::simulated().with("listen", both));
    let disk = FaultyDisk::of(&home);
    let daemon = disk.start(&home);
    daemon.wait_ready(1);
    let (mut http, mut tcp) = (daemon.client(), SocketClient::tcp(daemon.listens("tcp")));
    let released = (0..)
        .zip(messages)
        .map(|(turn, (key, message))| {
            if turn % 2 == 0 {
                let text = assert_signed(key, message, &http.sign(key, message));
                let signature = SignatureText::from_base58(&text).unwrap().signature;
                (signature, text.into_bytes())
            } else {
                let answer = tcp.ask(&sign(key.address, message, &[]));
                let signature = answer.signature();
                key.assert_made(&signature, message);
                (signature, signature.0.to_vec())
            }
        })
        .collect();
    assert!(daemon.terminate().status.success());
    (disk.events(), released)
}

/// Where the first event of this kind is that contains `bytes`.
fn position(events: &[String], kind: &str, bytes: &[u8]) -> Option<usize> {
    let hex = hex::encode(bytes);
    let is_it = |event: &String| event.starts_with(kind) && event.contains(&hex);
    events.iter().position(is_it)
}

/// The record, which holds the signature as it is, was written and the journal synced before a byte of
/// the signature went to any socket.
#[test]
fn a_record_is_written_and_synced_before_its_signature_is_sent() {
    let kinds = [block, preattestation, attestation];
    let messages = (1..=20).flat_map(|level| {
        let keys = [TZ1, TZ2, TZ3].into_iter().zip(kinds);
        keys.map(move |(key, kind)| (key, kind(level, 0, 1)))
    });
    let (events, released) = release(&messages.collect::<Vec<_>>());
    let (write, sync) = (format!("write {JOURNAL} "), format!("sync {JOURNAL}"));
    assert_eq!(released.len(), 60);
    for (signature, reply) in released {
        let written = position(&events, &write, &signature.0[..32]).expect("a record");
        let sent = position(&events, "send ", &reply).expect("a reply");
        let between = events.get(written..sent).expect("a reply after the record");
        assert!(between.contains(&sync), "sent before the sync: {between:?}");
    }
}

/// The witness sees what it should: no mark guards an operation, and nothing is written for it.
#[test]
fn an_operation_is_sent_without_a_record() {
    let (events, released) = release(&[(TZ3, operation(1))]);
    let (signature, reply) = &released[0];
    assert!(position(&events, "send ", reply).is_some());
    assert_eq!(position(&events, "write ", &signature.0[..32]), None);
}
