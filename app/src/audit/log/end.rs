//! The end of a file: how much of it is sound, and where the chain stands.

use std::fs::File;
use std::io::{self, BufReader};

use super::super::scan::{self, Fault, Found, Place};

/// Where a file of the log ends.
#[derive(Debug)]
pub(super) struct End {
    /// The length of what is sound.
    pub(super) sound: u64,
    /// What a crash left behind that, in bytes.
    pub(super) torn: u64,
    /// The first line that is not sound.
    pub(super) fault: Option<(u64, Fault)>,
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
    pub(super) fn of(file: &File, number: u64) -> io::Result<Self> {
        let mut end = Self::default();
        let place = scan::read(
            BufReader::new(file),
            number,
            None,
            |at, found| match found {
                Found::Entry(entry, line, _) => {
                    end.sound = at.offset + line.len() as u64 + 1;
                    end.start = end.start.max(entry.start);
                }
                Found::Torn(bytes) => end.torn = bytes,
                Found::Fault(fault) => drop(end.fault.get_or_insert((at.line, fault))),
            },
        )?;
        end.place = place.unwrap_or(Place::NONE);
        Ok(end)
    }

    /// Whether the file has not even begun.
    pub(super) const fn is_empty(&self) -> bool {
        self.sound == 0 && self.fault.is_none()
    }
}
