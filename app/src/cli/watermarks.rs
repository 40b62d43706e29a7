//! `watermarks` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use tezio_core::tezos::{ChainId, ConsensusKind, Level, PublicKeyHash, Round};

use super::{ConfigPath, values};

pub(super) const LIFE: &str = "\
The life of marks:
  init    once, on first use: where signing starts, from high_water_marks in the configuration
  import  before that, if the keys have signed elsewhere: takes over the other signer's marks
  list    what has been signed, by chain, key and kind
  verify  is the journal sound, and is no copy of it ahead?
  export  a copy to keep, or to take elsewhere
  raise   leave levels out, or let the chain through that is really so far ahead
  lower   the one way down, for those who are certain; it leaves a record
  mend    after damage: keeps what can be read, and nothing below the level that you name

list, verify and export work while the signer runs; before all others, stop it. Nothing but lower
ever lowers a mark. docs/state.md describes the state directory and shows each command.";

/// What to do with the marks.
#[derive(Debug, Subcommand)]
pub(crate) enum Watermarks {
    /// Make the state directory and set the marks to `high_water_marks` of the configuration.
    /// Marks that are there already are never lowered
    Init(Common),
    /// Take over marks from an export, or from another signer. None is ever lowered; all of them are
    /// taken over or, if there is anything wrong with one, none
    Import(Import),
    /// Print the marks; the daemon may be running
    List(Common),
    /// See whether the journal is sound; the daemon may be running
    Verify(Verify),
    /// Write all marks and the signatures made last to a file; the daemon may be running
    Export(Export),
    /// Raise the marks of a chain: nothing at or below this level and round is signed any more
    Raise(Raise),
    /// DANGEROUS. Lower one mark: what it guarded can then be signed a second time
    Lower(Lower),
    /// Make a sound journal from what can be read of a damaged one
    Mend(Mend),
}

/// What all of these commands take.
#[derive(Args, Debug)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) path: ConfigPath,
    /// Print one JSON document instead of lines for people
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `watermarks raise`.
#[derive(Args, Debug)]
pub(crate) struct Raise {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The chain (Net…)
    #[arg(long, value_parser = values::chain)]
    pub(crate) chain: ChainId,
    /// The level up to which nothing is to be signed any more
    #[arg(long, value_parser = values::level)]
    pub(crate) level: Level,
    /// The round of that level up to which nothing is to be signed any more
    #[arg(long, default_value = "0", value_parser = values::round)]
    pub(crate) round: Round,
    /// Only the marks of this key
    #[arg(long, value_name = "ADDRESS", value_parser = values::key)]
    pub(crate) key: Option<PublicKeyHash>,
    /// Only the marks of this kind: block, preattestation or attestation
    #[arg(long, value_parser = values::kind)]
    pub(crate) kind: Option<ConsensusKind>,
}

/// Options of `watermarks export`.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) path: ConfigPath,
    /// Where to write it, for its owner's eyes alone; standard output without it
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace that file if it is there
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
    /// For likeness with the other commands: an export is always JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `watermarks import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Who wrote it
    #[arg(long, value_enum, default_value = "tezio-signer")]
    pub(crate) from: From,
    /// An export of `watermarks export`; octez-signer's base directory (~/.tezos-signer) or one of its
    /// high watermark files; Signatory's base directory or one of its watermark directories
    pub(crate) source: PathBuf,
}

/// Whose marks to import.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum From {
    /// An export of this program.
    TezioSigner,
    /// The files of octez-signer.
    OctezSigner,
    /// The file store of Signatory.
    Signatory,
}

/// Options of `watermarks verify`.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Also see that no mark of this export is above the one here
    #[arg(long, value_name = "EXPORT")]
    pub(crate) against: Option<PathBuf>,
}

/// Options of `watermarks lower`.
#[derive(Args, Debug)]
pub(crate) struct Lower {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The chain (Net…)
    #[arg(long, value_parser = values::chain)]
    pub(crate) chain: ChainId,
    /// The key
    #[arg(long, value_name = "ADDRESS", value_parser = values::key)]
    pub(crate) key: PublicKeyHash,
    /// block, preattestation or attestation
    #[arg(long, value_parser = values::kind)]
    pub(crate) kind: ConsensusKind,
    /// The new level: what lies above it can be signed again
    #[arg(long, value_parser = values::level)]
    pub(crate) level: Level,
    /// The new round of that level
    #[arg(long, default_value = "0", value_parser = values::round)]
    pub(crate) round: Round,
    /// The mark as it is now, instead of typing it when asked
    #[arg(long, value_name = "LEVEL/ROUND")]
    pub(crate) current: Option<String>,
}

/// Options of `watermarks mend`.
#[derive(Args, Debug)]
pub(crate) struct Mend {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The level above which nothing has been signed yet, for example that of the chain's head. With
    /// several chains once for each: --level CHAIN=LEVEL
    #[arg(long, required = true, value_name = "[CHAIN=]LEVEL", value_parser = values::level_of)]
    pub(crate) level: Vec<values::LevelOf>,
    /// The round of that level up to which something may have been signed; any round without it
    #[arg(long, value_parser = values::round)]
    pub(crate) round: Option<Round>,
}
