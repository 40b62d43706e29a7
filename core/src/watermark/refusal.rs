//! Why a mark stands in the way.

use super::{Bound, Mark, Watermark};
use crate::tezos::Level;

/// Why a consensus message is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatermarkRefusal {
    /// Below the mark.
    #[error("{kind} at {asked} is below the high watermark ({mark})", kind = watermark.kind)]
    Below {
        /// Whose mark.
        watermark: Watermark,
        /// What was asked for.
        asked: Mark,
        /// The mark.
        mark: Mark,
    },
    /// At the mark, with other bytes.
    #[error("{kind} at {asked} has already been signed with different data", kind = watermark.kind)]
    Conflict {
        /// Whose mark.
        watermark: Watermark,
        /// What was asked for, and the mark.
        asked: Mark,
    },
    /// Another request for the same mark is being signed, with other bytes.
    #[error("{kind} at {asked} is being signed with different data", kind = watermark.kind)]
    Underway {
        /// Whose mark.
        watermark: Watermark,
        /// What was asked for.
        asked: Mark,
    },
    /// At a mark that an operator set: what was signed there is not known.
    #[error("{kind} at {asked} is not above the starting mark", kind = watermark.kind)]
    AtStart {
        /// Whose mark.
        watermark: Watermark,
        /// What was asked for, and the mark.
        asked: Mark,
    },
    /// There is no mark for this chain, key and kind.
    #[error(
        "no high watermark is known for {watermark}: say in the configuration's high_water_marks \
         where it starts, stop the signer, and run: tezio-signer watermarks init"
    )]
    Unknown {
        /// Which.
        watermark: Watermark,
    },
    /// So far above that it may never come true.
    #[error(
        "{kind} at {asked} is above level {limit}, {bound}. If the chain is really there, stop the \
         signer and run: tezio-signer watermarks raise --chain {chain} --level {below}",
        kind = watermark.kind,
        chain = watermark.chain,
        below = asked.level.number().saturating_sub(1)
    )]
    Jump {
        /// Whose mark.
        watermark: Watermark,
        /// What was asked for.
        asked: Mark,
        /// The highest level that is signed for now.
        limit: Level,
        /// What says so.
        bound: Bound,
    },
    /// The key signs elsewhere from some level on.
    #[error(
        "{kind} at {asked} is above level {last}, the last one here: the key was handed over to \
         another machine",
        kind = watermark.kind
    )]
    HandedOver {
        /// Whose mark.
        watermark: Watermark,
        /// What was asked for.
        asked: Mark,
        /// The last level that is signed here.
        last: Level,
    },
    /// A signature that belongs to something else than was approved.
    #[error("signature belongs to another request")]
    Foreign,
    /// The disk failed; what it holds is not known until the next start.
    #[error(
        "high watermarks could not be written: the signer's log has the reason; mend it and \
         restart the signer"
    )]
    Sealed,
}

/// The ledger has no room for one more watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {capacity} high watermarks")]
pub struct LedgerFull {
    /// How many there is room for.
    pub capacity: usize,
}
