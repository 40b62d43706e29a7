//! `handover` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tezio_core::tezos::{ChainId, Level, PublicKeyHash};

use super::{values, watermarks::Common};

pub(super) const STEPS: &str = "\
The steps, none of which leaves both machines able to sign the same level:
  1. here:  stop the signer, handover prepare --stop-at LEVEL --output handover.json, start it.
            It signs up to LEVEL, some minutes ahead of the chain for example, and nothing above.
  2. there: handover accept handover.json, with the same keys configured; start the signer.
            It signs above LEVEL alone.
  3.        Let the baker ask the other machine once the chain has passed LEVEL.
Back again the same way, from there to here.";

/// How keys go to another machine.
#[derive(Debug, Subcommand)]
pub(crate) enum Handover {
    /// On the machine that signs now: say up to which level it will, and write that to a file
    Prepare(Prepare),
    /// On the machine that goes on: take the file, and sign above its level alone
    Accept(Accept),
    /// DANGEROUS. Sign on here after all, which is safe only if no machine has accepted the file
    Cancel(Cancel),
}

/// Options of `handover prepare`.
#[derive(Args, Debug)]
pub(crate) struct Prepare {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The last level to be signed here
    #[arg(long, value_name = "LEVEL", value_parser = values::level)]
    pub(crate) stop_at: Level,
    /// The chain (Net…); needed if there are marks of several
    #[arg(long, value_parser = values::chain)]
    pub(crate) chain: Option<ChainId>,
    /// Only this key; may be given more than once. Without it, all keys with marks on the chain
    #[arg(long, value_name = "ADDRESS", value_parser = values::key)]
    pub(crate) key: Vec<PublicKeyHash>,
    /// Where to write the file for the other machine
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Replace that file if it is there with other content
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// Options of `handover accept`.
#[derive(Args, Debug)]
pub(crate) struct Accept {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The file that `handover prepare` wrote
    pub(crate) file: PathBuf,
}

/// Options of `handover cancel`.
#[derive(Args, Debug)]
pub(crate) struct Cancel {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The chain (Net…); needed if keys were handed over on several
    #[arg(long, value_parser = values::chain)]
    pub(crate) chain: Option<ChainId>,
    /// Only this key; may be given more than once
    #[arg(long, value_name = "ADDRESS", value_parser = values::key)]
    pub(crate) key: Vec<PublicKeyHash>,
    /// The last level as it stands now, instead of typing it when asked
    #[arg(long, value_name = "LEVEL")]
    pub(crate) current: Option<String>,
}
