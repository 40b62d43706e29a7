//! An entry as it is read again, and where it stands.

use serde::Deserialize;

/// What of an entry matters to the chain, and what it says of a signed message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) n: u64,
    pub(crate) at: String,
    pub(crate) event: String,
    /// Of the first line in a file, and of files that were removed for room.
    pub(crate) oldest: u64,
    pub(crate) file: u64,
    pub(crate) prev: String,
    pub(crate) start: u32,
    /// Of a request.
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) what: String,
    pub(crate) chain: String,
    pub(crate) digest: String,
    pub(crate) reason: String,
    pub(crate) entries: u64,
    pub(crate) settled: bool,
    pub(crate) marks: Vec<Marked>,
}

/// A mark that an entry lists.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Marked {
    pub(crate) chain: String,
    pub(crate) key: String,
    pub(crate) kind: String,
    pub(crate) level: u32,
    pub(crate) round: u32,
    /// Empty where no signature is known.
    pub(crate) digest: String,
}

impl Marked {
    /// What it is the mark of: chain, key, kind.
    pub(crate) fn watermark(&self) -> [String; 3] {
        [&self.chain, &self.key, &self.kind].map(Clone::clone)
    }
}

/// Where in a file a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line: u64,
    /// Of its first byte, from 0.
    pub(crate) offset: u64,
}
