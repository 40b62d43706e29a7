//! Watermarks: what has been signed, so that nothing else is signed in its place.
//!
//! ```text
//! Claim -> Ledger::check -> Ledger::reserve -> Approved -> (the HSM signs, the signer verifies)
//!       -> Ledger::record -> Unstored -> (the disk syncs) -> Ledger::confirm -> Stored -> reply
//! ```
//!
//! Each step takes the value of the step before and consumes it, so none can be left out or done
//! twice. A mark only rises.
//!
//! On the disk the marks are a journal of [`Record`]s, which a [`Keeper`] writes and reads through
//! whatever [`Disk`] there is.

mod journal;
mod jump;
mod keeper;
mod ledger;
mod mark;
mod marks;
mod record;
mod refusal;

pub use journal::{Damage, Journal, header};
pub use jump::{Anchor, Bound, JumpGuard};
pub use keeper::{BATCH, Compaction, Disk, KeepError, Keeper, Recovered, Unreadable};
pub use ledger::{Approved, Claim, Ledger, Standing, Stored, Unstored};
pub use mark::{Mark, Watermark};
pub use marks::Marks;
pub use record::{Cause, RECORD_BYTES, Record, Released};
pub use refusal::{LedgerFull, WatermarkRefusal};
