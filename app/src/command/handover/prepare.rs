//! `handover prepare`: this machine signs up to a level, and says so to the other.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, json};
use tezio_core::tezos::{ChainId, Level};
use tezio_core::watermark::Record;

use super::{end_of, is_wanted};
use crate::audit::{MarkNow, note_by_hand};
use crate::cli::Prepare;
use crate::command::watermarks::open;
use crate::command::{report, say};
use crate::config::Config;
use crate::exchange::Handover;
use crate::private_file;

pub(super) fn run(options: &Prepare) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let mut journal = open(&config)?;
    let marks: Vec<Record> = journal
        .marks()
        .into_iter()
        .filter(|one| is_wanted(&one.watermark, options.chain, &options.key))
        .collect();
    let chain = only_chain(&marks)?;
    ensure_each_key(options, &marks)?;
    let level = options.stop_at;
    for record in &marks {
        check(record, level)?;
    }
    check_distance(&config, &marks, level)?;
    let bound = marks.iter().filter(|one| one.last_level != Some(level));
    let bound: Vec<Record> = bound
        .map(|one| journal.ending_at(one, Some(level)))
        .collect();
    journal.keep(&bound)?;
    note_by_hand(
        &config,
        "handover prepare",
        bound.iter().map(MarkNow::from).collect(),
    );
    let keys: BTreeSet<_> = marks.iter().map(|one| one.watermark.key).collect();
    let handover = Handover {
        chain,
        level,
        keys: keys.into_iter().collect(),
    };
    private_file::put(&options.output, &handover.emit(), options.overwrite).with_context(|| {
        format!(
            "this machine signs nothing above level {level} any more, but the file was not written: \
             mend that and run this again"
        )
    })?;
    tell(options, &config, &handover)
}

/// The one chain of all these marks.
fn only_chain(marks: &[Record]) -> Result<ChainId> {
    let chains: BTreeSet<_> = marks.iter().map(|one| one.watermark.chain).collect();
    let mut chains = chains.into_iter();
    match (chains.next(), chains.next()) {
        (Some(chain), None) => Ok(chain),
        (None, _) => bail!("there are no such marks to hand over; watermarks list shows all"),
        (Some(_), Some(_)) => bail!("there are marks of several chains: name one with --chain"),
    }
}

fn ensure_each_key(options: &Prepare, marks: &[Record]) -> Result<()> {
    for key in &options.key {
        ensure!(
            marks.iter().any(|one| one.watermark.key == *key),
            "{key} has no marks to hand over; watermarks list shows all"
        );
    }
    Ok(())
}

/// Whether a mark can end at a level, and something can still be signed there. Without the latter a
/// key that was only just taken over could be handed back at its own level, and the file of the one
/// way be taken for that of the other.
fn check(record: &Record, level: Level) -> Result<()> {
    let Record {
        watermark, mark, ..
    } = record;
    ensure!(
        *mark < end_of(level),
        "level {level} is too low: the mark of {watermark} is at {mark}"
    );
    if let Some(last) = record.last_level {
        ensure!(
            level <= last,
            "{watermark} was handed over after level {last} already, and the other machine may be \
             signing above that. Only if it has never accepted: handover cancel, then again"
        );
    }
    Ok(())
}

/// A level that is not reached within the guard's reach is a mistake in typing.
fn check_distance(config: &Config, marks: &[Record], level: Level) -> Result<()> {
    let highest = marks.iter().map(|one| one.mark.level).max();
    if let (Some(highest), Some(guard)) = (highest, config.jumps)
        && highest > Level::ZERO
    {
        let limit = highest.saturating_add(guard.levels);
        ensure!(
            level <= limit,
            "level {level} is more than {} above the highest mark, which is at level {highest}",
            guard.levels
        );
    }
    Ok(())
}

fn tell(options: &Prepare, config: &Config, handover: &Handover) -> Result<()> {
    let (level, chain) = (handover.level, handover.chain);
    if options.common.json {
        let keys: Vec<_> = handover.keys.iter().map(ToString::to_string).collect();
        let members = [
            ("handover", json!(handover.name())),
            ("chain", json!(chain.to_string())),
            ("stop_at", json!(level.number())),
            ("keys", json!(keys)),
            ("file", json!(options.output.display().to_string())),
        ];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        return report::document(&config.state, Map::from_iter(members));
    }
    let file = options.output.display();
    let mut text = format!(
        "handover {} in {file}\nStart the signer again: on {chain} it signs up to level {level}, \
         and nothing above, with\n",
        handover.name()
    );
    for key in &handover.keys {
        text.push_str(&format!("  {key}\n"));
    }
    text.push_str(&format!(
        "On the other machine, with these keys configured: tezio-signer handover accept {file}\n"
    ));
    say(&text)
}
