//! `audit`: the log of what was asked and what came of it, read.
//!
//! Nothing here writes, and nothing takes the lock: the daemon may be running.

mod show;
mod verify;

use anyhow::{Result, ensure};

use crate::audit::Folder;
use crate::cli::Audit;
use crate::config::Config;

pub(super) fn run(command: &Audit) -> Result<()> {
    match command {
        Audit::Verify(options) => verify::run(options),
        Audit::Show(options) => show::run(options),
    }
}

/// The log of a configuration's state directory, in which there is something.
///
/// # Errors
///
/// When there is nothing, or it cannot be looked at.
pub(super) fn folder(config: &Config) -> Result<Folder> {
    let folder = Folder::of(&config.state);
    let off = if config.audit.is_none() {
        ": audit is Off in the configuration"
    } else {
        ""
    };
    ensure!(
        !folder.numbers()?.is_empty(),
        "there is no audit log in {}{off}",
        folder.path().display()
    );
    Ok(folder)
}
