//! Watermarks: what has been signed, so that nothing else is signed in its place.
//!
//! ```text
//! Claim -> Ledger::check -> Ledger::reserve -> Approved -> (the HSM signs, the signer verifies)
//!       -> Ledger::record -> Unstored -> (the disk syncs) -> Ledger::confirm -> Stored -> reply
//! ```
//!
//! Each step takes the value of the step before and consumes it, so none can be left out or done
//! twice. A mark only rises.

mod journal;
mod ledger;
mod mark;
mod record;
mod refusal;

pub use journal::{Damage, HEADER, Journal};
pub use ledger::{Approved, Claim, Ledger, Standing, Stored, Unstored};
pub use mark::{Mark, Watermark};
pub use record::{RECORD_BYTES, Record, Released};
pub use refusal::{LedgerFull, WatermarkRefusal};
