//! `watermarks list`: the marks, whether or not the daemon runs.

use anyhow::Result;
use serde_json::{Map, Value};

use crate::cli::Common;
use crate::command::{report, say};
use crate::config::Config;
use crate::journal;

pub(super) fn run(options: &Common) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    let marks = journal::look(&config.marks().journal_in(&config.state))?;
    if !options.json {
        return say(&marks.iter().map(report::line).collect::<String>());
    }
    let marks: Vec<Value> = marks.iter().map(report::value).collect();
    let members = Map::from_iter([("marks".to_owned(), marks.into())]);
    report::document(&config.state, members)
}
