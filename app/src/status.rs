//! What is going on, at one moment, for people and programs that look.
//!
//! ```text
//! Signer, History -> Status -> postcard (control socket), JSON (status page), text (status command)
//! ```
//!
//! Promises: it holds neither signatures nor messages nor secrets, and its size is bounded. What was
//! refused and why is in it, and so are the addresses of keys and clients.
//!
//! Moments are in milliseconds since 1970 began, durations in milliseconds. Texts may carry what others
//! have written: the names of HSMs and of clients. Who shows them takes them as text.
//!
//! A change of these structures changes the bytes on the control socket, and so
//! [`crate::control::FORMAT`].

mod history;
mod latency;
#[cfg(test)]
mod sample;
mod snapshot;
mod sources;
mod text;
mod warnings;
mod words;

use serde::{Deserialize, Serialize};

pub(crate) use history::{History, PortState};
pub(crate) use sources::Sources;

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// Of the program.
    pub(crate) version: String,
    /// When this was made.
    pub(crate) now: u64,
    /// When the daemon was started.
    pub(crate) started: u64,
    /// Whether every key can be signed with.
    pub(crate) ready: bool,
    /// What should be mended, the urgent first.
    pub(crate) warnings: Vec<Warning>,
    /// In the order of their numbers.
    pub(crate) hsms: Vec<Hsm>,
    /// In the order of the configuration.
    pub(crate) keys: Vec<Key>,
    /// Signing requests without an answer, the oldest first.
    pub(crate) under_way: Vec<UnderWay>,
    /// The last verdicts on signing requests, the newest first.
    pub(crate) verdicts: Vec<Verdict>,
    /// The last hour, minute by minute; the last one has not ended.
    pub(crate) minutes: Vec<Minute>,
    /// All of these minutes together.
    pub(crate) hour: Minute,
}

/// Something that should be mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Warning {
    /// Whether requests are refused because of it, or may be.
    pub(crate) urgent: bool,
    /// What is wrong.
    pub(crate) what: String,
    /// How to mend it.
    pub(crate) mend: String,
}

/// An HSM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hsm {
    pub(crate) name: String,
    /// Which one it is, as configured.
    pub(crate) wanted: String,
    /// The port that is open.
    pub(crate) port: Option<String>,
    pub(crate) ready: bool,
    /// Why it is not ready.
    pub(crate) trouble: Option<String>,
    /// Whether it keeps marks of its own in flash, where it was asked to.
    pub(crate) lasting_marks: Option<bool>,
    /// What it has gone through, the newest first.
    pub(crate) events: Vec<Event>,
}

/// Something an HSM went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) at: u64,
    pub(crate) change: Change,
    /// Why, where there is a reason.
    pub(crate) why: Option<String>,
}

/// What became of an HSM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    /// It serves.
    Came,
    /// It does not serve any more.
    Went,
    /// It failed at one request.
    Failed,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) address: String,
    /// Whether an HSM that holds it can be used.
    pub(crate) ready: bool,
    /// What it may sign.
    pub(crate) kinds: Vec<String>,
    /// The HSMs that hold it, by name.
    pub(crate) hsms: Vec<String>,
    /// When it last signed, by kind, since the daemon was started.
    pub(crate) signed: Vec<Signed>,
    pub(crate) marks: Vec<Mark>,
}

impl Key {
    /// Whether a mark guards something that the key signs, or has signed.
    fn uses(&self, mark: &Mark) -> bool {
        self.kinds.contains(&mark.kind) || mark.origin != Origin::Set
    }
}

/// The last signature of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signed {
    pub(crate) kind: String,
    pub(crate) at: u64,
}

/// A high watermark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) chain: String,
    /// The name that everybody has for the chain.
    pub(crate) chain_name: Option<String>,
    pub(crate) kind: String,
    pub(crate) level: u32,
    pub(crate) round: u32,
    pub(crate) origin: Origin,
    /// The last level that may be signed here, after a handover.
    pub(crate) last_level: Option<u32>,
}

/// Where a mark comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// A message was signed there.
    Signed,
    /// An operator set it.
    Set,
    /// An operator lowered it.
    Lowered,
}

/// A signing request without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UnderWay {
    /// As the log has it.
    pub(crate) id: String,
    pub(crate) client: String,
    pub(crate) key: String,
    pub(crate) what: String,
    /// What it waits for.
    pub(crate) stage: String,
    pub(crate) ms: f64,
}

/// What came of a signing request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    /// As the log has it.
    pub(crate) id: String,
    pub(crate) at: u64,
    pub(crate) client: String,
    pub(crate) key: String,
    pub(crate) what: String,
    pub(crate) outcome: Outcome,
    /// Why not, where it was refused.
    pub(crate) refusal: Option<String>,
    pub(crate) ms: f64,
}

/// How a signing request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Signed,
    Refused,
    /// The client went away before its answer.
    Gone,
}

/// The signing requests of some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Minute {
    pub(crate) signed: u32,
    pub(crate) refused: u32,
    /// Signatures and refusals that came too late for the chain, or nearly so.
    pub(crate) late: u32,
    /// What signatures took; `None` without any.
    pub(crate) took: Option<Took>,
}

/// What signatures took, in milliseconds. Median and 99th percentile are within a fiftieth of the
/// truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Took {
    pub(crate) median: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}
