//! `run`: the daemon.

use anyhow::{Result, ensure};

use crate::cli;
use crate::config::{Config, Listen};
use crate::daemon;

pub(super) fn run(options: &cli::Run) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    confirm_marks(&config, options.allow_double_signing)?;
    warn_of_open_doors(&config);
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
    if !checked {
        tracing::warn!("HIGH WATERMARKS ARE OFF: double signing is possible");
    }
    Ok(())
}

/// Says which other checks the configuration leaves out.
fn warn_of_open_doors(config: &Config) {
    let switches = &config.policy.switches;
    if !switches.remote_ip_check {
        tracing::warn!("remote_ip_check is off: requests are taken from any address and user");
    }
    if !switches.signing_policy_check {
        tracing::warn!("signing_policy_check is off: every key may sign every kind of operation");
    }
    if !switches.auth_check {
        tracing::warn!("auth_check is off: no key needs signed requests");
    }
    if config.jumps.is_none() {
        tracing::warn!("level_jump_check is off: one request can carry a mark to the last level");
    }
    let open = config.listen.iter().any(Listen::is_open);
    if open && !config.policy.any_needs_authentication() {
        tracing::warn!("listening beyond this host, and no key asks for signed requests");
    }
}
