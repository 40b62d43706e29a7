//! The crash table (`docs/crash-table.md`): one test for each of its rows, with the process ending exactly
//! there.

mod compaction;
mod first_use;
mod script;
mod signing;
mod starts;
