//! The account of signatures: whether each that the marks know of has an entry.
//!
//! Marks are on the disk before a signature leaves, entries a moment later. What a crash took between
//! the two is found by the next start, which lists the marks; so is what somebody has cut off.

use core::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::written::{Entry, Marked};

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

/// What a start has found to be missing: a signature without an entry, or starts.
#[derive(Debug)]
pub(super) struct Unaccounted {
    /// What it is, and what may have done it.
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
        let excused = !self.whole;
        let mut unaccounted = Vec::from_iter(self.missing_starts(entry.start));
        for mark in entry.marks.iter().filter(|mark| !mark.digest.is_empty()) {
            if self.start.is_some() && !self.knows(mark) {
                let why = if excused {
                    ": a crash or its disk took it, or the log's end was cut off"
                } else {
                    ", though the signer before had ended well: the log's end was cut off, it was Off, or \
                     marks were put in past the log"
                };
                let what = format!(
                    "start {} found the signature at level {} round {} of {} of {} on {} without an \
                     entry{why}",
                    entry.start, mark.level, mark.round, mark.kind, mark.key, mark.chain
                );
                unaccounted.push(Unaccounted { what, excused });
            }
            self.mark(mark);
        }
        (self.start, self.whole, self.lost) = (Some(entry.start), false, false);
        unaccounted
    }

    /// The starts between the last one and this one.
    fn missing_starts(&self, start: u32) -> Option<Unaccounted> {
        let last = self.start?;
        let (first, until) = (last.checked_add(1)?, start.checked_sub(1)?);
        let which = match first.cmp(&until) {
            Ordering::Less => format!("starts {first} to {until} are"),
            Ordering::Equal => format!("start {first} is"),
            Ordering::Greater => return None,
        };
        let why = if self.whole {
            format!(
                ", though start {last} had ended well: audit was Off then, its disk failed, or the log's \
                 end was cut off"
            )
        } else {
            ": audit was Off then, a crash or its disk took it, or the log's end was cut off"
                .to_owned()
        };
        Some(Unaccounted {
            what: format!("{which} not in the log{why}"),
            excused: !self.whole,
        })
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NONE: [bool; 0] = [];

    fn vote(event: &str, digest: &str) -> Value {
        json!({ "event": event, "reason": "late", "key": "tz3", "chain": "Net", "what": "attestation",
                "digest": digest })
    }

    fn started(start: u32, digest: &str) -> Value {
        let mark = json!({ "key": "tz3", "chain": "Net", "kind": "attestation", "digest": digest });
        json!({ "event": "started", "start": start, "marks": [mark] })
    }

    fn ended() -> Value {
        json!({ "event": "ended", "settled": true })
    }

    /// What the entries leave unaccounted: whether a crash may have done it.
    fn excuses(entries: impl IntoIterator<Item = Value>) -> Vec<bool> {
        let found = found(entries).into_iter();
        found.map(|unaccounted| unaccounted.excused).collect()
    }

    fn found(entries: impl IntoIterator<Item = Value>) -> Vec<Unaccounted> {
        let mut made = BTreeSet::new();
        let mut account = Account::new(&mut made);
        let entries = entries.into_iter();
        let entries = entries.map(|entry| serde_json::from_value::<Entry>(entry).unwrap());
        entries.flat_map(|entry| account.take(&entry)).collect()
    }

    #[test]
    fn what_was_signed_is_found_at_the_next_start() {
        for event in ["signed", "repeated", "gone", "refused"] {
            let entries = [started(1, "a"), vote(event, "b"), ended(), started(2, "b")];
            assert_eq!(excuses(entries), NONE, "{event}");
        }
        let by_hand = json!({ "event": "marks", "marks": started(0, "b")["marks"] });
        let entries = [started(1, "a"), ended(), by_hand, started(2, "b")];
        assert_eq!(excuses(entries), NONE);
    }

    #[test]
    fn a_signature_without_an_entry_is_a_crash_s_doing_or_somebody_s() {
        let crashed = [started(1, "a"), vote("signed", "b"), started(2, "c")];
        assert_eq!(excuses(crashed), [true]);
        let cut = [
            started(1, "a"),
            vote("signed", "b"),
            ended(),
            started(2, "c"),
        ];
        assert_eq!(excuses(cut), [false]);
        let lost = json!({ "event": "lost", "entries": 1 });
        let slow = [started(1, "a"), lost, ended(), started(2, "c")];
        assert_eq!(excuses(slow), [true]);
    }

    /// A life of the signer is not cut out without a word.
    #[test]
    fn starts_that_are_missing_are_told() {
        for (last, which) in [(3, "start 2 is not"), (5, "starts 2 to 4 are not")] {
            let told = |ended: Option<Value>| {
                let entries = [Some(started(1, "a")), ended, Some(started(last, "a"))];
                let mut found = found(entries.into_iter().flatten());
                assert_eq!(found.len(), 1);
                found.remove(0)
            };
            let crashed = told(None);
            assert!(
                crashed.excused && crashed.what.starts_with(which),
                "{crashed:?}"
            );
            let cut = told(Some(ended()));
            assert!(!cut.excused && cut.what.starts_with(which), "{cut:?}");
        }
        // A log whose signatures are missing as well.
        let cut = [started(1, "a"), ended(), started(3, "c")];
        assert_eq!(excuses(cut), [false, false]);
        let again = [started(2, "a"), ended(), started(2, "a"), started(1, "a")];
        assert_eq!(excuses(again), NONE);
        let last = [started(u32::MAX, "a"), started(0, "a")];
        assert_eq!(excuses(last), NONE);
    }

    /// Before the first start in sight nothing is known.
    #[test]
    fn the_first_start_of_a_log_is_taken_as_it_is() {
        assert_eq!(excuses([vote("signed", "a"), started(7, "b")]), NONE);
    }

    #[test]
    fn what_has_an_entry_is_no_longer_looked_for() {
        let sought = ["a", "b", "c"].map(|digest| ("tz3".to_owned(), digest.to_owned()));
        let mut made = BTreeSet::from(sought);
        let mut account = Account::new(&mut made);
        let other = json!({ "event": "refused", "reason": "watermark_conflict", "key": "tz3",
                            "digest": "c" });
        for entry in [vote("signed", "a"), started(1, "b"), other] {
            account.take(&serde_json::from_value(entry).unwrap());
        }
        assert_eq!(made, BTreeSet::from([("tz3".to_owned(), "c".to_owned())]));
    }
}
