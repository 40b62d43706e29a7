//! The daemon and its journal when things end badly: the real program killed at any moment, on a disk
//! that fails, on a journal that was tampered with.
//!
//! ```text
//! kills              slot -> caller -> memory -> audit: what clients were given holds for ever
//! order_of_release   the daemon's calls, seen by faulty_disk: write, sync, and only then the reply
//! disk_faults        bench on a faulty_disk: nothing is released, and all that was stands
//! compaction         the same while a journal that has grown is replaced
//! audit_disk         a disk that does not take the audit log: signing goes on
//! unsound_journals   what else may be in the journal's place
//! ```

#[expect(dead_code, unused_imports, reason = "the daemon's tests use the rest")]
#[path = "../support/mod.rs"]
mod support;

mod audit;
mod audit_disk;
mod bench;
mod caller;
mod compaction;
mod disk_faults;
mod disk_faults_at_start;
mod faulty_disk;
mod kills;
mod memory;
mod order_of_release;
mod slot;
mod unsound_journals;
