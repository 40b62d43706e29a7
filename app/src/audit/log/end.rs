//! The end of a file: how much of it is sound, and where the chain stands.

use std::fs::File;
use std::io::{self, BufReader, Seek as _};

use super::super::scan::{self, Fault, Found, Place};
use super::super::written::Position;

/// Where a file of the log ends.
#[derive(Debug)]
pub(super) struct End {
    /// The length of what is sound.
    pub(super) sound: u64,
    /// What a crash left behind that, in bytes.
    pub(super) torn: u64,
    /// The first line that is not sound.
    pub(super) fault: Option<(Position, Fault)>,
    pub(super) place: Place,
    /// The last start in it.
    pub(super) start: u32,
}

impl Default for End {
    fn default() -> Self {
        Self {
            sound: 0,
            torn: 0,
            fault: None,
            place: Place::NONE,
            start: 0,
        }
    }
}

impl End {
    /// Reads a file; `before` is where the one before ended, if that is known.
    pub(super) fn of(mut file: &File, number: u64, before: Option<Place>) -> io::Result<Self> {
        file.rewind()?;
        let mut end = Self::default();
        let mut first = None;
        let place = scan::read(
            BufReader::new(file),
            number,
            before,
            |at, found| match found {
                Found::Entry(entry, line, _) => {
                    end.sound = at.offset + line.len() as u64 + 1;
                    end.start = end.start.max(entry.start);
                }
                Found::Torn(bytes) => end.torn = bytes,
                Found::Hole(bytes) => keep_first(&mut first, at, Fault::Hole(bytes)),
                Found::Fault(fault) => keep_first(&mut first, at, fault),
            },
        )?;
        end.fault = first;
        end.place = place.unwrap_or(Place::NONE);
        Ok(end)
    }
}

fn keep_first(first: &mut Option<(Position, Fault)>, at: Position, fault: Fault) {
    if first.is_none() {
        *first = Some((at, fault));
    }
}
