//! A hole in a file: sectors that read as zeros where lines should be. A power cut makes such holes, and
//! so does a dying disk, or somebody.
//!
//! What was not synced when the power went is no older than a moment. So entries behind a hole that a cut
//! has made are of the same moment as the one before it, and none of them is of those that begin or end
//! a life of the signer or a file.

use super::written::{Entry, Position};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: u64 = 512;

/// What may be written and not be synced, in milliseconds.
const MOMENT: u64 = 2_000;

const DAY: u64 = 86_400_000;

/// Whether all zeros in this line, which stands at `offset` in its file, are where a disk leaves them:
/// from a sector's begin, or what was synced, to a sector's end. `last` when nothing is behind it.
pub(super) fn is_hole(line: &[u8], offset: u64, last: bool) -> bool {
    let is_zero = |byte: &u8| *byte == 0;
    let (mut at, mut holes) = (0, 0);
    for run in line.chunk_by(|one, other| is_zero(one) == is_zero(other)) {
        let end = at + run.len();
        if run.first().is_some_and(is_zero) {
            let begins = at == 0 || is_sector(offset, at);
            let ends = is_sector(offset, end) || (last && end == line.len());
            // A single zero may have been put there by hand.
            if !begins || !ends || run.len() == 1 {
                return false;
            }
            holes += 1;
        }
        at = end;
    }
    holes > 0
}

fn is_sector(offset: u64, at: usize) -> bool {
    (offset + at as u64).is_multiple_of(SECTOR)
}

/// A hole that was found, and what stands behind it.
#[derive(Debug)]
pub(super) struct Hole {
    pub(super) file: String,
    pub(super) at: Position,
    pub(super) bytes: u64,
    /// The time of the entry before it.
    since: Option<String>,
    /// Whether a power cut may have made it, as far as was read.
    pub(super) by_a_cut: bool,
}

impl Hole {
    pub(super) const fn new(file: String, at: Position, bytes: u64, since: Option<String>) -> Self {
        Self {
            file,
            at,
            bytes,
            since,
            by_a_cut: true,
        }
    }

    /// Takes in an entry behind it, of the same file.
    pub(super) fn behind(&mut self, entry: &Entry) {
        let since = self.since.get_or_insert_with(|| entry.at.clone());
        let begins_or_ends = matches!(entry.event.as_str(), "file" | "started" | "ended");
        self.by_a_cut &= !begins_or_ends && is_same_moment(since, &entry.at);
    }
}

/// Whether two times of entries are a moment apart, be it over midnight.
fn is_same_moment(one: &str, other: &str) -> bool {
    let (Some((day, one)), Some((next, other))) = (time(one), time(other)) else {
        return false;
    };
    let apart = if day == next {
        one.abs_diff(other)
    } else {
        (other + DAY).saturating_sub(one)
    };
    apart <= MOMENT
}

/// The day, and the milliseconds since its begin, of `2026-11-24T02:58:12.661Z`.
fn time(stamp: &str) -> Option<(&str, u64)> {
    let (day, time) = stamp.strip_suffix('Z')?.split_once('T')?;
    let mut numbers = time.split([':', '.']).map(str::parse);
    let mut number = || numbers.next()?.ok();
    let (hour, minute, second): (u64, u64, u64) = (number()?, number()?, number()?);
    let milliseconds: u64 = number()?;
    let is_time = hour < 24 && minute < 60 && second < 60 && milliseconds < 1_000;
    is_time.then(|| {
        (
            day,
            ((hour * 60 + minute) * 60 + second) * 1_000 + milliseconds,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_of_whole_sectors() {
        let line = |zeros: core::ops::Range<usize>| {
            let mut line = vec![b'x'; 2_000];
            line[zeros].fill(0);
            line
        };
        assert!(is_hole(&line(412..924), 100, false));
        assert!(is_hole(&line(412..1_436), 100, false));
        assert!(is_hole(&line(0..412), 100, false));
        assert!(is_hole(&line(412..2_000), 100, true));
        assert!(!is_hole(&line(412..2_000), 100, false));
        assert!(!is_hole(&line(413..924), 100, false));
        assert!(!is_hole(&line(412..923), 100, false));
        assert!(!is_hole(&line(0..1), 511, false));
        assert!(!is_hole(&line(0..0), 0, true));
        let mut two = line(412..924);
        two[1_000] = 0;
        assert!(!is_hole(&two, 100, true));
    }

    #[test]
    fn a_moment_is_two_seconds() {
        let before = "2026-11-24T23:59:59.500Z";
        for (at, same) in [
            ("2026-11-24T23:59:59.500Z", true),
            ("2026-11-24T23:59:57.500Z", true),
            ("2026-11-24T23:59:57.499Z", false),
            ("2026-11-25T00:00:01.500Z", true),
            ("2026-11-25T00:00:01.501Z", false),
            ("2026-11-25T23:59:59.500Z", false),
            ("2026-11-24T99:59:59.500Z", false),
            ("2026-11-24T18446744073709551615:0:0.0Z", false),
            ("", false),
        ] {
            assert_eq!(is_same_moment(before, at), same, "{at}");
        }
    }
}
