//! `handover`: keys from one machine to another.
//!
//! ```text
//! here   prepare   last level written into each mark -> synced -> file written
//! there  accept    marks raised to that level, all its rounds -> synced
//! ```
//!
//! The machine that hands over is bound before the file exists, and the other one signs nothing at or
//! below the level: whatever is lost or repeated in between, no level can be signed by both.

mod accept;
mod cancel;
mod prepare;

use anyhow::Result;
use tezio_core::tezos::{ChainId, Level, PublicKeyHash, Round};
use tezio_core::watermark::{Mark, Watermark};

use crate::cli::Handover;

pub(super) fn run(command: &Handover) -> Result<()> {
    match command {
        Handover::Prepare(options) => prepare::run(options),
        Handover::Accept(options) => accept::run(options),
        Handover::Cancel(options) => cancel::run(options),
    }
}

/// The mark of which nothing at a level is left to be signed.
const fn end_of(level: Level) -> Mark {
    let round = Round::MAX;
    Mark { level, round }
}

/// Whether a watermark is of this chain and of one of these keys; none stands for all.
fn is_wanted(watermark: &Watermark, chain: Option<ChainId>, keys: &[PublicKeyHash]) -> bool {
    chain.is_none_or(|chain| chain == watermark.chain)
        && (keys.is_empty() || keys.contains(&watermark.key))
}
