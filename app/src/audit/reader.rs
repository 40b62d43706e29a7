//! Reading the log for people: every entry in order, as it stands, whether the chain holds or not.

use core::str::FromStr as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

use serde_json::Value;

use super::folder::Folder;
use super::written::Entry;
use crate::request_name::RequestName;

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

/// How much of a file's end is looked at for its last start, in bytes.
const END: u64 = 256 * 1024;

/// The last start that the newest file knows of; 0 if there is none. It is looked for in the file's first
/// line and at its end, so that no start waits for a long log.
pub(crate) fn last_start(folder: &Folder) -> u32 {
    look_for_start(folder).unwrap_or_else(|error| {
        tracing::warn!(%error, "the audit log cannot be read");
        0
    })
}

fn look_for_start(folder: &Folder) -> io::Result<u32> {
    let Some(number) = folder.numbers()?.pop() else {
        return Ok(0);
    };
    let mut file = folder.read(number)?;
    let mut text = Vec::new();
    let mut begin = BufReader::new((&mut file).take(END));
    begin.read_until(b'\n', &mut text)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    file.take(END).read_to_end(&mut text)?;
    let lines = text.split(|byte| *byte == b'\n');
    let entries = lines.filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
    Ok(entries
        .map(|entry| start_of(&entry))
        .filter(|start| *start < u32::MAX)
        .max()
        .unwrap_or(0))
}

/// The start that an entry is of: it says so, or its request's name does.
fn start_of(entry: &Entry) -> u32 {
    let named = RequestName::from_str(&entry.id).map_or(0, |name| name.start);
    named.max(entry.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in the middle of a long file is not read.
    #[test]
    fn the_last_start_is_found_at_both_ends_of_a_file() {
        let state = tempfile::tempdir().unwrap();
        let folder = Folder::of(state.path());
        assert_eq!(last_start(&folder), 0);
        std::fs::create_dir(folder.path()).unwrap();
        let many = |line: &str| line.repeat(300_000 / line.len());
        let votes = |start: u32| many(&format!("{{\"event\":\"signed\",\"id\":\"{start}-1\"}}\n"));
        let started = |start: u32| format!("{{\"event\":\"started\",\"start\":{start}}}\n");
        for (text, start) in [
            (started(3), 3),
            (format!("{}{}", started(3), many("{}\n")), 3),
            (format!("{}{}{}", started(3), started(9), votes(9)), 9),
            (
                format!("{}{}{}{}", votes(3), started(50), votes(4), started(5)),
                5,
            ),
            (format!("{}no entry\n{{\"start\":7", started(6)), 6),
        ] {
            std::fs::write(folder.file(1), text).unwrap();
            assert_eq!(last_start(&folder), start);
        }
    }
}
