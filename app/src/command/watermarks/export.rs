//! `watermarks export`: all marks in one file, whether or not the daemon runs.

use anyhow::Result;
use tezio_core::time::UnixSeconds;

use crate::cli::Export;
use crate::command::say;
use crate::config::Config;
use crate::{exchange, journal, private_file, wall_clock};

pub(super) fn run(options: &Export) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    let marks = journal::look(&config.marks().journal_in(&config.state))?;
    let text = exchange::export(&marks, UnixSeconds(wall_clock::now()));
    match &options.output {
        None => say(&text),
        Some(path) => private_file::put(path, &text, options.overwrite),
    }
}
