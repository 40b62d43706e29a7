//! A file's lines, with what a crash left at its end told from what is no line.
//!
//! Bounded: neither a line nor what is looked at behind one is longer than anything that was written here.

use std::io::{self, BufRead, Read as _};

use super::super::chain::{is_torn, is_unwritten};

/// A file, line by line.
pub(super) struct Lines<'f> {
    file: Box<dyn BufRead + 'f>,
    line: Vec<u8>,
    /// What stands behind a line with zeros was looked at.
    looked: bool,
}

/// What comes next in a file.
pub(super) enum Line<'l> {
    /// A line, without its line feed.
    Whole(&'l [u8]),
    /// What a crash left of so many bytes.
    Torn(u64),
    /// Something else without a line feed.
    Endless,
}

impl<'f> Lines<'f> {
    pub(super) fn of(file: impl BufRead + 'f) -> Self {
        Self {
            file: Box::new(file),
            line: Vec::new(),
            looked: false,
        }
    }

    /// What stands at `offset`; `None` at the end.
    pub(super) fn next(&mut self, offset: u64) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let mut limited = (&mut self.file).take(LONGEST as u64);
        let count = limited.read_until(b'\n', &mut self.line)?;
        if count == 0 {
            return Ok(None);
        }
        if self.line.contains(&0) && !self.looked && self.looks_unwritten(offset)? {
            return Ok(Some(Line::Torn(self.line.len() as u64)));
        }
        if let Some(text) = self.line.strip_suffix(b"\n") {
            return Ok(Some(Line::Whole(text)));
        }
        let torn = count < LONGEST && is_torn(&self.line);
        Ok(Some(if torn {
            Line::Torn(count as u64)
        } else {
            Line::Endless
        }))
    }

    /// Whether this line and all behind it may be what a power cut left; then all of it is the line.
    fn looks_unwritten(&mut self, offset: u64) -> io::Result<bool> {
        self.looked = true;
        let mut rest = Vec::new();
        (&mut self.file).take(UNSYNCED).read_to_end(&mut rest)?;
        let length = self.line.len();
        self.line.extend_from_slice(&rest);
        let unwritten = (rest.len() as u64) < UNSYNCED && is_unwritten(&self.line, offset);
        if !unwritten {
            self.line.truncate(length);
            let file = core::mem::replace(&mut self.file, Box::new(io::empty()));
            self.file = Box::new(io::Cursor::new(rest).chain(file));
        }
        Ok(unwritten)
    }
}

/// More than is written between two syncs.
const UNSYNCED: u64 = 1024 * 1024;

/// Longer than any line is.
const LONGEST: usize = 4 * 1024 * 1024;
