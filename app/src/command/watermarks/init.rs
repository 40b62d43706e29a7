//! `watermarks init`: marks where there were none, from the configuration.

use anyhow::{Result, ensure};
use serde_json::Map;

use super::{open_or_create, warn_of_unknown};
use crate::cli::Common;
use crate::command::report::{self, Change};
use crate::config::Config;
use crate::journal::Journal;

pub(super) fn run(options: &Common) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    ensure!(
        !config.starting_marks.is_empty(),
        "the configuration has no high_water_marks: say for each chain from which level on to \
         sign, above everything that these keys have signed"
    );
    let mut journal = open_or_create(&config)?;
    if journal.directory().was_unguarded()? {
        ensure_all_raised(&journal, &config)?;
    }
    let before: Vec<_> = config
        .starting_marks
        .iter()
        .map(|(watermark, mark)| (*watermark, *mark, journal.of(watermark).map(|one| one.mark)))
        .collect();
    journal.raise(&config.starting_marks)?;
    journal.directory().clear_unguarded()?;
    let changes: Vec<Change> = before
        .into_iter()
        .map(|(watermark, mark, before)| Change::raising(watermark, mark, before))
        .collect();
    report::note(&config, "watermarks init", &journal, &changes);
    warn_of_unknown(&config, &journal);
    report::changes(options.json, &config.state, &changes, Map::new())
}

/// After a time without marks each one must go up: what they know may not be the last.
fn ensure_all_raised(journal: &Journal, config: &Config) -> Result<()> {
    for record in journal.marks() {
        let watermark = record.watermark;
        let starts = config.starting_marks.iter();
        let raised = starts
            .filter(|(start, _)| *start == watermark)
            .any(|(_, mark)| *mark > record.mark);
        ensure!(
            raised,
            "this state was used with high_water_mark_check off, so every mark must be raised above \
             what was signed then: high_water_marks in the configuration leaves the mark of \
             {watermark} at {}",
            record.mark
        );
    }
    Ok(())
}
