//! The control socket: what commands ask of the running daemon, on this host and with their user known.
//!
//! ```text
//! command -> frame of a Question -> daemon -> frame of an Answer -> command
//! frame: <length: u32 BE><format: u8><body: length - 1 bytes>
//! ```
//!
//! A body of format 0 is UTF-8 text that says why there is no answer; every version of this program can
//! read it. Other formats are postcard, in the structures of the version with that number: [`FORMAT`] is
//! this one's. One question, one answer, and the connection ends.
//!
//! Promises: nothing here can sign, or raise or lower a mark, and no answer holds a signature, a message
//! or a secret. Frames are bounded before memory is taken for them, and so are the connections and the
//! time of each. Who asks is what the kernel says of the process.

mod client;
mod frame;
mod server;

use serde::{Deserialize, Serialize};

pub(crate) use client::{Failure, ask};
pub(crate) use server::{bind, serve};

use crate::status::Status;

/// Of the structures below and all that they hold.
pub(crate) const FORMAT: u8 = 1;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Question {
    /// What is going on?
    Status,
    /// Read the configuration and the certificates again.
    Reload,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// What is going on.
    Status(Box<Status>),
    /// What came of reading again.
    Reloaded(Reloaded),
}

/// What came of reading the configuration and the certificates again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reloaded {
    /// What was done, in words.
    pub(crate) done: Vec<String>,
    /// What was wrong; what was in force before still is.
    pub(crate) faults: Vec<String>,
}
