//! `handover accept`: this machine goes on above the level at which the other one ends.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, json};
use tezio_core::tezos::ConsensusKind;
use tezio_core::watermark::{Record, Watermark};

use super::end_of;
use crate::cli::Accept;
use crate::command::report::{self, Change};
use crate::command::say;
use crate::command::watermarks::open_or_create;
use crate::config::Config;
use crate::exchange::Handover;
use crate::journal::Journal;

pub(super) fn run(options: &Accept) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let shown = options.file.display();
    let text =
        std::fs::read_to_string(&options.file).with_context(|| format!("cannot read {shown}"))?;
    let handover = Handover::parse(&text).with_context(|| format!("{shown} was not accepted"))?;
    for key in &handover.keys {
        ensure!(
            config.policy.position(key).is_some(),
            "nothing was accepted: {key} is not among the keys of the configuration"
        );
    }
    let mut journal = open_or_create(&config)?;
    let (changes, records) = judge(&journal, &handover)?;
    journal.keep(&records)?;
    report::note(&config, "handover accept", &journal, &changes);
    if !options.common.json {
        say(&format!(
            "handover {} accepted: on {} this machine signs above level {} alone\n",
            handover.name(),
            handover.chain,
            handover.level
        ))?;
    }
    let members = [
        ("handover", json!(handover.name())),
        ("starts_above", json!(handover.level.number())),
    ];
    let more = members.map(|(name, value)| (name.to_owned(), value));
    report::changes(
        options.common.json,
        &config.state,
        &changes,
        Map::from_iter(more),
    )
}

/// What each mark becomes, or why none does.
fn judge(journal: &Journal, handover: &Handover) -> Result<(Vec<Change>, Vec<Record>)> {
    let (mut changes, mut records) = (Vec::new(), Vec::new());
    let mark = end_of(handover.level);
    for &key in &handover.keys {
        for kind in ConsensusKind::ALL {
            let chain = handover.chain;
            let watermark = Watermark { chain, key, kind };
            let known = journal.of(&watermark);
            check(journal, &watermark, handover)?;
            changes.push(Change::raising(watermark, mark, known.map(|one| one.mark)));
            if known.is_none_or(|one| one.mark < mark || one.last_level.is_some()) {
                records.push(Record::set(0, watermark, mark));
            }
        }
    }
    Ok((changes, records))
}

fn check(journal: &Journal, watermark: &Watermark, handover: &Handover) -> Result<()> {
    let level = handover.level;
    if let Some(known) = journal.of(watermark) {
        ensure!(
            known.mark <= end_of(level),
            "nothing was accepted: {watermark} has been signed at {} here, which is above level \
             {level}. This file is an old one, or both machines have been signing",
            known.mark
        );
    }
    if let Some(last) = journal.last_level(watermark) {
        ensure!(
            level > last,
            "nothing was accepted: this machine itself has handed {} over after level {last}. The \
             file is for the other machine, or an old one",
            watermark.key
        );
    }
    Ok(())
}
