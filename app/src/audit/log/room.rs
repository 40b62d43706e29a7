//! Room on the disk: the marks lie on the same one, and go first.
//!
//! A signer whose journal finds no room signs nothing more, so the log leaves a reserve that it never
//! writes into.

use std::fs::File;
use std::io;

const MIB: u64 = 1024 * 1024;

/// The reserve of a disk on which it is no more than a twentieth, in bytes.
const RESERVE: u64 = 64 * MIB;

/// The least reserve, in bytes: two journals, twice.
const LEAST: u64 = MIB;

/// A disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    size: u64,
    /// What may still be written by whoever is not root.
    free: u64,
}

impl Room {
    /// That of the disk with this file; `None` where it does not say.
    pub(super) fn of(file: &File) -> Option<Self> {
        let disk = rustix::fs::fstatvfs(file).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        (disk.f_blocks > 0).then(|| Self {
            size: bytes(disk.f_blocks),
            free: bytes(disk.f_bavail),
        })
    }

    /// How much less is free than the reserve, in bytes; `None` when there is enough.
    pub(super) fn lacks(self) -> Option<u64> {
        let lacks = self.reserve().saturating_sub(self.free);
        (lacks > 0).then_some(lacks)
    }

    /// What is always left.
    fn reserve(self) -> u64 {
        (self.size / 20).clamp(LEAST, RESERVE)
    }

    /// Says that there is too little.
    pub(super) fn too_little(self) -> io::Error {
        let kib = |bytes: u64| bytes / 1024;
        let (free, reserve) = (kib(self.free), kib(self.reserve()));
        let text =
            format!("{free} KiB are free on the disk, and {reserve} KiB are left for the marks");
        io::Error::new(io::ErrorKind::StorageFull, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_a_twentieth_within_bounds() {
        for (size, reserve) in [
            (0, LEAST),
            (3 * MIB, LEAST),
            (100 * MIB, 5 * MIB),
            (1280 * MIB, RESERVE),
            (u64::MAX, RESERVE),
        ] {
            let room = |free| Room { size, free };
            assert_eq!(room(reserve).lacks(), None, "{size}");
            assert_eq!(room(reserve - 1).lacks(), Some(1), "{size}");
            assert_eq!(room(0).lacks(), Some(reserve), "{size}");
        }
    }
}
