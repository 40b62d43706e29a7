//! Marks on paper: files that carry them from one signer, or one machine, to another.
//!
//! ```text
//! our export    text <-> marks, signatures, last levels, under a checksum
//! handover      text <-> chain, keys and the level between two machines, under a checksum
//! octez-signer  text  -> marks and signatures
//! Signatory     text  -> marks
//! several of these -> one for each watermark -> what it changes of what is known
//! ```
//!
//! A file is read whole or refused, with the place of the fault. What is read can only raise marks:
//! whoever takes it in says what for.

mod handover;
mod marks;
mod merge;
mod octez;
mod pairs;
mod sealed;
mod signatory;
mod signature;

pub(crate) use handover::Handover;
pub(crate) use marks::{entry, export, parse as parse_export};
pub(crate) use merge::{Outcome, highest, merge};
pub(crate) use octez::{FILES as OCTEZ_FILES, parse as parse_octez};
pub(crate) use signatory::{DIRECTORIES, Layout, parse as parse_signatory};

use tezio_core::tezos::Level;
use tezio_core::watermark::{Mark, Released, Watermark};

/// A mark that comes from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incoming {
    /// What it guards.
    pub(crate) watermark: Watermark,
    /// Its value.
    pub(crate) mark: Mark,
    /// What was signed there, if the file tells.
    pub(crate) released: Option<Released>,
    /// The last level that may be signed, if there is one.
    pub(crate) last_level: Option<Level>,
}
