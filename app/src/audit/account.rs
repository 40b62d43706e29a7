//! The account of signatures: whether each that the marks know of has an entry.
//!
//! Marks are on the disk before a signature leaves, entries a moment later. What a crash took between
//! the two is found by the next start, which lists the marks; so is what somebody has cut off.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::scan::{Entry, Marked};

/// A signature that the marks hold: the key's address and the message's digest.
pub(crate) type Made = (String, String);

/// Requests of one watermark that may have been signed without anybody being told, at most: more than
/// are ever under way.
const MAYBE: usize = 64;

/// The account, entry by entry.
#[derive(Debug)]
pub(super) struct Account<'m> {
    /// Signatures that are looked for; those that have an entry are taken away.
    made: &'m mut BTreeSet<Made>,
    /// By chain, key and kind.
    latest: BTreeMap<[String; 3], Latest>,
    /// The last start that is in the log.
    start: Option<u32>,
    /// Since then the log has an end, and has lost nothing.
    whole: bool,
    lost: bool,
}

/// What was signed last under a watermark, by its digest.
#[derive(Debug, Default)]
struct Latest {
    signed: String,
    maybe: VecDeque<String>,
}

/// A signature without an entry that a start has found.
#[derive(Debug)]
pub(super) struct Unaccounted {
    /// What it is.
    pub(super) what: String,
    /// Whether a crash or a failing disk may have taken its entry.
    pub(super) excused: bool,
}

impl<'m> Account<'m> {
    pub(super) const fn new(made: &'m mut BTreeSet<Made>) -> Self {
        Self {
            made,
            latest: BTreeMap::new(),
            start: None,
            whole: false,
            lost: false,
        }
    }

    /// Whether no start was seen yet.
    pub(super) const fn has_no_start(&self) -> bool {
        self.start.is_none()
    }

    /// Takes an entry in; what its marks say that no entry before accounts for.
    pub(super) fn take(&mut self, entry: &Entry) -> Vec<Unaccounted> {
        match entry.event.as_str() {
            "signed" | "repeated" => self.request(entry, true),
            "gone" => self.request(entry, false),
            // May be followed by a signature that is stored and never released.
            "refused" if matches!(entry.reason.as_str(), "late" | "store_failed") => {
                self.request(entry, false);
            }
            "lost" => self.lost = true,
            "ended" => self.whole = entry.settled && !self.lost,
            "started" => return self.started(entry),
            _ => {}
        }
        for mark in &entry.marks {
            self.mark(mark);
        }
        Vec::new()
    }

    fn request(&mut self, entry: &Entry, signed: bool) {
        if !self.made.is_empty() {
            self.made.remove(&(entry.key.clone(), entry.digest.clone()));
        }
        if entry.chain.is_empty() {
            return;
        }
        let watermark = [&entry.chain, &entry.key, &entry.what].map(Clone::clone);
        let latest = self.latest.entry(watermark).or_default();
        if signed {
            latest.signed.clone_from(&entry.digest);
        } else {
            if latest.maybe.len() == MAYBE {
                latest.maybe.pop_front();
            }
            latest.maybe.push_back(entry.digest.clone());
        }
    }

    fn started(&mut self, entry: &Entry) -> Vec<Unaccounted> {
        let next = self.start.map(|start| start.saturating_add(1));
        let excused = !self.whole || next != Some(entry.start);
        let mut unaccounted = Vec::new();
        for mark in entry.marks.iter().filter(|mark| !mark.digest.is_empty()) {
            if self.start.is_some() && !self.knows(mark) {
                let what = format!(
                    "start {} found the signature at level {} round {} of {} of {} on {} without an \
                     entry",
                    entry.start, mark.level, mark.round, mark.kind, mark.key, mark.chain
                );
                unaccounted.push(Unaccounted { what, excused });
            }
            self.mark(mark);
        }
        (self.start, self.whole, self.lost) = (Some(entry.start), false, false);
        unaccounted
    }

    /// Whether it is a mark that the log has not seen before, or one with a signature that it has.
    fn knows(&self, mark: &Marked) -> bool {
        let latest = self.latest.get(&mark.watermark());
        latest.is_none_or(|latest| {
            latest.signed == mark.digest || latest.maybe.contains(&mark.digest)
        })
    }

    fn mark(&mut self, mark: &Marked) {
        self.made.remove(&(mark.key.clone(), mark.digest.clone()));
        let latest = self.latest.entry(mark.watermark()).or_default();
        latest.signed.clone_from(&mark.digest);
    }
}
