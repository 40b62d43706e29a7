//! An entry in one line for people.
//!
//! The log's own text is escaped: what a file says, somebody may have put there, and a terminal obeys
//! some characters.

use serde_json::{Map, Value};

/// Fields that are said by themselves, or that nobody needs in a line.
const ELSEWHERE: [&str; 10] = [
    "n", "at", "event", "id", "what", "level", "round", "why", "hash", "digest",
];

/// An entry in one line.
pub(crate) fn shown(entry: &Value) -> String {
    let text = |name: &str| field(entry, name);
    let first = ["at", "n", "event", "id", "what"];
    let mut words: Vec<_> = first.into_iter().map(text).collect();
    if let (Some(level), Some(round)) = (text("level"), text("round")) {
        words.push(Some(format!("{level}/{round}")));
    }
    let mut words: Vec<String> = words.into_iter().flatten().collect();
    words.extend(rest(entry));
    let line = words.join(" ");
    match text("why") {
        Some(why) => format!("{line}: {why}"),
        None => line,
    }
}

/// All fields that have not been said, by their names.
fn rest(entry: &Value) -> impl Iterator<Item = String> {
    let fields = entry.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()));
    fields.map(|(name, value)| match value {
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(member).collect();
            format!("{}=[{}]", safe(name), values.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            format!("{}={}", safe(name), plain(value))
        }
    })
}

/// A mark in a list, or whatever else is.
fn member(value: &Value) -> String {
    let Value::Object(mark) = value else {
        return plain(value);
    };
    let text = |name: &str| mark.get(name).map(plain).unwrap_or_default();
    let mut words = vec![
        text("kind"),
        format!("{}/{}", text("level"), text("round")),
        text("chain"),
        text("key"),
        mark.get("outcome")
            .or(mark.get("origin"))
            .map(plain)
            .unwrap_or_default(),
    ];
    words.extend(
        mark.get("before")
            .map(|before| format!("before {}", plain(before))),
    );
    words.join(" ")
}

/// The outcome of a request, in words.
pub(crate) fn outcome(entry: &Value) -> &'static str {
    match entry.get("event").and_then(Value::as_str) {
        Some("signed") => "signed",
        Some("repeated") => "answered from the record: the same message had been signed before",
        Some("refused") => "refused",
        Some("gone") => "the client went away before its answer",
        _ => "unknown",
    }
}

/// A field as text, if it is there.
pub(crate) fn field(entry: &Value, name: &str) -> Option<String> {
    entry.get(name).map(plain)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => safe(text),
        Value::Object(members) => object(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            safe(&value.to_string())
        }
    }
}

fn object(members: &Map<String, Value>) -> String {
    safe(&Value::Object(members.clone()).to_string())
}

/// Text that a terminal shows and does not obey.
fn safe(text: &str) -> String {
    let escaped = |character: char| {
        let odd = !character.is_ascii() || character.is_ascii_control();
        let escaped = odd.then(|| character.escape_default().to_string());
        escaped.unwrap_or_else(|| character.to_string())
    };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_a_line() {
        let entry = serde_json::json!({
            "n": 1, "at": "x\u{1b}[2J", "event": "refused", "why": "a\nb\u{202e}c\u{7f}",
            "certificate\r": ["\u{9b}31m"],
        });
        let line = shown(&entry);
        assert!(
            line.chars()
                .all(|character| character.is_ascii_graphic() || character == ' ')
        );
        assert!(line.contains("a\\nb\\u{202e}c"), "{line}");
    }
}
