//! The audit log: what was asked, by whom, and what came of it, in a chain that shows every change.
//!
//! ```text
//! driver -> notes -> bounded queue -> thread -> <state>/audit/000001.jsonl, …
//! ```
//!
//! Nothing here is in a signature's way: a note is a value put into a queue. When the queue is full the
//! note is lost, and how many were is the next entry. What a client can cause without a new signature
//! goes by a [`budget`], so that no flood fills the disk or pushes out what was there.
//!
//! What a chain shows and what it cannot show is in `docs/audit.md`. The lines and their chain are in
//! [`entry`] and [`chain`], files in [`folder`] and [`log`], the way back in [`scan`] and [`mod@verify`].

mod account;
mod budget;
mod by_hand;
mod chain;
mod entry;
mod folder;
mod hole;
mod line;
mod log;
mod notes;
mod reader;
mod scan;
mod shared;
mod thread;
mod verify;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use account::Made;
pub(crate) use by_hand::note_by_hand;
pub(crate) use chain::Hash;
pub(crate) use entry::{Event, MarkNow, started};
pub(crate) use folder::Folder;
pub(crate) use line::{field, outcome, shown};
pub(crate) use notes::{Audit, Outcome};
pub(crate) use reader::{Entries, last_start};
pub(crate) use thread::{Writer, start};
pub(crate) use verify::{Finding, Report, verify};
