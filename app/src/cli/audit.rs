//! `audit` on the command line.

use clap::{Args, Subcommand};
use tezio_core::tezos::PublicKeyHash;

use super::{ConfigPath, values};

pub(crate) const TRUST: &str = "\
A chain shows every change but one: whoever may write the files can make all of it anew, or cut its \
end off. verify therefore prints the hash of the last entry. Note it where the signer's machine cannot \
reach it, and give it to --head later.";

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// See whether the log was changed: every line, every file, and every signature that the marks
    /// hold. The daemon may be running
    Verify(AuditVerify),
    /// Print entries, oldest first; the daemon may be running
    Show(AuditShow),
}

/// Options of `audit verify`.
#[derive(Args, Debug)]
pub(crate) struct AuditVerify {
    #[command(flatten)]
    pub(crate) path: ConfigPath,
    /// Print one JSON document instead of lines for people
    #[arg(long)]
    pub(crate) json: bool,
    /// The hash of an entry, as printed by an earlier verify: it must be there still
    #[arg(long, value_name = "HASH", value_parser = values::hash)]
    pub(crate) head: Option<crate::audit::Hash>,
}

/// Options of `audit show`.
#[derive(Args, Debug)]
pub(crate) struct AuditShow {
    #[command(flatten)]
    pub(crate) path: ConfigPath,
    /// Only entries about this key
    #[arg(long, value_name = "ADDRESS", value_parser = values::key)]
    pub(crate) key: Option<PublicKeyHash>,
    /// Only entries from then on: a date, a time in UTC, or 90m, 12h, 7d ago
    #[arg(long, value_name = "TIME", value_parser = values::since)]
    pub(crate) since: Option<String>,
    /// Only refusals, and clients that went away
    #[arg(long)]
    pub(crate) refused: bool,
    /// Only so many, the newest
    #[arg(long, value_name = "N")]
    pub(crate) last: Option<usize>,
    /// The lines as they stand in the log, one JSON object each
    #[arg(long)]
    pub(crate) json: bool,
}
