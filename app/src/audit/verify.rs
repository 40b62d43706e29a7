//! The check of a whole log: every file, every line, and what the marks know of signatures.
//!
//! ```text
//! files -> lines -> chain -> faults with file, line and byte
//!                -> signatures in the marks without an entry
//! ```

use core::fmt;
use std::collections::BTreeSet;
use std::io::{self, BufReader};

use super::account::{Account, Made, Unaccounted};
use super::chain::Hash;
use super::folder::Folder;
use super::hole::Hole;
use super::scan::{self, Fault, Found, Place};
use super::written::{Entry, Position};

/// What a check has found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) files: usize,
    pub(crate) entries: u64,
    /// The first entry, from which on the log can vouch, and the last: number and time.
    pub(crate) first: Option<(u64, String)>,
    pub(crate) last: Option<(u64, String)>,
    /// The hash of the last entry.
    pub(crate) head: Option<Hash>,
    /// Bytes of an entry that was being written when the signer ended, or is.
    pub(crate) torn: u64,
    /// The entry that has the hash that was asked for.
    pub(crate) known: Option<u64>,
    /// In files, as `<file>, line <n>, byte <n>`, and elsewhere.
    pub(crate) faults: Vec<Finding>,
    /// What is not as it should be, and need not be anybody's doing.
    pub(crate) notes: Vec<Finding>,
    /// Entries that the log itself says are not in it.
    pub(crate) lost: u64,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file's name.
    pub(crate) file: String,
    pub(crate) at: Option<Position>,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, what } = self;
        match at {
            Some(Position { line, offset }) => {
                write!(f, "{file}, line {line}, byte {offset}: {what}")
            }
            None => write!(f, "{file}: {what}"),
        }
    }
}

/// How often a log is read of which a file has gone meanwhile, at most.
const ATTEMPTS: usize = 10;

/// Checks the log in `folder`. `head` is the hash of an entry, noted earlier; of `made`, what has an
/// entry is taken away.
///
/// # Errors
///
/// What the disk says.
pub(crate) fn verify(
    folder: &Folder,
    head: Option<Hash>,
    made: &mut BTreeSet<Made>,
) -> io::Result<Report> {
    for _ in 1..ATTEMPTS {
        match read_through(folder, head, made) {
            // A file was rotated away meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
    }
    read_through(folder, head, made)
}

fn read_through(
    folder: &Folder,
    head: Option<Hash>,
    made: &mut BTreeSet<Made>,
) -> io::Result<Report> {
    let mut check = Check {
        report: Report::default(),
        head,
        account: Account::new(made),
        oldest: None,
        torn: None,
        hole: None,
    };
    let numbers = folder.numbers()?;
    let (mut place, mut last): (Option<Place>, Option<u64>) = (None, None);
    for &number in &numbers {
        if let Some(last) = last
            && number > last + 1
        {
            check.missing(last + 1, number - 1);
        }
        check.goes_on();
        let (name, before) = (Folder::name(number), check.report.entries);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
        let file = BufReader::new(folder.read(number).map_err(named)?);
        place = scan::read(file, number, place, |at, found| {
            check.take(&name, at, found)
        })
        .map_err(named)?;
        check.report.files += 1;
        // The last one may be new, and a hole is judged by itself.
        let is_empty = check.report.entries == before && check.hole.is_none();
        if is_empty && numbers.last() != Some(&number) {
            check.fault(&name, Position { line: 1, offset: 0 }, &Fault::NoBegin);
        }
        last = Some(number);
    }
    check.finish(numbers.first().copied());
    Ok(check.report)
}

struct Check<'c> {
    report: Report,
    head: Option<Hash>,
    account: Account<'c>,
    /// The oldest file that the newest one knows of.
    oldest: Option<u64>,
    /// The last line, if it was cut short.
    torn: Option<(String, Position, u64)>,
    /// The last hole in the file that is being read.
    hole: Option<Hole>,
}

