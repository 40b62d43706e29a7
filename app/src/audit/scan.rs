//! Reading a file of the log line by line, and seeing whether each follows from the one before.
//!
//! ```text
//! bytes -> lines -> (position, entry or fault) ...
//! ```
//!
//! Nothing is known here of other files but where the one before ended.

mod lines;

use core::fmt;
use std::io::{self, BufRead};

use super::chain::{Hash, Sealed};
use super::written::{Entry, Position};
use lines::{Line, Lines};

/// Where the chain stands: the entry that was seen last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its number.
    pub(crate) number: u64,
    /// Its hash, if that can be told.
    pub(crate) hash: Option<Hash>,
}

impl Place {
    /// Before the first entry of all.
    pub(crate) const NONE: Self = Self {
        number: 0,
        hash: Some(Hash::NONE),
    };

    /// Behind a line of which nothing is known.
    fn behind_unknown(before: Option<Self>) -> Self {
        let number = before.map_or(0, |before| before.number.saturating_add(1));
        Self { number, hash: None }
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is no entry.
    NoEntry,
    /// Its number is right, and its hash does not follow.
    Changed(u64),
    /// Entries before it are missing: the first and the last number.
    Missing(u64, u64),
    /// Its number is not above that of the line before.
    OutOfPlace { number: u64, after: u64 },
    /// A file does not begin with a line that says where it belongs.
    NoBegin,
    /// It begins a file that stands elsewhere.
    WrongFile { says: u64 },
    /// What stands behind the last line is not what a crash leaves.
    Behind,
    /// So many bytes with zeros in the place of lines.
    Hole(u64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEntry => write!(f, "this is no entry: it was changed, or is not of this log"),
            Self::Changed(number) => write!(
                f,
                "entry {number} does not follow from the line before it: one of the two was changed"
            ),
            Self::Missing(first, last) if first == last => write!(f, "entry {first} is missing"),
            Self::Missing(first, last) => write!(f, "entries {first} to {last} are missing"),
            Self::OutOfPlace { number, after } => write!(
                f,
                "entry {number} stands behind entry {after}: lines were moved or put in"
            ),
            Self::NoBegin => write!(f, "the file does not say where it belongs"),
            Self::WrongFile { says } => write!(f, "this is file {says} under another name"),
            Self::Behind => write!(f, "what stands behind the last line is of no entry"),
            Self::Hole(bytes) => write!(
                f,
                "{bytes} bytes from here on have zeros in the place of entries: the disk lost them, or \
                 somebody overwrote them"
            ),
        }
    }
}

/// What comes up in reading a file.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// A line that is an entry, sound or not.
    Entry(&'a Entry, &'a [u8], Place),
    /// What is wrong with a line.
    Fault(Fault),
    /// In so many bytes there are sectors of zeros, in the place of one line or more.
    Hole(u64),
    /// The last line was cut short; so many bytes.
    Torn(u64),
}

/// Reads a file from its begin; `before` is where the file before ended, if that is known. Where this
/// one ended is returned.
///
/// # Errors
///
/// What the disk says.
pub(crate) fn read(
    file: impl BufRead,
    number: u64,
    before: Option<Place>,
    mut found: impl FnMut(Position, Found<'_>),
) -> io::Result<Option<Place>> {
    let mut place = before;
    let mut position = Position { line: 1, offset: 0 };
    let mut lines = Lines::of(file);
    let mut behind_hole = false;
    while let Some(line) = lines.next(position.offset)? {
        let length;
        match line {
            Line::Whole(text) => {
                length = text.len() as u64 + 1;
                let behind = core::mem::take(&mut behind_hole);
                place = Some(take(text, number, position, place, behind, &mut found));
            }
            Line::Hole(bytes) => {
                (length, behind_hole) = (bytes, true);
                place = Some(Place::behind_unknown(place));
                found(position, Found::Hole(bytes));
            }
            Line::Torn(bytes) => {
                found(position, Found::Torn(bytes));
                break;
            }
            Line::Endless => {
                found(position, Found::Fault(Fault::Behind));
                break;
            }
        }
        position.line += 1;
        position.offset += length;
    }
    Ok(place)
}

/// Judges one line; where the chain stands behind it. Behind a hole lines are missing, as was said.
fn take(
    line: &[u8],
    file: u64,
    position: Position,
    before: Option<Place>,
    behind_hole: bool,
    found: &mut impl FnMut(Position, Found<'_>),
) -> Place {
    let entry = serde_json::from_slice::<Entry>(line).ok();
    let (Some(sealed), Some(entry)) = (Sealed::open(line), entry) else {
        found(position, Found::Fault(Fault::NoEntry));
        return Place::behind_unknown(before);
    };
    let before = if position.line == 1 {
        begin(&entry, file, position, before, found)
    } else {
        before.unwrap_or(Place::NONE)
    };
    let fits = behind_hole && entry.n > before.number;
    if let Some(fault) = judge(&entry, &sealed, before).filter(|_| !fits) {
        found(position, Found::Fault(fault));
    }
    let place = Place {
        number: entry.n,
        hash: Some(sealed.hash),
    };
    found(position, Found::Entry(&entry, line, place));
    place
}

/// Where the chain stood before the first line of a file.
fn begin(
    entry: &Entry,
    file: u64,
    position: Position,
    before: Option<Place>,
    found: &mut impl FnMut(Position, Found<'_>),
) -> Place {
    let prev = Hash::parse(entry.prev.as_bytes());
    if entry.event != "file" || prev.is_none() {
        found(position, Found::Fault(Fault::NoBegin));
    } else if entry.file != file {
        found(
            position,
            Found::Fault(Fault::WrongFile { says: entry.file }),
        );
    }
    before.unwrap_or_else(|| Place {
        number: entry.n.saturating_sub(1),
        hash: prev,
    })
}

fn judge(entry: &Entry, sealed: &Sealed<'_>, before: Place) -> Option<Fault> {
    let due = before.number.saturating_add(1);
    let number = entry.n;
    if number > due {
        return Some(Fault::Missing(due, number - 1));
    }
    if number < due {
        let after = before.number;
        return Some(Fault::OutOfPlace { number, after });
    }
    let follows = before.hash.is_none_or(|hash| sealed.follows(hash));
    (!follows).then_some(Fault::Changed(number))
}
