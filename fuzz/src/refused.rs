//! A refusal as both kinds of clients see it: whole, readable, and the same words.

use tezio_core::malformed::Malformed;
use tezio_core::octez::{Reply, http, socket};
use tezio_core::verdict::Refusal;

use crate::socket::{Frame, split};

/// Writes the refusal of what could not be read for both kinds of clients, and reads it as they do.
///
/// # Panics
///
/// When one of them could not, or reads something else.
pub fn check(malformed: Malformed) {
    let refusal = Refusal::Malformed(malformed);
    let message = refusal.to_string();
    let reply = Reply::Refused(refusal);
    let answer = http::write(&reply);
    assert!((400..=500).contains(&answer.status), "{}", answer.status);
    let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!(body[0]["msg"], message.as_str());
    let frame = socket::write(&reply);
    let (frames, rest) = split(&frame, usize::from(u16::MAX));
    let [Frame::Payload(payload)] = frames.as_slice() else {
        panic!("{frames:?}");
    };
    assert!(rest.is_empty());
    assert_eq!(payload.first(), Some(&1));
    let mut places = payload.windows(message.len());
    assert!(places.any(|place| place == message.as_bytes()));
}
