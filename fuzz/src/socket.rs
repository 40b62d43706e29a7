//! The socket's format the other way round: what a stream's frames are, and which payload a request
//! came from.

use tezio_core::octez::{Authentication, Request};
use tezio_core::tezos::Curve;

/// A frame of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Its payload.
    Payload(Vec<u8>),
    /// The length of one that is longer than the limit.
    TooLong(usize),
}

/// The frames of a whole stream, none longer than `limit`, and what is left behind the last one.
#[must_use]
pub fn split(mut stream: &[u8], limit: usize) -> (Vec<Frame>, &[u8]) {
    let mut frames = Vec::new();
    while let Some((length, behind)) = stream.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((payload, rest)) = behind.split_at_checked(length) else {
            break;
        };
        frames.push(if length > limit {
            Frame::TooLong(length)
        } else {
            Frame::Payload(payload.to_vec())
        });
        stream = rest;
    }
    (frames, stream)
}

/// The payload of a request, where the request says all that was in it. `version` is the signing
/// version, which only requests for tz4 keys have.
#[must_use]
pub fn payload(request: &Request<'_>, version: u8) -> Option<Vec<u8>> {
    match request {
        Request::Sign {
            key,
            data,
            authentication,
        } => {
            let mut payload = vec![0];
            if key.curve() == Curve::Bls12381 {
                payload.push(3);
            }
            payload.extend(key.tagged());
            if key.curve() == Curve::Bls12381 {
                payload.push(version);
            }
            payload.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
            payload.extend_from_slice(data);
            match authentication {
                None => {}
                Some(Authentication::Known(text)) => payload.extend(text.signature.0),
                Some(Authentication::Bls(signature)) => payload.extend(signature.0),
                Some(Authentication::Foreign) => return None,
            }
            Some(payload)
        }
        Request::PublicKey { key } => Some([&[1][..], &key.tagged()].concat()),
        Request::AuthorizedKeys => Some(vec![2]),
        Request::SupportsDeterministicNonces { key } => Some([&[5][..], &key.tagged()].concat()),
        Request::KnownKeys => Some(vec![6]),
        Request::Hello
        | Request::DeterministicNonce { .. }
        | Request::ProvePossession { .. }
        | Request::Malformed(_) => None,
    }
}
