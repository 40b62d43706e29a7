//! `watermarks`: the marks, in the operator's hands.

use anyhow::{Result, ensure};
use tezio_core::watermark::Record;

use super::say;
use crate::cli::{ConfigPath, Watermarks};
use crate::config::Config;
use crate::journal::{self, Journal};
use crate::state::StateDirectory;

pub(super) fn run(command: Watermarks) -> Result<()> {
    match command {
        Watermarks::Init(path) => init(&path),
        Watermarks::List(path) => list(&path),
    }
}

fn init(path: &ConfigPath) -> Result<()> {
    let config = Config::load(&path.config)?;
    ensure!(
        !config.starting_marks.is_empty(),
        "the configuration has no high_water_marks: say for each chain from which level on to \
         sign, above everything that these keys have signed"
    );
    let directory = StateDirectory::create(&config.state, config.marks())?;
    let mut journal = if directory.has_journal()? {
        Journal::open(directory)?
    } else {
        Journal::create(directory)?
    };
    if journal.directory().was_unguarded()? {
        ensure_all_raised(&journal, &config)?;
    }
    let raised = journal.raise(&config.starting_marks)?;
    journal.directory().clear_unguarded()?;
    say(&format!(
        "{raised} marks set in {}\n",
        config.state.display()
    ))?;
    print(&journal.marks())
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

fn list(path: &ConfigPath) -> Result<()> {
    let config = Config::load(&path.config)?;
    print(&journal::look(&config.marks().journal_in(&config.state))?)
}

fn print(records: &[Record]) -> Result<()> {
    for record in records {
        say(&format!("{}: {}\n", record.watermark, describe(record)))?;
    }
    Ok(())
}

fn describe(record: &Record) -> String {
    let origin = if record.released().is_some() {
        "signed"
    } else {
        "starting mark"
    };
    format!("{} ({origin})", record.mark)
}
