//! `watermarks mend`: a sound journal from a damaged one.
//!
//! What reads is kept; what does not may have held a mark of any level up to the one that the
//! operator names, so every mark goes there at least.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, json};
use tezio_core::tezos::{ChainId, Level, Round};
use tezio_core::watermark::{Mark, Record, Watermark};

use crate::cli::{LevelOf, Mend};
use crate::command::report::{self, Change};
use crate::command::say;
use crate::config::Config;
use crate::journal::Damaged;
use crate::state::StateDirectory;

pub(super) fn run(options: &Mend) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let directory = StateDirectory::open(&config.state, config.marks())?;
    let damaged = Damaged::open(directory)?;
    let fault = damaged.fault();
    let salvaged: BTreeMap<Watermark, Record> = damaged
        .salvaged()
        .into_iter()
        .map(|record| (record.watermark, record))
        .collect();
    let floors = floors(options, &config, &salvaged)?;
    let mended = mended(&config, &salvaged, &floors)?;
    let (journal, copy) = damaged.replace(&mended)?;
    let changes: Vec<Change> = mended.iter().map(|one| change(&salvaged, one)).collect();
    report::note(&config, "watermarks mend", &journal, &changes);
    if !options.common.json {
        say(&format!(
            "mended ({fault}); the damaged journal is kept as {}. If keys were handed over to \
             another machine, see that watermarks list says so still\n",
            copy.display()
        ))?;
    }
    let more = Map::from_iter([
        ("fault".to_owned(), json!(fault.to_string())),
        ("damaged".to_owned(), json!(copy.display().to_string())),
    ]);
    report::changes(options.common.json, &config.state, &changes, more)
}

/// The mark up to which everything may have been signed, for each chain.
fn floors(
    options: &Mend,
    config: &Config,
    salvaged: &BTreeMap<Watermark, Record>,
) -> Result<BTreeMap<ChainId, Mark>> {
    let configured = config.starting_marks.iter().map(|(watermark, _)| watermark);
    let chains: BTreeSet<ChainId> = salvaged
        .keys()
        .chain(configured)
        .map(|watermark| watermark.chain)
        .collect();
    ensure!(
        !chains.is_empty(),
        "no record reads, and the configuration has no high_water_marks: name the chains there"
    );
    let mut floors = BTreeMap::new();
    for chain in &chains {
        let level = level_of(&options.level, *chain, chains.len())?;
        check_floor(*chain, level, salvaged)?;
        // Any round of that level may have been signed, unless the operator knows better.
        let round = options.round.unwrap_or(Round::MAX);
        floors.insert(*chain, Mark { level, round });
    }
    Ok(floors)
}

/// The level that was named for a chain, of so many chains.
fn level_of(levels: &[LevelOf], chain: ChainId, chains: usize) -> Result<Level> {
    let named = levels.iter().find(|one| one.chain == Some(chain));
    let only = levels.iter().find(|one| one.chain.is_none() && chains == 1);
    match named.or(only) {
        Some(found) => Ok(found.level),
        None => bail!("name a level for {chain} as well: --level {chain}=LEVEL"),
    }
}

/// The operator's level must fit what can still be read.
fn check_floor(chain: ChainId, level: Level, salvaged: &BTreeMap<Watermark, Record>) -> Result<()> {
    let records = salvaged.values().filter(|one| one.watermark.chain == chain);
    let highest = records.max_by_key(|record| record.mark);
    if let Some(record) = highest {
        ensure!(
            record.mark.level <= level,
            "level {level} is too low: the damaged journal still shows {} at {}",
            record.watermark,
            record.mark
        );
    }
    Ok(())
}

/// One record for each watermark that reads or is configured: none below its floor.
fn mended(
    config: &Config,
    salvaged: &BTreeMap<Watermark, Record>,
    floors: &BTreeMap<ChainId, Mark>,
) -> Result<Vec<Record>> {
    let mut marks = salvaged.clone();
    for (watermark, mark) in &config.starting_marks {
        let sibling = salvaged.values().find(|one| {
            (one.watermark.chain, one.watermark.key) == (watermark.chain, watermark.key)
        });
        let last_level = sibling.and_then(|one| one.last_level);
        let start = Record {
            last_level,
            ..Record::set(0, *watermark, *mark)
        };
        let known = marks.entry(*watermark).or_insert(start);
        raise(known, *mark);
    }
    for (watermark, known) in &mut marks {
        let floor = floors.get(&watermark.chain);
        raise(known, *floor.context("every chain has a floor")?);
    }
    Ok(marks.into_values().collect())
}

fn raise(known: &mut Record, mark: Mark) {
    if known.mark < mark {
        let last_level = known.last_level;
        *known = Record {
            last_level,
            ..Record::set(0, known.watermark, mark)
        };
    }
}

fn change(salvaged: &BTreeMap<Watermark, Record>, record: &Record) -> Change {
    let before = salvaged.get(&record.watermark).map(|one| one.mark);
    Change {
        outcome: if before == Some(record.mark) {
            "salvaged"
        } else {
            "raised"
        },
        watermark: record.watermark,
        mark: record.mark,
        before,
    }
}
