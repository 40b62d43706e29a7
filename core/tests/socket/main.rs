//! Octez' sockets as the core reads and writes them: frames, payloads, and every answer.
//!
//! Whole requests are those of the recorded vectors (`recorded/octez-vectors.md`), to be changed in
//! one place.

#[path = "../all_refusals/mod.rs"]
mod all_refusals;
mod answers;
mod frames;
#[path = "../support/heap.rs"]
mod heap;
mod payloads;
mod trace;

use serde_json::Value;
use tezio_core::malformed::Malformed;
use tezio_core::octez::socket::{self, Answer};
use tezio_core::octez::{Reply, Request};

use heap::no_heap;

const FILE: &str = include_str!("../recorded/octez-wire.json");

fn read(payload: &[u8]) -> Request<'_> {
    no_heap(|| socket::read(payload))
}

fn write(reply: &Reply) -> Answer {
    no_heap(|| socket::write(reply))
}

/// Name and payload of every recorded request.
fn requests() -> Vec<(String, Vec<u8>)> {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let rows = file["socket"].as_array().unwrap().iter();
    let requests: Vec<_> = rows
        .filter(|row| row["direction"] == "client->signer")
        .map(|row| {
            let frame = hex::decode(row["frame"].as_str().unwrap()).unwrap();
            (
                row["name"].as_str().unwrap().to_owned(),
                frame[2..].to_vec(),
            )
        })
        .collect();
    assert_eq!(requests.len(), 19);
    requests
}

/// The payload of one recorded request.
fn request(name: &str) -> Vec<u8> {
    let all = requests().into_iter();
    let mut named = all.filter(|(other, _)| other == name);
    named.next().unwrap_or_else(|| panic!("{name}")).1
}

/// What is wrong with a payload; `None` when it is a request.
fn fault(payload: &[u8]) -> Option<Malformed> {
    match read(payload) {
        Request::Malformed(malformed) => Some(malformed),
        Request::Hello
        | Request::Sign { .. }
        | Request::PublicKey { .. }
        | Request::AuthorizedKeys
        | Request::KnownKeys
        | Request::DeterministicNonce { .. }
        | Request::SupportsDeterministicNonces { .. }
        | Request::ProvePossession { .. } => None,
    }
}
