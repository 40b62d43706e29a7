//! Frames of the control socket: from values to bytes and back.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::FORMAT;

/// Text for whoever asked, in whatever version.
const TEXT: u8 = 0;

/// The longest question, in bytes with its format.
pub(super) const QUESTION: usize = 64;

/// The longest answer: many times what the fullest status takes.
pub(super) const ANSWER: usize = 1 << 20;

/// What a frame's body is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body<T> {
    /// What was expected.
    Value(T),
    /// Why there is none.
    Text(String),
}

/// Why a frame is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// It would not end soon enough.
    #[error("a frame of {announced} bytes, and at most {limit} are taken")]
    TooLong { announced: u32, limit: usize },
    /// Another version made it.
    #[error("format {0} of the control socket, and this program has format {FORMAT}")]
    Format(u8),
    /// Its bytes are none.
    #[error("bytes that are no frame of the control socket")]
    Malformed,
}

/// The frame of a value.
///
/// # Errors
///
/// `InvalidData` when it cannot be put into bytes.
pub(super) fn value<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let invalid = |_| io::Error::from(io::ErrorKind::InvalidData);
    let body = postcard::to_extend(value, Vec::new()).map_err(invalid)?;
    Ok(frame(FORMAT, &body))
}

/// The frame of a text.
pub(super) fn text(text: &str) -> Vec<u8> {
    frame(TEXT, text.as_bytes())
}

fn frame(format: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 1).unwrap_or(u32::MAX);
    let mut frame = length.to_be_bytes().to_vec();
    frame.push(format);
    frame.extend_from_slice(body);
    frame
}

/// How many bytes follow these first four, if they are not more than `limit`.
///
/// # Errors
///
/// [`Fault::TooLong`], or [`Fault::Malformed`] for none at all.
pub(super) fn length(announced: [u8; 4], limit: usize) -> Result<usize, Fault> {
    let announced = u32::from_be_bytes(announced);
    match usize::try_from(announced) {
        Ok(0) => Err(Fault::Malformed),
        Ok(length) if length <= limit => Ok(length),
        Ok(_) | Err(_) => Err(Fault::TooLong { announced, limit }),
    }
}

/// What the bytes behind the length say.
///
/// # Errors
///
/// [`Fault::Format`] or [`Fault::Malformed`].
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<Body<T>, Fault> {
    let (format, body) = bytes.split_first().ok_or(Fault::Malformed)?;
    match *format {
        TEXT => {
            let text = String::from_utf8_lossy(body);
            Ok(Body::Text(text.into_owned()))
        }
        FORMAT => match postcard::take_from_bytes(body) {
            Ok((value, [])) => Ok(Body::Value(value)),
            Ok(_) | Err(_) => Err(Fault::Malformed),
        },
        format => Err(Fault::Format(format)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Answer, Question, Reloaded};

    #[test]
    fn what_was_put_into_a_frame_comes_out_of_it() {
        for question in [Question::Status, Question::Reload] {
            let frame = value(&question).unwrap();
            let (announced, body) = frame.split_first_chunk().unwrap();
            assert_eq!(length(*announced, QUESTION), Ok(body.len()));
            assert_eq!(read(body), Ok(Body::Value(question)));
        }
        let (_, body) = (0, &text("why")[4..]);
        let said = Body::Text("why".to_owned());
        assert_eq!(read::<Question>(body), Ok(said));
    }

    /// Whoever changes the structures changes what a program of yesterday reads: [`FORMAT`] must say so.
    #[test]
    fn the_bytes_of_a_status_are_those_of_its_format() {
        let answer = Answer::Status(Box::new(crate::status::Status::sample()));
        let frame = value(&answer).unwrap();
        assert_eq!(frame[4], FORMAT);
        assert_eq!(
            hex::encode(&frame[5..]),
            include_str!("status.hex").replace('\n', "")
        );
    }

    #[test]
    fn other_versions_and_other_bytes_are_told_apart() {
        assert_eq!(read::<Question>(&[FORMAT + 1, 0]), Err(Fault::Format(2)));
        for bytes in [&[][..], &[FORMAT], &[FORMAT, 9], &[FORMAT, 0, 0]] {
            assert_eq!(read::<Question>(bytes), Err(Fault::Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn a_frame_is_bounded_before_it_is_read() {
        let bound = |announced: u32| length(announced.to_be_bytes(), QUESTION);
        assert_eq!(bound(0), Err(Fault::Malformed));
        assert_eq!(bound(64), Ok(64));
        for announced in [65, u32::MAX] {
            let limit = QUESTION;
            assert_eq!(bound(announced), Err(Fault::TooLong { announced, limit }));
        }
    }

    /// An answer cut short, or with any bit flipped, is an answer or a fault, and never more.
    #[test]
    fn damaged_answers_are_no_answers_or_others() {
        let answer = Answer::Reloaded(Reloaded {
            done: vec!["one".to_owned(); 3],
            faults: Vec::new(),
        });
        let frame = value(&answer).unwrap();
        let body = &frame[4..];
        for end in 1..body.len() {
            assert_eq!(read::<Answer>(&body[..end]), Err(Fault::Malformed));
        }
        for bit in 0..body.len() * 8 {
            let mut other = body.to_vec();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(read(&other), Ok(Body::Value(answer.clone())), "bit {bit}");
        }
    }
}
