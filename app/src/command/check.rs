//! `check`: is this configuration sound?

use anyhow::Result;

use super::{counted, say};
use crate::cli::ConfigPath;
use crate::config::Config;

pub(super) fn run(options: &ConfigPath) -> Result<()> {
    let config = Config::load(&options.config)?;
    let keys = counted(config.policy.keys.len(), "key");
    let path = options.config.display();
    say(&format!("{path} is sound: {keys}\n"))
}
