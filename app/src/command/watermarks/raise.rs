//! `watermarks raise`: the marks of a chain, as far as they are below.

use anyhow::{Result, ensure};
use serde_json::Map;
use tezio_core::watermark::{Mark, Watermark};

use super::open;
use crate::cli::Raise;
use crate::command::report::{self, Change};
use crate::config::Config;

pub(super) fn run(options: &Raise) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let mut journal = open(&config)?;
    let mark = Mark {
        level: options.level,
        round: options.round,
    };
    let marks = journal.marks();
    let wanted = marks
        .iter()
        .filter(|one| is_wanted(options, &one.watermark));
    let changes: Vec<Change> = wanted
        .map(|known| Change::raising(known.watermark, mark, Some(known.mark)))
        .collect();
    ensure!(
        !changes.is_empty(),
        "there is no such mark to be raised; watermarks list shows those that there are. A new \
         one is made from high_water_marks in the configuration, by watermarks init"
    );
    let raised: Vec<_> = changes
        .iter()
        .map(|change| (change.watermark, mark))
        .collect();
    journal.raise(&raised)?;
    report::note(&config, "watermarks raise", &journal, &changes);
    report::changes(options.common.json, &config.state, &changes, Map::new())
}

fn is_wanted(options: &Raise, watermark: &Watermark) -> bool {
    watermark.chain == options.chain
        && options.key.is_none_or(|key| key == watermark.key)
        && options.kind.is_none_or(|kind| kind == watermark.kind)
}
