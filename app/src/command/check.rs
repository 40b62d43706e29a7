//! `check`: is this configuration sound?

use anyhow::Result;

use super::say;
use crate::cli::ConfigPath;
use crate::config::Config;

pub(super) fn run(options: &ConfigPath) -> Result<()> {
    let config = Config::load(&options.config)?;
    let keys = config.policy.keys.len();
    let path = options.config.display();
    say(&format!("{path} is sound: {keys} keys\n"))
}
