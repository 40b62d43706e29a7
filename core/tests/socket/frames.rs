//! Frames in a stream: whole, in pieces, empty, and too long to be kept.

use tezio_core::octez::socket::{FrameDecoder, Pushed};

const MOST: usize = 64;

fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    [&length.to_be_bytes(), payload].concat()
}

/// Everything that comes out of a stream in pieces of `size` bytes: payloads, or lengths that were
/// too much.
fn decode(stream: &[u8], size: usize) -> Vec<Result<Vec<u8>, usize>> {
    let mut decoder = FrameDecoder::<MOST>::new();
    let mut found = Vec::new();
    for mut piece in stream.chunks(size) {
        while !piece.is_empty() {
            let (one, taken) = match decoder.push(piece) {
                Pushed::NeedMore => break,
                Pushed::Frame { payload, taken } => (Ok(payload.to_vec()), taken),
                Pushed::TooLong { announced, taken } => (Err(announced), taken),
            };
            found.push(one);
            piece = &piece[taken..];
        }
    }
    assert!(decoder.is_between());
    found
}

#[test]
fn frames_are_kept_up_to_their_most_and_passed_over_beyond() {
    for length in 0..3 * MOST {
        let payload = vec![7; length];
        let stream = [frame(&payload), frame(b"next")].concat();
        let first = if length <= MOST {
            Ok(payload)
        } else {
            Err(length)
        };
        let expected = [first, Ok(b"next".to_vec())];
        for size in [1, 2, 3, MOST - 1, MOST, MOST + 1, stream.len()] {
            assert_eq!(decode(&stream, size), expected, "{length} in {size}");
        }
    }
}

#[test]
fn the_longest_frame_that_can_be_announced_is_passed_over() {
    let most = usize::from(u16::MAX);
    let stream = [frame(&vec![7; most]), frame(b"next")].concat();
    for size in [1, 4_096, stream.len()] {
        assert_eq!(decode(&stream, size), [Err(most), Ok(b"next".to_vec())]);
    }
}

#[test]
fn several_frames_too_long_one_behind_the_other_are_told_one_by_one() {
    let long = frame(&[7; MOST + 1]);
    let stream = [&long[..], &long, &frame(b""), &long, &frame(b"next")].concat();
    let too_long = Err(MOST + 1);
    let expected = [
        too_long.clone(),
        too_long.clone(),
        Ok(Vec::new()),
        too_long,
        Ok(b"next".to_vec()),
    ];
    for size in 1..=stream.len() {
        assert_eq!(decode(&stream, size), expected, "pieces of {size}");
    }
}

/// What a frame too long holds is not taken for frames.
#[test]
fn frames_inside_a_frame_too_long_are_not_looked_at() {
    let inside = frame(b"inside").repeat(MOST);
    let stream = [frame(&inside), frame(b"next")].concat();
    let expected = [Err(inside.len()), Ok(b"next".to_vec())];
    assert_eq!(decode(&stream, 5), expected);
}

#[test]
fn nothing_pushed_changes_nothing() {
    let mut decoder = FrameDecoder::<MOST>::new();
    for byte in frame(b"abc").split_last().unwrap().1 {
        assert_eq!(decoder.push(&[]), Pushed::NeedMore);
        assert_eq!(decoder.push(&[*byte]), Pushed::NeedMore);
    }
    let (payload, taken) = (&b"abc"[..], 1);
    assert_eq!(decoder.push(b"c"), Pushed::Frame { payload, taken });
    assert!(decoder.is_between());
    assert_eq!(decoder.push(&[]), Pushed::NeedMore);
    assert!(decoder.is_between());
}
