//! `run`: the daemon.

use anyhow::{Result, ensure};

use crate::cli;
use crate::config::Config;
use crate::daemon;
use crate::handed;

pub(super) fn run(options: &cli::Run) -> Result<()> {
    serve(options).inspect_err(|_| handed::give_up())
}

fn serve(options: &cli::Run) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    confirm_marks(&config, options.allow_double_signing)?;
    config.warn_of_open_doors();
    daemon::run(config, |_| Ok(()))
}

/// Working without marks takes two hands: one in the configuration, one on the command line.
fn confirm_marks(config: &Config, allowed: bool) -> Result<()> {
    let checked = config.policy.switches.high_water_mark_check;
    ensure!(
        checked || allowed,
        "high_water_mark_check is off: nothing would keep this signer from signing twice at one \
         level and round, which costs a part of the stake. Set it to true. If these keys have no \
         stake to lose, run again with --allow-double-signing"
    );
    Ok(())
}
