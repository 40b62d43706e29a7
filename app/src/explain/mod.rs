//! What a message is, and what a policy says of it, without a device: from bytes to words.
//!
//! The verdicts come from the judge that the daemon asks. What it cannot know here is said: how much
//! was sent in the last 24 hours is known to the running daemon alone. What became of a request is in the
//! audit log.

mod fields;
mod request;
mod source;
mod verdicts;

pub(crate) use fields::tell;
pub(crate) use request::look_up;
pub(crate) use source::message_from;
pub(crate) use verdicts::{Verdict, verdicts};
