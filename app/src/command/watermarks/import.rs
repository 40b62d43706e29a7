//! `watermarks import`: marks of another signer, or of this one elsewhere.
//!
//! ```text
//! files -> marks -> those of configured keys -> highest of each -> against what is known -> records
//! ```
//!
//! Everything is checked before the first record is written.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};
use tezio_core::watermark::Record;

use super::{open_or_create, sources, warn_of_unknown};
use crate::cli::Import;
use crate::command::report::{self, Change};
use crate::command::say;
use crate::config::Config;
use crate::exchange::{Incoming, Outcome, highest, merge};
use crate::journal::Journal;

pub(super) fn run(options: &Import) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let found = sources::read(options.from, &options.source)?;
    let (ours, others): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|mark| config.policy.position(&mark.watermark.key).is_some());
    let skipped: BTreeSet<String> = others
        .iter()
        .map(|mark| mark.watermark.key.to_string())
        .collect();
    ensure!(
        !ours.is_empty(),
        "none of its keys is configured here: it has marks of {}",
        Vec::from_iter(skipped).join(", ")
    );
    let ours = highest(ours)?;
    let mut journal = open_or_create(&config)?;
    let (changes, records) = judge(&journal, ours.values())?;
    journal.keep(&records)?;
    report::note(&config, "watermarks import", &journal, &changes);
    warn_of_unknown(&config, &journal);
    if !options.common.json {
        say(&skipped.iter().map(skipped_line).collect::<String>())?;
    }
    let skipped: Vec<Value> = skipped.iter().map(|key| json!(key)).collect();
    let more = Map::from_iter([("skipped".to_owned(), skipped.into())]);
    report::changes(options.common.json, &config.state, &changes, more)
}

/// What each mark changes, and the records that do so.
fn judge<'a>(
    journal: &Journal,
    marks: impl Iterator<Item = &'a Incoming>,
) -> Result<(Vec<Change>, Vec<Record>)> {
    let (mut changes, mut records) = (Vec::new(), Vec::new());
    for incoming in marks {
        let watermark = incoming.watermark;
        let known = journal.of(&watermark);
        let (outcome, record) = merge(known, journal.last_level(&watermark), incoming)?;
        let before = known.map(|known| known.mark);
        changes.push(Change {
            watermark,
            mark: before.unwrap_or_default().max(incoming.mark),
            before,
            outcome: outcome.name(),
        });
        records.extend(record.map(|record| anchored(journal, outcome, record)));
    }
    Ok((changes, records))
}

/// A record that leaves its mark where it was leaves the chain's anchor as well.
fn anchored(journal: &Journal, outcome: Outcome, record: Record) -> Record {
    let anchor = match outcome {
        Outcome::Signature | Outcome::LastLevel => journal.anchor(record.watermark.chain),
        Outcome::New | Outcome::Raised | Outcome::Same | Outcome::Higher => None,
    };
    Record { anchor, ..record }
}

fn skipped_line(key: &String) -> String {
    format!("{key}: not imported, it is not among the keys of the configuration\n")
}
