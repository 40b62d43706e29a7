//! How often a daemon has started on a state directory: what makes the ids of requests unique.
//!
//! ```text
//! <state>/starts   <number>\n
//! ```
//!
//! Nothing that guards a key depends on it, so a disk that does not take it keeps nobody from signing.

use std::io;
use std::path::PathBuf;

use super::StateDirectory;
use crate::private_file;

/// Of the file, in bytes: a number and more.
const LONGEST: u64 = 32;

impl StateDirectory {
    /// The number of this start: above that of every start before, and above `known`, the last one that
    /// somebody else knows of: the file may be missing, say nothing, or not have been written.
    pub(crate) fn next_start(&self, known: u32) -> u32 {
        let before = self.last_start().unwrap_or_else(|error| {
            tracing::warn!(%error, "how often the signer has started here cannot be read");
            None
        });
        let number = before.unwrap_or(0).max(known).saturating_add(1);
        if let Err(error) = private_file::put(&self.starts(), &format!("{number}\n"), true) {
            tracing::warn!("request ids of this start may be given out again: {error:#}");
        }
        number
    }

    fn last_start(&self) -> io::Result<Option<u32>> {
        match private_file::read_short(&self.starts(), LONGEST) {
            Ok(text) => number(&text).map(Some).ok_or_else(|| {
                io::Error::other("there is no number in starts that one can follow")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn starts(&self) -> PathBuf {
        self.journal.with_file_name("starts")
    }
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|number| *number < u32::MAX)
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use crate::state::{Marks, StateDirectory};

    #[test]
    fn every_start_has_a_number_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let starts = state.join("starts");
        for (known, number) in [(0, 1), (0, 2), (7, 8), (7, 9)] {
            let directory = StateDirectory::create(&state, Marks::Board).unwrap();
            assert_eq!(directory.next_start(known), number);
        }
        std::fs::write(&starts, "many").unwrap();
        let directory = StateDirectory::open(&state, Marks::Board).unwrap();
        assert_eq!(directory.next_start(9), 10);
        std::fs::remove_file(&starts).unwrap();
        std::fs::create_dir(&starts).unwrap();
        assert_eq!(directory.next_start(10), 11);
    }

    /// A start asks nothing of what lies there, and does not wait for it.
    #[test]
    fn what_is_no_number_of_ours_holds_no_start_up() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let starts = state.join("starts");
        let directory = StateDirectory::create(&state, Marks::Board).unwrap();
        for text in ["4294967295", &"1".repeat(40), "-1", ""] {
            std::fs::write(&starts, text).unwrap();
            assert_eq!(directory.next_start(9), 10, "{text}");
        }
        std::fs::remove_file(&starts).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &starts).unwrap();
        assert_eq!(directory.next_start(10), 11);
        std::fs::remove_file(&starts).unwrap();
        mknodat(CWD, &starts, FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert_eq!(directory.next_start(11), 12);
    }
}
