//! `handover cancel`: a handover that no machine has accepted, and none ever will.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, json};
use tezio_core::tezos::Level;
use tezio_core::watermark::Record;

use super::is_wanted;
use crate::audit::{MarkNow, note_by_hand};
use crate::cli::Cancel;
use crate::command::watermarks::open;
use crate::command::{confirm, report, say};
use crate::config::Config;

pub(super) fn run(options: &Cancel) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let mut journal = open(&config)?;
    let bound: Vec<Record> = journal
        .marks()
        .into_iter()
        .filter(|one| is_wanted(&one.watermark, options.chain, &options.key))
        .filter(|one| one.last_level.is_some())
        .collect();
    let level = only_level(&bound)?;
    let current = level.to_string();
    let given = options.current.as_deref();
    confirm::demand(&warning(level), &current, given, "LEVEL")?;
    let notes = bound.iter().map(|one| {
        format!(
            "handover of {} after level {level} cancelled",
            one.watermark
        )
    });
    journal
        .directory()
        .note_by_hand(&notes.collect::<Vec<_>>())
        .context("nothing was cancelled: the record of it could not be written")?;
    let free: Vec<Record> = bound
        .iter()
        .map(|one| journal.ending_at(one, None))
        .collect();
    journal.keep(&free)?;
    note_by_hand(
        &config,
        "handover cancel",
        free.iter().map(MarkNow::from).collect(),
    );
    if !options.common.json {
        return say(&format!(
            "cancelled: {} marks have no last level any more\n",
            free.len()
        ));
    }
    let members = [
        ("cancelled", json!(free.len())),
        ("stop_at", json!(level.number())),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    report::document(&config.state, Map::from_iter(members))
}

/// The one last level of all these marks.
fn only_level(bound: &[Record]) -> Result<Level> {
    let ends: BTreeSet<_> = bound
        .iter()
        .filter_map(|one| Some((one.watermark.chain, one.last_level?)))
        .collect();
    ensure!(
        ends.len() < 2,
        "keys were handed over on several chains or at several levels: name which with --chain and \
         --key"
    );
    let (_, level) = ends.first().context("nothing has been handed over here")?;
    Ok(*level)
}

fn warning(level: Level) -> String {
    format!(
        "DANGER: cancelling a handover after level {level}\n\
         If any machine has accepted the file, or ever does, both will sign the levels above {level}:\n\
         that is double signing, and the stake is slashed. Go on only if you are certain that no\n\
         machine has accepted it, and destroy the file first. To get the keys back from a machine that\n\
         has accepted: handover prepare there, handover accept here. lowered.log in the state\n\
         directory keeps a record of this."
    )
}
