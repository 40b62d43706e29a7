//! What the driver's end and the thread tell one another past the queue.

use core::sync::atomic::{AtomicBool, AtomicU64};

/// Each is set by one of the two and read by the other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Nothing more will come: no waiting for the disk.
    pub(super) closing: AtomicBool,
    /// Entries that were lost at the very end.
    pub(super) lost: AtomicU64,
    /// Whether the disk does not take entries now.
    pub(super) failing: AtomicBool,
}
