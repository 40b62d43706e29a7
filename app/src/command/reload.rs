//! `reload`: has the running daemon read its configuration again, and says what came of it.

use core::fmt::Write as _;

use anyhow::{Result, bail, ensure};

use super::say;
use crate::cli::ConfigPath;
use crate::config::Config;
use crate::control::{self, Answer, Failure, Question};
use crate::pid_file;

pub(super) fn run(options: &ConfigPath) -> Result<()> {
    let config = Config::load(&options.config)?;
    let news = match control::ask(&config.control.path, Question::Reload) {
        Ok(Answer::Reloaded(news)) => news,
        Ok(Answer::Status(_)) => bail!("the signer answered something else"),
        // It may listen elsewhere: the place may be what has changed.
        Err(Failure::Nobody { .. }) => return by_signal(options, &config),
        Err(failure) => return Err(failure.into()),
    };
    let mut text = String::new();
    for done in &news.done {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{done}");
    }
    say(&text)?;
    ensure!(news.faults.is_empty(), "{}", news.faults.join("; "));
    Ok(())
}

fn by_signal(options: &ConfigPath, config: &Config) -> Result<()> {
    let pid = pid_file::hang_up(&config.state)?;
    say(&format!(
        "{} is sound; process {pid} was told to read its configuration again. Its log says what came \
         of it\n",
        options.config.display()
    ))
}
