//! A file's lines, with what a crash left at its end and in it told from what is no line.
//!
//! Bounded: no line is longer than anything that was written here.

use std::io::{self, BufRead, Read as _};

use super::super::chain::is_torn;
use super::super::hole::is_hole;

/// A file, line by line.
pub(super) struct Lines<F> {
    file: F,
    line: Vec<u8>,
}

/// What comes next in a file.
pub(super) enum Line<'l> {
    /// A line, without its line feed.
    Whole(&'l [u8]),
    /// So many bytes with sectors of zeros among them.
    Hole(u64),
    /// What a crash left of so many bytes.
    Torn(u64),
    /// Something else without a line feed.
    Endless,
}

impl<F: BufRead> Lines<F> {
    pub(super) const fn of(file: F) -> Self {
        Self {
            file,
            line: Vec::new(),
        }
    }

    /// What stands at `offset`; `None` at the end.
    pub(super) fn next(&mut self, offset: u64) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let mut limited = (&mut self.file).take(LONGEST as u64);
        let count = limited.read_until(b'\n', &mut self.line)?;
        let whole = self.line.strip_suffix(b"\n");
        Ok(Some(match whole {
            _ if count == 0 => return Ok(None),
            Some(line) if is_hole(line, offset, false) => Line::Hole(count as u64),
            Some(line) => Line::Whole(line),
            None if count == LONGEST => Line::Endless,
            None if is_torn(&self.line) => Line::Torn(count as u64),
            None if is_hole(&self.line, offset, true) => Line::Hole(count as u64),
            None => Line::Endless,
        }))
    }
}

/// Longer than any line is.
const LONGEST: usize = 4 * 1024 * 1024;
