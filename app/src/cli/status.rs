//! `status` on the command line.

use std::path::PathBuf;

use clap::Args;

use super::ConfigPath;

pub(super) const EXIT_CODES: &str = "\
Exit code:
  0  every key can be signed with
  1  the signer runs, and some key cannot be signed with
  2  no signer could be asked";

/// Options of `status`.
#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) path: ConfigPath,
    /// The signer's control socket, instead of the one that the configuration names
    #[arg(long, value_name = "PATH", conflicts_with = "config")]
    pub(crate) control: Option<PathBuf>,
    /// One JSON document instead of lines
    #[arg(long)]
    pub(crate) json: bool,
    /// Show it again each second, until interrupted
    #[arg(long)]
    pub(crate) watch: bool,
}
