//! Reading the log for people: every entry in order, as it stands, whether the chain holds or not.

use std::io::{self, BufRead as _, BufReader};

use serde_json::Value;

use super::folder::Folder;
use super::scan::{self, Found};

/// The log of a folder.
#[derive(Debug)]
pub(crate) struct Entries(Folder);

impl Entries {
    pub(crate) const fn of(folder: Folder) -> Self {
        Self(folder)
    }

    /// Gives each entry to `take`, with its line. Lines that are none are passed over: they are for
    /// `verify` to find.
    ///
    /// # Errors
    ///
    /// What the disk says, or `take`.
    pub(crate) fn each(
        &self,
        mut take: impl FnMut(&Value, &str) -> io::Result<()>,
    ) -> io::Result<()> {
        self.lines(|line| serde_json::from_str(line).map_or(Ok(()), |entry| take(&entry, line)))
    }

    /// Gives each line to `take`, be it an entry or not. A file that goes meanwhile has been rotated away.
    ///
    /// # Errors
    ///
    /// What the disk says, or `take`.
    pub(crate) fn lines(&self, mut take: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        for number in self.0.numbers()? {
            let file = match self.0.read(number) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                file => BufReader::new(file?),
            };
            for line in file.split(b'\n') {
                let line = line?;
                core::str::from_utf8(&line).map_or(Ok(()), &mut take)?;
            }
        }
        Ok(())
    }
}

/// The last start that the newest file knows of; 0 if there is none.
pub(crate) fn last_start(folder: &Folder) -> u32 {
    let mut last = 0;
    let mut look = || {
        let Some(number) = folder.numbers()?.pop() else {
            return Ok(());
        };
        let file = BufReader::new(folder.read(number)?);
        scan::read(file, number, None, |_, found| {
            if let Found::Entry(entry, ..) = found {
                last = last.max(entry.start);
            }
        })
        .map(drop)
    };
    let looked: io::Result<()> = look();
    if let Err(error) = looked {
        tracing::warn!(%error, "the audit log cannot be read");
    }
    last
}
