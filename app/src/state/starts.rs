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

impl StateDirectory {
    /// The number of this start: above that of every start before. Where the file is missing or says
    /// nothing, `known` is asked for the last one that somebody else knows of.
    pub(crate) fn next_start(&self, known: impl FnOnce() -> u32) -> u32 {
        let before = self.last_start().unwrap_or_else(|error| {
            tracing::warn!(%error, "how often the signer has started here cannot be read");
            None
        });
        let number = before.unwrap_or_else(known).saturating_add(1);
        if let Err(error) = private_file::put(&self.starts(), &format!("{number}\n"), true) {
            tracing::warn!("request ids of this start may be given out again: {error:#}");
        }
        number
    }

    fn last_start(&self) -> io::Result<Option<u32>> {
        match std::fs::read_to_string(self.starts()) {
            Ok(text) => text
                .trim()
                .parse()
                .map(Some)
                .map_err(|_| io::Error::other("there is no number in starts")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn starts(&self) -> PathBuf {
        self.journal.with_file_name("starts")
    }
}

#[cfg(test)]
mod tests {
    use crate::state::{Marks, StateDirectory};

    #[test]
    fn every_start_has_a_number_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let starts = state.join("starts");
        for (known, number) in [(0, 1), (7, 2), (7, 3)] {
            let directory = StateDirectory::create(&state, Marks::Board).unwrap();
            assert_eq!(directory.next_start(|| known), number);
        }
        std::fs::write(&starts, "many").unwrap();
        let directory = StateDirectory::open(&state, Marks::Board).unwrap();
        assert_eq!(directory.next_start(|| 9), 10);
        std::fs::remove_file(&starts).unwrap();
        std::fs::create_dir(&starts).unwrap();
        assert_eq!(directory.next_start(|| 10), 11);
    }
}
