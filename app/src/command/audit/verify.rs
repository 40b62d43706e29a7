//! `audit verify`: was the log changed?

use core::time::Duration;
use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};
use tezio_core::watermark::Record;

use super::folder;
use crate::audit::{Finding, Folder, Made, Report, verify};
use crate::cli::AuditVerify;
use crate::command::report::document;
use crate::command::{counted, say};
use crate::config::Config;
use crate::journal;

/// How often a signature is looked for that the marks have and the log does not: its entry is written
/// a moment after its mark.
const ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Findings that are printed, at most.
const SHOWN: usize = 50;

pub(super) fn run(options: &AuditVerify) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    let folder = folder(&config)?;
    let marks = journal::look(&config.marks().journal_in(&config.state));
    let report = check(options, &folder, marks.as_deref().unwrap_or_default())?;
    let unread = marks.err().map(|error| format!("{error:#}"));
    if options.json {
        document(&config.state, value(&report, unread.as_deref()))?;
    } else {
        say(&text(&report, unread.as_deref()))?;
    }
    ensure!(
        report.faults.is_empty(),
        "the audit log is not as it was written: {} finding{}",
        report.faults.len(),
        if report.faults.len() == 1 { "" } else { "s" }
    );
    Ok(())
}

/// Checks the log, and that each signature in the marks has its entry.
fn check(options: &AuditVerify, folder: &Folder, marks: &[Record]) -> Result<Report> {
    let mut made: BTreeSet<Made> = marks.iter().filter_map(signature).collect();
    let mut report = verify(folder, options.head, &mut made)?;
    for _ in 1..ATTEMPTS {
        if made.is_empty() {
            break;
        }
        std::thread::sleep(PAUSE);
        report = verify(folder, options.head, &mut made)?;
    }
    let missing = marks
        .iter()
        .filter(|record| signature(record).is_some_and(|signature| made.contains(&signature)));
    report.faults.extend(missing.map(|record| Finding {
        file: "the marks".to_owned(),
        at: None,
        what: format!(
            "the signature at {} of {} has no entry: the end of the log was cut off, or a crash took it \
             and no signer has started since",
            record.mark, record.watermark
        ),
    }));
    Ok(report)
}

fn signature(record: &Record) -> Option<Made> {
    let released = record.released()?;
    Some((
        record.watermark.key.to_string(),
        released.digest.to_string(),
    ))
}

fn text(report: &Report, unread: Option<&str>) -> String {
    let mut text = String::new();
    let mut say = |line: String| text.push_str(&(line + "\n"));
    for finding in report.faults.iter().take(SHOWN) {
        say(finding.to_string());
    }
    if report.faults.len() > SHOWN {
        say(format!("and {} more", report.faults.len() - SHOWN));
    }
    if let (Some((first, since)), Some((last, until))) = (&report.first, &report.last) {
        say(format!(
            "{} entries in {}: {first} of {since} to {last} of {until}",
            report.entries,
            counted(report.files, "file")
        ));
        if *first > 1 {
            say(format!(
                "older files have been removed by rotation: nothing is said of entries before {first}"
            ));
        }
    }
    if report.torn > 0 {
        say(format!(
            "the last line is unfinished ({} bytes): it is being written, or was when the signer ended",
            report.torn
        ));
    }
    if report.lost > 0 {
        say(format!(
            "the log says of itself that {} entries are not in it: audit show names where",
            report.lost
        ));
    }
    for note in report.notes.iter().take(SHOWN) {
        say(format!("note: {note}"));
    }
    if let Some(unread) = unread {
        say(format!("not compared with the marks: {unread}"));
    }
    if let Some(known) = report.known {
        say(format!("the hash given is that of entry {known}"));
    }
    if report.faults.is_empty()
        && let Some(head) = report.head
    {
        say(format!("sound. The last entry's hash is {head}"));
    }
    text
}

fn value(report: &Report, unread: Option<&str>) -> Map<String, Value> {
    let entry = |entry: &Option<(u64, String)>| {
        let entry = entry.as_ref();
        entry.map(|(number, at)| json!({ "n": number, "at": at }))
    };
    let findings: Vec<Value> = report.faults.iter().map(finding).collect();
    let notes: Vec<Value> = report.notes.iter().map(finding).collect();
    let members = [
        ("sound", json!(report.faults.is_empty())),
        ("files", json!(report.files)),
        ("entries", json!(report.entries)),
        ("first", json!(entry(&report.first))),
        ("last", json!(entry(&report.last))),
        ("head", json!(report.head.map(|head| head.to_string()))),
        ("head_given", json!(report.known)),
        ("torn_bytes", json!(report.torn)),
        ("not_in_it", json!(report.lost)),
        ("marks_unread", json!(unread)),
        ("notes", notes.into()),
        ("findings", findings.into()),
    ];
    Map::from_iter(members.map(|(name, value)| (name.to_owned(), value)))
}

fn finding(finding: &Finding) -> Value {
    json!({
        "file": finding.file,
        "line": finding.at.map(|at| at.line),
        "byte": finding.at.map(|at| at.offset),
        "what": finding.what,
    })
}
