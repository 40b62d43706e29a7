//! Socket frames as Octez has them: each request is read, each answer written or named as one that
//! this signer cannot give.

mod answers;
mod refused;
mod requests;

use std::collections::BTreeSet;

use serde_json::Value;
use tezio_core::octez::socket::{FrameDecoder, Pushed};

use crate::wire::FILE;
use crate::{bytes, rows, text};

/// More than any frame here has.
const PAYLOAD: usize = 256;

const TO_SIGNER: &str = "client->signer";
const TO_CLIENT: &str = "signer->client";

/// The rows of one direction.
fn frames(direction: &str) -> Vec<Value> {
    let all = rows(FILE, "socket").into_iter();
    all.filter(|row| text(row, "direction") == direction)
        .collect()
}

/// The frame of one row.
fn frame(direction: &str, name: &str) -> Vec<u8> {
    let all = frames(direction);
    let found = all.iter().find(|row| text(row, "name") == name);
    bytes(found.unwrap_or_else(|| panic!("{name}")), "frame")
}

/// The payload of a frame that is one frame exactly.
fn payload(frame: &[u8]) -> Vec<u8> {
    let mut decoder = FrameDecoder::<PAYLOAD>::new();
    let Pushed::Frame { payload, taken } = decoder.push(frame) else {
        panic!("no frame");
    };
    assert_eq!(taken, frame.len());
    payload.to_vec()
}

#[test]
fn every_recorded_frame_is_looked_at() {
    let all = rows(FILE, "socket");
    assert_eq!(all.len(), 43);
    let recorded: BTreeSet<(&str, &str)> = all
        .iter()
        .map(|row| (text(row, "direction"), text(row, "name")))
        .collect();
    assert_eq!(recorded.len(), 43, "no name stands twice in one direction");
    let asked = requests::names().map(|name| (TO_SIGNER, name));
    let written = answers::names().map(|name| (TO_CLIENT, name));
    let refused = refused::names().map(|name| (TO_CLIENT, name));
    let looked_at: Vec<_> = asked.chain(written).chain(refused).collect();
    assert_eq!(looked_at.len(), 43);
    assert_eq!(looked_at.into_iter().collect::<BTreeSet<_>>(), recorded);
}

#[test]
fn every_frame_cut_anywhere_is_no_frame_yet_and_then_whole() {
    for row in rows(FILE, "socket") {
        let frame = bytes(&row, "frame");
        let whole = payload(&frame);
        for at in 1..frame.len() {
            let mut decoder = FrameDecoder::<PAYLOAD>::new();
            assert_eq!(decoder.push(&frame[..at]), Pushed::NeedMore, "cut at {at}");
            assert!(!decoder.is_between(), "cut at {at}");
            let rest = Pushed::Frame {
                payload: &whole,
                taken: frame.len() - at,
            };
            assert_eq!(decoder.push(&frame[at..]), rest, "split at {at}");
            assert!(decoder.is_between(), "split at {at}");
        }
    }
}

#[test]
fn all_frames_in_one_stream_come_out_whatever_the_size_of_the_pieces() {
    let all = rows(FILE, "socket");
    let stream: Vec<u8> = all.iter().flat_map(|row| bytes(row, "frame")).collect();
    let expected: Vec<_> = all
        .iter()
        .map(|row| payload(&bytes(row, "frame")))
        .collect();
    for size in (1..=70).chain([stream.len()]) {
        assert_eq!(payloads(&stream, size), expected, "pieces of {size}");
    }
}

/// The payloads in a stream that comes in pieces of `size` bytes.
fn payloads(stream: &[u8], size: usize) -> Vec<Vec<u8>> {
    let mut decoder = FrameDecoder::<PAYLOAD>::new();
    let mut found = Vec::new();
    for mut piece in stream.chunks(size) {
        while !piece.is_empty() {
            match decoder.push(piece) {
                Pushed::NeedMore => break,
                Pushed::Frame { payload, taken } => {
                    found.push(payload.to_vec());
                    piece = &piece[taken..];
                }
                Pushed::TooLong { announced, .. } => panic!("{announced} bytes"),
            }
        }
    }
    assert!(decoder.is_between());
    found
}
