//! `watermarks verify`: is the journal sound, does it speak of every key, is no copy ahead of it?

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, json};
use tezio_core::tezos::ConsensusKind;
use tezio_core::watermark::{Record, Recovered, Watermark};

use crate::cli::Verify;
use crate::command::{report, say};
use crate::config::Config;
use crate::exchange::{Outcome, highest, merge, parse_export};
use crate::journal;
use crate::signer::MARKS;

pub(super) fn run(options: &Verify) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let path = config.marks().journal_in(&config.state);
    let recovered = match journal::read(&path)? {
        Ok(recovered) => recovered,
        Err(fault) => {
            if options.common.json {
                let fault = json!(fault.to_string());
                let members = [("sound", json!(false)), ("fault", fault)];
                report::document(&config.state, Map::from_iter(members.map(named)))?;
            }
            return Err(anyhow::Error::new(fault).context(journal::advice(&path, &fault)));
        }
    };
    let marks: Vec<Record> = recovered.marks.iter().copied().collect();
    let missing = missing(&config, &marks);
    let behind = match &options.against {
        Some(export) => behind(&marks, export)?,
        None => Vec::new(),
    };
    if options.common.json {
        let members = [
            ("sound", json!(true)),
            ("format", json!("tezio-marks 1")),
            ("records", json!(recovered.count)),
            ("marks", json!(marks.len())),
            ("torn", json!(recovered.torn)),
            ("missing", json!(texts(&missing))),
            ("behind", json!(behind)),
        ];
        report::document(&config.state, Map::from_iter(members.map(named)))?;
    } else {
        say(&lines(&path, &recovered, &missing, options, &behind))?;
    }
    ensure!(
        behind.is_empty(),
        "the journal is behind the export: it may be an old copy. Signing from it could be signing \
         twice; watermarks import takes over what is higher"
    );
    Ok(())
}

fn lines(
    path: &Path,
    recovered: &Recovered<MARKS>,
    missing: &[Watermark],
    options: &Verify,
    behind: &[String],
) -> String {
    let mut text = format!(
        "{}: sound, format tezio-marks 1, {} records, {} marks\n",
        path.display(),
        recovered.count,
        recovered.marks.count()
    );
    if recovered.torn {
        text.push_str(
            "the last record was cut short by a crash, or is being written just now; its signature \
             was not released\n",
        );
    }
    for watermark in missing {
        text.push_str(&format!("no mark for {watermark}: it is not signed\n"));
    }
    for line in behind {
        text.push_str(&format!("{line}\n"));
    }
    if let Some(export) = options.against.as_ref().filter(|_| behind.is_empty()) {
        text.push_str(&format!("no mark is behind {}\n", export.display()));
    }
    text
}

/// The kinds without a mark, of keys and chains that have marks of another kind or are configured.
fn missing(config: &Config, marks: &[Record]) -> Vec<Watermark> {
    let mut chains: Vec<_> = marks.iter().map(|record| record.watermark.chain).collect();
    chains.extend(config.starting_marks.iter().map(|(start, _)| start.chain));
    chains.sort_unstable();
    chains.dedup();
    let mut missing = Vec::new();
    for key in config.policy.keys.iter().map(|key| key.hash) {
        for &chain in &chains {
            missing.extend(ConsensusKind::ALL.map(|kind| Watermark { chain, key, kind }));
        }
    }
    missing.retain(|wanted| marks.iter().all(|record| record.watermark != *wanted));
    missing
}

/// The marks that are below those of an export, a line each.
fn behind(marks: &[Record], export: &Path) -> Result<Vec<String>> {
    let shown = export.display();
    let text = std::fs::read_to_string(export).with_context(|| format!("cannot read {shown}"))?;
    let exported = highest(parse_export(&text).with_context(|| shown.to_string())?)?;
    let mut behind = Vec::new();
    for (watermark, incoming) in exported {
        let known = marks.iter().find(|record| record.watermark == watermark);
        let (outcome, _) = merge(known, known.and_then(|one| one.last_level), &incoming)?;
        match outcome {
            Outcome::New => behind.push(format!(
                "{watermark}: {} in the export, none here",
                incoming.mark
            )),
            Outcome::Raised => behind.push(format!(
                "{watermark}: {} in the export, lower here",
                incoming.mark
            )),
            Outcome::LastLevel => behind.push(format!(
                "{watermark}: handed over in the export, or earlier than here"
            )),
            Outcome::Signature | Outcome::Same | Outcome::Higher => {}
        }
    }
    Ok(behind)
}

fn texts(watermarks: &[Watermark]) -> Vec<String> {
    watermarks.iter().map(ToString::to_string).collect()
}

fn named<V>((name, value): (&str, V)) -> (String, V) {
    (name.to_owned(), value)
}
