//! A request of the past: what the audit log has of it, what decided, and what to do.

use core::fmt::Write as _;
use std::io;

use serde_json::{Value, json};

use crate::audit::{Entries, field, outcome};
use crate::reason::Reason;
use crate::request_name::RequestName;

/// What the log has of a request.
#[derive(Debug)]
pub(crate) struct Story {
    /// How it ended.
    entry: Value,
    /// Whether its signature was made after that.
    late: bool,
    /// Of a refusal to sign twice: the request that was signed, if the log has it.
    other: Option<Value>,
}

/// What the log has of a request's start, where it has nothing of the request.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// The first start that is in the log, and the last.
    first: Option<u64>,
    last: Option<u64>,
    /// Entries of that start that are not in it.
    missing: u64,
}

/// Looks a request up.
///
/// # Errors
///
/// What the disk says.
pub(crate) fn look_up(entries: &Entries, id: RequestName) -> io::Result<Result<Story, Trace>> {
    let name = format!("\"id\":\"{id}\"");
    let (mut ends, mut late, mut trace) = (None, false, Trace::default());
    entries.lines(|line| {
        let of_start = ["\"started\"", "\"lost\"", "\"unsaid\""];
        if line.contains(&name) {
            let entry: Option<Value> = serde_json::from_str(line).ok();
            match entry.filter(|entry| entry["id"] == id.to_string()) {
                Some(entry) if entry["event"] == "signed_late" => late = true,
                other => ends = ends.take().or(other),
            }
        } else if of_start.iter().any(|event| line.contains(event)) {
            trace.take(line, id.start);
        }
        Ok(())
    })?;
    let Some(entry) = ends else {
        return Ok(Err(trace));
    };
    let other = other(entries, &entry)?;
    Ok(Ok(Story { entry, late, other }))
}

/// The request that was signed at the level and round at which `entry` was refused, if it was refused for
/// that.
fn other(entries: &Entries, entry: &Value) -> io::Result<Option<Value>> {
    let mut other = None;
    if entry["reason"] == Reason::Conflict.name() {
        let level = format!("\"level\":{},", entry["level"]);
        entries.lines(|line| {
            if line.contains(&level) && line.contains("\"signed\"") {
                let found: Option<Value> = serde_json::from_str(line).ok();
                let same = ["key", "what", "chain", "level", "round"];
                let is_it = |found: &Value| same.iter().all(|name| found[name] == entry[name]);
                other = other.take().or(found.filter(is_it));
            }
            Ok(())
        })?;
    }
    Ok(other)
}

impl Trace {
    fn take(&mut self, line: &str, wanted: u32) {
        let Ok(entry) = serde_json::from_str::<Value>(line) else {
            return;
        };
        if entry["event"] == "started" {
            self.last = entry["start"].as_u64();
            self.first = self.first.or(self.last);
        } else if self.last == Some(wanted.into()) {
            let entries = entry["entries"].as_u64().unwrap_or(0);
            self.missing = self.missing.saturating_add(entries);
        }
    }

    /// Why there is nothing.
    pub(crate) fn excuse(&self, id: RequestName) -> String {
        let start = u64::from(id.start);
        match (self.first, self.last) {
            (Some(first), _) if start < first => format!(
                "the audit log begins with start {first}: what it had of {id} has been removed with its \
                 oldest files"
            ),
            (_, Some(last)) if start > last => {
                format!("{last} is the last start in the audit log: there was no request {id} yet")
            }
            _ if self.missing > 0 => format!(
                "the audit log has nothing of {id}; {} entries of that start were left out or lost",
                self.missing
            ),
            _ => format!(
                "the audit log has nothing of {id}: requests that were not for a signature have no entry \
                 unless they were refused, and what a power cut took has none"
            ),
        }
    }
}

impl Story {
    /// What to do, or why nothing is.
    fn fix(&self) -> &'static str {
        let event = self.text("event");
        match (event.as_deref(), self.late) {
            (Some("signed"), _) => "Nothing: this is a signature as it should be",
            (Some("repeated"), _) => {
                "Nothing: whoever asks again for the same bytes gets the same signature, which is no \
                 double signing"
            }
            (Some("gone"), _) => {
                "Nothing here: the client closed its connection or gave up. If that is often so, compare \
                 its patience with the ms of other entries"
            }
            (Some("refused"), _) => {
                let reason = self.text("reason").and_then(|name| Reason::named(&name));
                reason.map_or("Nothing is known of this reason", Reason::fix)
            }
            _ => "Nothing is known of this entry",
        }
    }

    /// Lines for people.
    pub(crate) fn lines(&self) -> String {
        let mut lines = format!(
            "request {}, {}, entry {}\n",
            self.or_none("id"),
            self.or_none("at"),
            self.or_none("n")
        );
        let mut say = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                // Writing to a string does not fail.
                let _ = writeln!(lines, "  {name:<14} {value}");
            }
        };
        say("outcome", Some(self.outcome()));
        say("what", self.what());
        say("digest", self.text("digest"));
        say("key", self.text("key"));
        say("client", Some(client(&self.entry)));
        say("mark then", self.text("mark"));
        say("rule", self.text("rule"));
        say("signed there", self.other.as_ref().map(signed_there));
        say("HSM", self.text("hsm"));
        say("time", Some(self.time()));
        say("what to do", Some(self.fix().to_owned()));
        lines
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "request": self.entry,
            "signed_late": self.late,
            "signed_there": self.other,
            "rule": self.text("rule"),
            "fix": self.fix(),
        })
    }

    fn outcome(&self) -> String {
        let outcome = outcome(&self.entry);
        let late = if self.late {
            ". Its signature was made after that: it is in the marks and was not released with this answer"
        } else {
            ""
        };
        match self.text("why") {
            Some(why) => format!("{outcome}: {why}{late}"),
            None => format!("{outcome}{late}"),
        }
    }

    fn what(&self) -> Option<String> {
        let what = self.text("what")?;
        let place = |chain| {
            let (level, round) = (self.or_none("level"), self.or_none("round"));
            format!("{what} at level {level} round {round} on {chain}")
        };
        Some(self.text("chain").map_or(what.clone(), place))
    }

    fn time(&self) -> String {
        let part = |name, what| self.text(name).map(|ms| format!("{ms} ms {what}"));
        let parts = [
            part("ms", "in all"),
            part("queue_ms", "waiting for an HSM"),
            part("hsm_ms", "at the HSM"),
            part("store_ms", "for the disk"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn text(&self, name: &str) -> Option<String> {
        field(&self.entry, name)
    }

    fn or_none(&self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| "unknown".to_owned())
    }
}

/// Which request was signed, when, and for whom.
fn signed_there(other: &Value) -> String {
    let text = |name| field(other, name).unwrap_or_default();
    format!(
        "{}, {}, digest {}, for {}",
        text("id"),
        text("at"),
        text("digest"),
        client(other)
    )
}

/// Everything that is known of a request's client.
fn client(entry: &Value) -> String {
    let text = |name| field(entry, name);
    let group = text("gid").unwrap_or_default();
    let parts = [
        text("peer"),
        text("uid").map(|uid| format!("user {uid}, group {group}")),
        text("certificate").map(|name| format!("certificate {name}")),
        text("by").map(|by| format!("request signed by {by}")),
        text("front").map(|front| format!("over {front}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
