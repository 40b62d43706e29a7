//! HTTP as the core reads and writes it: every route, method, body and refusal.

#[path = "../all_refusals/mod.rs"]
mod all_refusals;
mod bodies;
#[path = "../support/heap.rs"]
mod heap;
mod parameters;
mod refusals;
mod routes;
mod successes;
mod web_pages;

use tezio_core::malformed::Malformed;
use tezio_core::octez::http::{self, Answer, Exchange};
use tezio_core::octez::{Reply, Request};
use tezio_core::tezos::PublicKeyHash;

use heap::no_heap;

/// An address with a right checksum.
const KEY: &str = "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr";
/// A signature with a right checksum.
const SIGNATURE: &str = "edsigtmkn8UiuY3YGGVtout62z1cyjhknjCvxtjSiugJxfTFgraqPzaoqX2hSf3W9qcNr8cQ2Hj5JM81okbd4kux8JfikbqZxtC";

fn read<'a>(exchange: &Exchange<'_>, scratch: &'a mut [u8]) -> Request<'a> {
    no_heap(|| http::read(exchange, scratch))
}

fn write(reply: &Reply) -> Answer {
    no_heap(|| http::write(reply))
}

/// A well-formed signing request, to be changed in one place.
fn signing<'a>(target: &'a str, body: &'a [u8]) -> Exchange<'a> {
    Exchange {
        method: "POST",
        target,
        from_web_page: false,
        content_type: Some("application/json"),
        body: Some(body),
    }
}

fn getting(target: &str) -> Exchange<'_> {
    Exchange {
        method: "GET",
        target,
        from_web_page: false,
        content_type: None,
        body: Some(b""),
    }
}

fn key() -> PublicKeyHash {
    PublicKeyHash::from_base58(KEY).unwrap()
}

/// The data of a signing request, or what is wrong with it.
fn data(exchange: &Exchange<'_>) -> Result<Vec<u8>, Malformed> {
    let mut scratch = [0xee; 64];
    let request = read(exchange, &mut scratch);
    if let Request::Malformed(malformed) = request {
        return Err(malformed);
    }
    let Request::Sign { data, .. } = request else {
        panic!("{request:?}");
    };
    Ok(data.to_vec())
}
