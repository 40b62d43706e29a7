//! `reload`: has the running daemon read its configuration again.

use anyhow::Result;

use super::say;
use crate::cli::ConfigPath;
use crate::config::Config;
use crate::pid_file;

pub(super) fn run(options: &ConfigPath) -> Result<()> {
    let config = Config::load(&options.config)?;
    let pid = pid_file::hang_up(&config.state)?;
    say(&format!(
        "{} is sound; process {pid} was told to read its configuration again. Its log says what came \
         of it\n",
        options.config.display()
    ))
}
