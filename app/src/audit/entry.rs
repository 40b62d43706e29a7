//! Entries: what happened, as a line of the log has it.
//!
//! ```text
//! {"n":<number>,"at":"<UTC>","event":"<which>",<fields>}
//! ```
//!
//! Values are taken over where something happens and put into text by whoever writes them. Strings are
//! JSON strings, so nothing that a client says can begin a line or end a field. Neither a signature nor
//! an authentication is in any of them.

mod request;
mod text;

use std::time::SystemTime;

use serde::Serialize;
use tezio_core::tezos::{ChainId, Digest, PublicKeyHash};
use tezio_core::watermark::{Cause, Mark, Record};

use super::chain::Hash;
use crate::config::Config;
use crate::journal::Journal;
use crate::request_name::RequestName;
use crate::wall_clock::stamp;

pub(super) use request::Request;
use text::{some_mark, some_text, text};

/// The number of the format, in the first line of each file.
const FORMAT: u32 = 1;

/// Something that happened, and when.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) at: SystemTime,
    pub(crate) event: Event,
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The first line of each file.
    File(File),
    /// A signer started.
    Started(Started),
    /// It ended, for this signal; settled when every request had its answer.
    Ended {
        start: u32,
        signal: &'static str,
        settled: bool,
    },
    /// Another policy is in force.
    Reloaded {
        changed: Vec<String>,
        config_digest: Option<String>,
    },
    /// A configuration was not taken.
    NotReloaded { why: String },
    /// An HSM came, went, or failed at a request.
    Hsm {
        hsm: String,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A signature was made and released.
    Signed(Box<Request>),
    /// The stored signature was released once more.
    Repeated(Box<Request>),
    /// Nothing was released.
    Refused(Box<Request>),
    /// The client went away before its answer.
    Gone(Box<Request>),
    /// An HSM signed when nobody waited any more: the signature is stored, and was not released.
    SignedLate {
        #[serde(serialize_with = "text")]
        id: RequestName,
    },
    /// So many entries of one sort were left out, to bound what a flood can write.
    Unsaid { what: &'static str, entries: u64 },
    /// So many entries were lost: the disk did not take them in time.
    Lost { entries: u64 },
    /// The end of the last line was dropped: a crash had cut it short.
    Recovered { torn_bytes: u64 },
    /// The files before this one were removed: the disk had too little room for the marks.
    MadeRoom { oldest: u64, why: String },
    /// What was found in the place of the file before.
    Disturbed { why: String },
    /// An operator changed marks.
    Marks {
        command: &'static str,
        user: u32,
        marks: Vec<MarkNow>,
    },
}

/// The first line of a file.
#[derive(Debug, Serialize)]
pub(crate) struct File {
    format: u32,
    /// The number of this file.
    pub(crate) file: u64,
    /// The first file that was kept when this one began.
    pub(crate) oldest: u64,
    /// The last start of a signer before.
    pub(crate) start: u32,
    /// The hash of the last line in the file before.
    #[serde(serialize_with = "text")]
    pub(crate) prev: Hash,
}

impl File {
    pub(super) const fn new(file: u64, oldest: u64, start: u32, prev: Hash) -> Self {
        Self {
            format: FORMAT,
            file,
            oldest,
            start,
            prev,
        }
    }
}

/// The begin of a signer's life, as an event.
pub(crate) fn started(start: u32, config: &Config, journal: &Journal) -> Event {
    Event::Started(Started {
        start,
        version: env!("CARGO_PKG_VERSION"),
        user: rustix::process::getuid().as_raw(),
        config: config.file.as_ref().map(|file| file.display().to_string()),
        config_digest: config.digest.map(|digest| digest.to_string()),
        marks: journal.marks().iter().map(MarkNow::from).collect(),
    })
}

/// The begin of a signer's life.
#[derive(Debug, Serialize)]
pub(crate) struct Started {
    pub(crate) start: u32,
    pub(crate) version: &'static str,
    pub(crate) user: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) config: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) config_digest: Option<String>,
    /// All marks, as they were found.
    pub(crate) marks: Vec<MarkNow>,
}

/// A mark, and where it comes from.
#[derive(Debug, Serialize)]
pub(crate) struct MarkNow {
    #[serde(serialize_with = "text")]
    chain: ChainId,
    #[serde(serialize_with = "text")]
    key: PublicKeyHash,
    kind: String,
    level: u32,
    round: u32,
    origin: &'static str,
    /// That of the message signed there.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_text")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_level: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_mark")]
    before: Option<Mark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
}

impl MarkNow {
    /// A mark that a command has changed.
    pub(crate) fn changed(record: &Record, before: Option<Mark>, outcome: &'static str) -> Self {
        Self {
            before,
            outcome: Some(outcome),
            ..Self::from(record)
        }
    }
}

impl From<&Record> for MarkNow {
    fn from(record: &Record) -> Self {
        Self {
            chain: record.watermark.chain,
            key: record.watermark.key,
            kind: record.watermark.kind.to_string(),
            level: record.mark.level.number(),
            round: record.mark.round.number(),
            origin: match record.cause {
                Cause::Signed(_) => "signed",
                Cause::Set => "set",
                Cause::Lowered { .. } => "lowered",
            },
            digest: record.released().map(|released| released.digest),
            last_level: record.last_level.map(|last| last.number()),
            before: None,
            outcome: None,
        }
    }
}

/// An entry with its number, as an object of JSON without its hash.
pub(super) fn object(number: u64, note: &Note) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        n: u64,
        at: String,
        #[serde(flatten)]
        event: &'a Event,
    }
    let line = Line {
        n: number,
        at: stamp(note.at),
        event: &note.event,
    };
    // Nothing in it is a map with keys that are no strings, the one thing that JSON cannot have.
    serde_json::to_string(&line).unwrap_or_else(|fault| {
        tracing::error!(%fault, "a fault of this program: an audit entry is no JSON");
        format!(r#"{{"n":{number},"at":"{}","event":"fault"}}"#, line.at)
    })
}
