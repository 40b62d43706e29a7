//! `audit show`: entries, for people or for programs.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write as _};

use anyhow::Result;
use serde_json::Value;

use super::folder;
use crate::audit::{Entries, shown};
use crate::cli::AuditShow;
use crate::config::Config;

pub(super) fn run(options: &AuditShow) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    let entries = Entries::of(folder(&config)?);
    match print(options, &entries) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}

fn print(options: &AuditShow, entries: &Entries) -> io::Result<()> {
    let wanted = Wanted::of(options);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut kept = VecDeque::new();
    entries.each(|entry, line| {
        if !wanted.has(entry) {
            return Ok(());
        }
        let text = if options.json {
            line.to_owned()
        } else {
            shown(entry)
        };
        let Some(last) = options.last else {
            return writeln!(out, "{text}");
        };
        kept.push_back(text);
        if kept.len() > last {
            kept.pop_front();
        }
        Ok(())
    })?;
    for text in kept {
        writeln!(out, "{text}")?;
    }
    out.flush()
}

/// Which entries are printed.
struct Wanted<'o> {
    key: Option<String>,
    since: Option<&'o str>,
    refused: bool,
}

impl<'o> Wanted<'o> {
    fn of(options: &'o AuditShow) -> Self {
        Self {
            key: options.key.map(|key| key.to_string()),
            since: options.since.as_deref(),
            refused: options.refused,
        }
    }

    fn has(&self, entry: &Value) -> bool {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        self.since.is_none_or(|since| text("at") >= since)
            && (!self.refused || matches!(text("event"), "refused" | "gone"))
            && self.key.as_deref().is_none_or(|key| is_about(entry, key))
    }
}

/// Whether an entry is about a key: a request's, or that of a mark in it.
fn is_about(entry: &Value, key: &str) -> bool {
    let has = |entry: &Value| entry.get("key").and_then(Value::as_str) == Some(key);
    let marks = entry.get("marks").and_then(Value::as_array);
    has(entry) || marks.is_some_and(|marks| marks.iter().any(has))
}
