//! Octez' frames: a stream in any pieces gives the frames that it has when it is looked at whole.
//!
//! Input: how many sizes of pieces, the sizes, the stream.

#![no_main]

use tezio_core::limits::SOCKET_FRAME;
use tezio_core::octez::socket::{FrameDecoder, Pushed};
use tezio_fuzz::choices::Choices;
use tezio_fuzz::socket::{Frame, split};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut choices = Choices::new(data);
    let count = choices.below(8);
    let sizes = choices.take(count);
    let stream = choices.rest();
    check::<24>(stream, sizes);
    check::<SOCKET_FRAME>(stream, sizes);
});

fn check<const N: usize>(stream: &[u8], sizes: &[u8]) {
    let (frames, rest) = split(stream, N);
    let expected = (frames, rest.is_empty());
    assert_eq!(decode::<N>([stream].into_iter()), expected, "whole");
    assert_eq!(decode::<N>(pieces(stream, sizes)), expected, "in pieces");
}

/// The stream in pieces of these sizes, over and over.
fn pieces<'a>(mut stream: &'a [u8], sizes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let sizes = sizes.iter().map(|size| usize::from(*size).max(1)).cycle();
    let last = core::iter::repeat(usize::MAX);
    sizes.chain(last).map_while(move |size| {
        let (piece, rest) = stream.split_at(size.min(stream.len()));
        stream = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Every frame, and whether the stream ended between two.
fn decode<'a, const N: usize>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Frame>, bool) {
    let mut decoder = Box::new(FrameDecoder::<N>::new());
    let mut frames = Vec::new();
    for mut piece in pieces {
        while !piece.is_empty() {
            let taken = match decoder.push(piece) {
                Pushed::NeedMore => piece.len(),
                Pushed::Frame { payload, taken } => {
                    frames.push(Frame::Payload(payload.to_vec()));
                    taken
                }
                Pushed::TooLong { announced, taken } => {
                    frames.push(Frame::TooLong(announced));
                    taken
                }
            };
            piece = &piece[taken..];
        }
    }
    (frames, decoder.is_between())
}
