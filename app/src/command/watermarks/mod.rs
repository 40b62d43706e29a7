//! `watermarks`: the marks, in the operator's hands.
//!
//! Commands that write hold the state directory's lock, so that no daemon runs meanwhile; those that
//! read do without. Each checks everything before it writes anything.

mod export;
mod import;
mod init;
mod list;
mod lower;
mod mend;
mod raise;
mod sources;
mod verify;

use anyhow::{Result, bail};
use tezio_core::tezos::Level;

use crate::cli::Watermarks;
use crate::config::Config;
use crate::journal::{Journal, NONE_YET};
use crate::state::{Marks, StateDirectory};

pub(super) fn run(command: &Watermarks) -> Result<()> {
    match command {
        Watermarks::Init(options) => init::run(options),
        Watermarks::Import(options) => import::run(options),
        Watermarks::List(options) => list::run(options),
        Watermarks::Verify(options) => verify::run(options),
        Watermarks::Export(options) => export::run(options),
        Watermarks::Raise(options) => raise::run(options),
        Watermarks::Lower(options) => lower::run(options),
        Watermarks::Mend(options) => mend::run(options),
    }
}

/// The journal of a configuration's state directory, which is there already.
pub(super) fn open(config: &Config) -> Result<Journal> {
    let directory = StateDirectory::open(&config.state, config.marks())?;
    if !directory.has_journal()? {
        bail!("{} holds no marks yet: {NONE_YET}", config.state.display());
    }
    Journal::open(directory)
}

/// The same, made if there is none.
pub(super) fn open_or_create(config: &Config) -> Result<Journal> {
    let directory = StateDirectory::create(&config.state, config.marks())?;
    if directory.has_journal()? {
        Journal::open(directory)
    } else {
        Journal::create(directory)
    }
}

/// Says so when marks of a board are at level 0, which says nothing of what was signed.
fn warn_of_unknown(config: &Config, journal: &Journal) {
    let mut marks = journal.marks().into_iter();
    let unknown = marks.any(|record| record.mark.level == Level::ZERO);
    if unknown && config.marks() == Marks::Board {
        tracing::warn!(
            "a mark at level 0 keeps nothing from being signed: right for keys that have never \
             signed, and for no others. Where all marks of a chain are at 0, the first signature \
             says where the chain is"
        );
    }
}