impl Check<'_> {
    fn take(&mut self, file: &str, at: Position, found: Found<'_>) {
        match found {
            Found::Entry(entry, _, place) => self.entry(file, at, entry, place),
            Found::Hole(bytes) => self.hole(file, at, bytes),
            Found::Torn(bytes) => self.torn = Some((file.to_owned(), at, bytes)),
            Found::Fault(fault) => self.fault(file, at, &fault),
        }
    }

    fn entry(&mut self, file: &str, at: Position, entry: &Entry, place: Place) {
        if let Some(hole) = &mut self.hole {
            hole.behind(entry);
        }
        let report = &mut self.report;
        report.entries += 1;
        report.head = place.hash;
        report.last = Some((entry.n, entry.at.clone()));
        if report.first.is_none() {
            report.first.clone_from(&report.last);
        }
        if self.head.is_some() && self.head == place.hash {
            report.known = Some(entry.n);
        }
        match entry.event.as_str() {
            "started" if self.starts_late(entry) => {
                let what = format!(
                    "the log begins with start {} of this state directory: there was none before, or it \
                     was removed",
                    entry.start
                );
                let (file, at) = (file.to_owned(), Some(at));
                self.report.notes.push(Finding { file, at, what });
            }
            "file" | "made_room" => self.oldest = Some(entry.oldest),
            "lost" | "unsaid" => {
                self.report.lost = self.report.lost.saturating_add(entry.entries);
            }
            _ => {}
        }
        for unaccounted in self.account.take(entry) {
            self.unaccounted(file, at, unaccounted);
        }
    }

    /// Whether a signer had started before the log was begun. Of a log whose first file has been rotated
    /// away that says nothing.
    fn starts_late(&self, entry: &Entry) -> bool {
        let from_the_first = self
            .report
            .first
            .as_ref()
            .is_some_and(|(first, _)| *first == 1);
        from_the_first && self.account.has_no_start() && entry.start > 1
    }

    fn unaccounted(&mut self, file: &str, at: Position, unaccounted: Unaccounted) {
        let Unaccounted { what, excused } = unaccounted;
        let finding = Finding {
            file: file.to_owned(),
            at: Some(at),
            what,
        };
        if excused {
            self.report.notes.push(finding);
        } else {
            self.report.faults.push(finding);
        }
    }

    fn fault(&mut self, file: &str, at: Position, fault: &Fault) {
        self.report.faults.push(Finding {
            file: file.to_owned(),
            at: Some(at),
            what: fault.to_string(),
        });
    }

    fn missing(&mut self, first: u64, last: u64) {
        let what = if first == last {
            "this file is missing".to_owned()
        } else {
            format!(
                "all files from this one to {} are missing",
                Folder::name(last)
            )
        };
        let file = Folder::name(first);
        let at = None;
        self.report.faults.push(Finding { file, at, what });
    }

    /// A hole begins. Of several in a file each is judged by all that stands behind it.
    fn hole(&mut self, file: &str, at: Position, bytes: u64) {
        if let Some(before) = &mut self.hole {
            before.bytes = at.offset + bytes - before.at.offset;
            return;
        }
        let since = self.report.last.as_ref().map(|(_, at)| at.clone());
        self.hole = Some(Hole::new(file.to_owned(), at, bytes, since));
    }

    /// The file with the hole has ended; whether there was one that a power cut may have made.
    fn close_hole(&mut self) -> bool {
        let Some(hole) = self.hole.take() else {
            return false;
        };
        let Hole {
            file,
            at,
            bytes,
            by_a_cut,
            ..
        } = hole;
        if by_a_cut {
            let what = format!(
                "in {bytes} bytes from here on sectors are zeros: a power cut took what was not synced"
            );
            let at = Some(at);
            self.report.notes.push(Finding { file, at, what });
        } else {
            self.fault(&file, at, &Fault::Hole(bytes));
        }
        by_a_cut
    }

    /// Another file follows: a line that was cut short should have been dropped before.
    fn goes_on(&mut self) {
        let cut = self.close_hole();
        if let Some((file, at, _)) = self.torn.take()
            && !cut
        {
            self.fault(&file, at, &Fault::Behind);
        }
    }

    fn finish(&mut self, first: Option<u64>) {
        self.close_hole();
        self.report.torn = self.torn.take().map_or(0, |(_, _, bytes)| bytes);
        if let (Some(first), Some(oldest)) = (first, self.oldest)
            && first > oldest
        {
            self.missing(oldest, first - 1);
        }
        if self.report.files > 0 && self.report.entries == 0 {
            let what = "there is no entry: the log has only just begun, or was emptied";
            self.report.notes.push(of_the_log(what.to_owned()));
        }
        if let (Some(head), None) = (self.head, self.report.known) {
            self.report.faults.push(of_the_log(format!(
                "no entry has the hash {head}: what stood there when it was noted was rewritten or cut \
                 off, or is so old that its file has been removed since"
            )));
        }
    }
}

fn of_the_log(what: String) -> Finding {
    let (file, at) = ("the log".to_owned(), None);
    Finding { file, at, what }
}
