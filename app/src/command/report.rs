//! What commands say of marks: lines for people, or one JSON document for programs.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};
use tezio_core::watermark::{Cause, Mark, Record, Watermark};

use super::say;
use crate::audit::{MarkNow, note_by_hand};
use crate::config::Config;
use crate::exchange::entry;
use crate::journal::Journal;

/// What became of one mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// Which.
    pub(super) watermark: Watermark,
    /// Its value now.
    pub(super) mark: Mark,
    /// Its value before.
    pub(super) before: Option<Mark>,
    /// What happened, in a word or two.
    pub(super) outcome: &'static str,
}

impl Change {
    /// What raising a mark does to it; `before` is what is known.
    pub(super) fn raising(watermark: Watermark, mark: Mark, before: Option<Mark>) -> Self {
        let (mark, outcome) = match before {
            None => (mark, "new"),
            Some(before) if before < mark => (mark, "raised"),
            Some(before) if before > mark => (before, "already higher"),
            Some(before) => (before, "already there"),
        };
        Self {
            watermark,
            mark,
            before,
            outcome,
        }
    }

    fn line(&self) -> String {
        let Self {
            watermark,
            mark,
            before,
            outcome,
        } = self;
        match before {
            Some(before) if before != mark => {
                format!("{watermark}: {mark} ({outcome}, was {before})\n")
            }
            Some(_) | None => format!("{watermark}: {mark} ({outcome})\n"),
        }
    }

    fn json(&self) -> Value {
        json!({
            "chain": self.watermark.chain.to_string(),
            "key": self.watermark.key.to_string(),
            "kind": self.watermark.kind.to_string(),
            "level": self.mark.level.number(),
            "round": self.mark.round.number(),
            "before": self.before.map(pair),
            "outcome": self.outcome,
        })
    }
}

/// Puts what a command has changed into the audit log. It holds the state directory, by `journal`.
pub(super) fn note(config: &Config, command: &'static str, journal: &Journal, changes: &[Change]) {
    let marks = changes.iter().filter_map(|change| {
        let record = journal.of(&change.watermark)?;
        Some(MarkNow::changed(record, change.before, change.outcome))
    });
    note_by_hand(config, command, marks.collect());
}

/// Says what was changed, and whatever else there is in `more`.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn changes(
    json: bool,
    state: &Path,
    changes: &[Change],
    more: Map<String, Value>,
) -> Result<()> {
    if !json {
        return say(&changes.iter().map(Change::line).collect::<String>());
    }
    let changes: Vec<Value> = changes.iter().map(Change::json).collect();
    let mut document = more;
    document.insert("changes".to_owned(), changes.into());
    self::document(state, document)
}

/// Prints one JSON document about a state directory.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn document(state: &Path, mut members: Map<String, Value>) -> Result<()> {
    members.insert("state".to_owned(), json!(state.display().to_string()));
    say(&format!("{:#}\n", Value::Object(members)))
}

/// One mark, in a line.
pub(super) fn line(record: &Record) -> String {
    let origin = match record.cause {
        Cause::Signed(_) => "signed".to_owned(),
        Cause::Set => "starting mark".to_owned(),
        Cause::Lowered { from } => format!("LOWERED by hand from {from}"),
    };
    let end = record.last_level.map_or_else(String::new, |last| {
        format!(", handed over after level {last}")
    });
    format!("{}: {} ({origin}{end})\n", record.watermark, record.mark)
}

/// One mark, as an export has it, and where it comes from.
pub(super) fn value(record: &Record) -> Value {
    let mut entry = entry(record);
    let (origin, from) = match record.cause {
        Cause::Signed(_) => ("signed", None),
        Cause::Set => ("set", None),
        Cause::Lowered { from } => ("lowered", Some(from)),
    };
    entry.insert("origin".to_owned(), origin.into());
    if let Some(from) = from {
        entry.insert("lowered_from".to_owned(), pair(from));
    }
    entry.into()
}

fn pair(mark: Mark) -> Value {
    json!({"level": mark.level.number(), "round": mark.round.number()})
}
