//! The journal of marks: from the bytes of a file to its records, or to the place of its damage.
//!
//! ```text
//! <"tezio-marks 1\n"><zeros to 256 bytes>{record: 256 bytes}*{zeros}*
//! ```
//!
//! Records written together make a batch, and none is written before the batch ahead of it is synced.
//! So a record that is cut short or missing, with zeros where its sum belongs, was being written when
//! the power went if nothing of a later batch stands behind it: its batch was never synced, its
//! signature never released. It is left out, with all behind it.
//! Anything else that does not read is damage, and damage is never skipped: what stands there might
//! be the highest mark.

use super::record::Found;
use super::{RECORD_BYTES, Record};

/// The first bytes of a journal.
pub const HEADER: &[u8; RECORD_BYTES] = &header();

const NAME: &[u8] = b"tezio-marks ";
const FIRST_LINE: &[u8] = b"tezio-marks 1\n";

const fn header() -> [u8; RECORD_BYTES] {
    let mut header = [0; RECORD_BYTES];
    let (line, _) = header.split_at_mut(FIRST_LINE.len());
    line.copy_from_slice(FIRST_LINE);
    header
}

/// The bytes of a journal that are no record of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file does not begin like a journal.
    #[error("no journal of marks: wrong first line")]
    Header,
    /// It begins like one, of another version.
    #[error("a journal in a format that this version of the signer does not read")]
    Version,
    /// A record does not read, and it was not being written when the power went.
    #[error("damaged record at byte {offset}")]
    Record {
        /// Where it begins.
        offset: usize,
    },
    /// A record is missing, or stands where it does not belong.
    #[error("record at byte {offset} has number {found} where {expected} was due")]
    Sequence {
        /// Where it begins.
        offset: usize,
        /// The number due there.
        expected: u64,
        /// The number found there.
        found: u64,
    },
}

/// Walks the records of a journal in order.
///
/// After the last item [`Journal::sound_bytes`] says where the file must be zero before going on.
#[derive(Clone, Debug)]
pub struct Journal<'a> {
    bytes: &'a [u8],
    offset: usize,
    expected: Option<u64>,
    ended: bool,
}

impl<'a> Journal<'a> {
    /// Begins at the first record of `bytes`, which is the whole file.
    ///
    /// # Errors
    ///
    /// [`Damage::Header`] when the file is not a journal, [`Damage::Version`] when it is another
    /// version's. An empty file is not one.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        if !bytes.starts_with(HEADER) {
            let other = bytes.starts_with(NAME) && !bytes.starts_with(FIRST_LINE);
            return Err(if other {
                Damage::Version
            } else {
                Damage::Header
            });
        }
        Ok(Self {
            bytes,
            offset: HEADER.len(),
            expected: None,
            ended: false,
        })
    }

    /// The length of the part that has been read without fault, in bytes.
    #[must_use]
    pub const fn sound_bytes(&self) -> usize {
        self.offset
    }

    /// Whether something stands behind the sound part that was being written when the power went.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        rest.iter().any(|byte| *byte != 0)
    }

    /// Every record that reads, whatever stands between: for mending a damaged journal.
    pub fn salvage(bytes: &'a [u8]) -> impl Iterator<Item = Record> {
        let places = bytes.chunks(RECORD_BYTES);
        places.filter_map(|place| match Record::read(place) {
            Found::Record(record, _) => Some(record),
            Found::Torn | Found::Damaged => None,
        })
    }

    fn accept(&mut self, record: Record) -> Result<Record, Damage> {
        if let Some(expected) = self.expected.filter(|due| *due != record.sequence) {
            return Err(Damage::Sequence {
                offset: self.offset,
                expected,
                found: record.sequence,
            });
        }
        self.expected = record.sequence.checked_add(1);
        self.offset = self.offset.saturating_add(RECORD_BYTES);
        Ok(record)
    }
}

impl Iterator for Journal<'_> {
    type Item = Result<Record, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        if self.ended || rest.is_empty() {
            return None;
        }
        let (place, behind) = rest.split_at_checked(RECORD_BYTES).unwrap_or((rest, &[]));
        let item = match Record::read(place) {
            Found::Record(record, _) => self.accept(record),
            Found::Torn if is_unsynced(behind) => {
                self.ended = true;
                return None;
            }
            Found::Torn | Found::Damaged => Err(Damage::Record {
                offset: self.offset,
            }),
        };
        self.ended = item.is_err();
        Some(item)
    }
}

/// Whether a record missing in front of `behind` was never synced: all that is there was written with
/// it.
fn is_unsynced(behind: &[u8]) -> bool {
    let mut places = (1_usize..).zip(behind.chunks(RECORD_BYTES));
    places.all(|(distance, place)| match Record::read(place) {
        Found::Record(_, position) => usize::from(position) >= distance,
        Found::Torn => true,
        Found::Damaged => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::sample;
    use super::*;
    use std::vec::Vec;

    fn file(records: &[Record]) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        for record in records {
            bytes.extend_from_slice(&record.emit(0));
        }
        bytes
    }

    /// Two records that were synced, and a batch of three behind them.
    fn file_with_batch() -> (Vec<Record>, Vec<u8>) {
        let records: Vec<Record> = (1..=5).map(|at| sample(at, 10)).collect();
        let mut bytes = file(&records[..2]);
        for (position, record) in (0..).zip(&records[2..]) {
            bytes.extend_from_slice(&record.emit(position));
        }
        (records, bytes)
    }

    fn place(at: usize) -> core::ops::Range<usize> {
        let start = HEADER.len() + at * RECORD_BYTES;
        start..start + RECORD_BYTES
    }

    fn read(bytes: &[u8]) -> (Vec<Record>, Option<Damage>, usize) {
        let mut journal = Journal::open(bytes).unwrap();
        let (mut records, mut damage) = (Vec::new(), None);
        for item in journal.by_ref() {
            match item {
                Ok(record) => records.push(record),
                Err(found) => damage = Some(found),
            }
        }
        (records, damage, journal.sound_bytes())
    }

    #[test]
    fn records_come_back_in_order() {
        let records = [sample(7, 1), sample(8, 2), sample(9, 3)];
        let bytes = file(&records);
        assert_eq!(read(&bytes), (records.to_vec(), None, bytes.len()));
    }

    #[test]
    fn any_cut_in_the_last_record_loses_that_record_alone() {
        let (one, two) = (sample(1, 1), sample(2, 2));
        let bytes = file(&[one, two]);
        let first = file(&[one]).len();
        for length in first..bytes.len() {
            let expected = (std::vec![one], None, first);
            assert_eq!(read(&bytes[..length]), expected, "cut to {length}");
        }
    }

    #[test]
    fn a_flipped_bit_is_damage_in_every_record_the_last_included() {
        let bytes = file(&[sample(1, 1), sample(2, 2), sample(3, 3)]);
        for at in HEADER.len()..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x40;
            let offset = at / RECORD_BYTES * RECORD_BYTES;
            let (records, damage, sound) = read(&flipped);
            assert_eq!(damage, Some(Damage::Record { offset }), "byte {at}");
            assert_eq!(records.len(), offset / RECORD_BYTES - 1, "byte {at}");
            assert_eq!(sound, offset, "byte {at}");
        }
    }

    #[test]
    fn zeros_at_the_end_are_torn_however_many() {
        let records = [sample(1, 1), sample(2, 2)];
        let sound = file(&records);
        for zeros in [1, RECORD_BYTES - 1, RECORD_BYTES, 3 * RECORD_BYTES + 7] {
            let mut bytes = sound.clone();
            bytes.resize(sound.len() + zeros, 0);
            assert_eq!(read(&bytes), (records.to_vec(), None, sound.len()));
        }
    }

    #[test]
    fn a_torn_record_is_damage_when_something_stands_behind_it() {
        let mut bytes = file(&[sample(1, 1), sample(2, 2)]);
        bytes[HEADER.len() + 40..HEADER.len() + RECORD_BYTES].fill(0);
        let (records, damage, _) = read(&bytes);
        let offset = HEADER.len();
        assert_eq!(
            (records.len(), damage),
            (0, Some(Damage::Record { offset }))
        );
    }

    #[test]
    fn any_subset_of_the_last_batch_may_be_missing() {
        let (records, bytes) = file_with_batch();
        for lost in 0..8_usize {
            let mut kept = bytes.clone();
            for at in (0..3).filter(|at| lost & (1 << at) != 0) {
                kept[place(2 + at)].fill(0);
            }
            let sound = 2 + usize::try_from(lost.trailing_zeros().min(3)).unwrap();
            let expected = (records[..sound].to_vec(), None, place(sound).start);
            assert_eq!(read(&kept), expected, "lost {lost:03b}");
        }
    }

    #[test]
    fn a_record_of_an_earlier_batch_may_not_be_missing() {
        let (_, bytes) = file_with_batch();
        for at in 0..2 {
            for batch_kept in 1..8_usize {
                let mut holed = bytes.clone();
                holed[place(at)].fill(0);
                for gone in (0..3).filter(|gone| batch_kept & (1 << gone) == 0) {
                    holed[place(2 + gone)].fill(0);
                }
                let offset = place(at).start;
                let (_, damage, _) = read(&holed);
                assert_eq!(damage, Some(Damage::Record { offset }), "{at}/{batch_kept}");
            }
        }
    }

    #[test]
    fn all_that_reads_can_be_salvaged() {
        let (records, mut bytes) = file_with_batch();
        bytes[place(1).start + 9] ^= 1;
        bytes[..4].fill(0xff);
        let salvaged: Vec<Record> = Journal::salvage(&bytes).collect();
        assert_eq!(salvaged, [records[0], records[2], records[3], records[4]]);
    }

    #[test]
    fn a_missing_record_is_damage() {
        let (_, damage, _) = read(&file(&[sample(1, 1), sample(3, 3)]));
        let Some(Damage::Sequence {
            expected, found, ..
        }) = damage
        else {
            panic!("{damage:?}");
        };
        assert_eq!((expected, found), (2, 3));
    }

    #[test]
    fn other_files_are_no_journal() {
        assert_eq!(Journal::open(b"").unwrap_err(), Damage::Header);
        let cut = &HEADER[..RECORD_BYTES - 1];
        assert_eq!(Journal::open(cut).unwrap_err(), Damage::Header);
        let line = Journal::open(FIRST_LINE).unwrap_err();
        assert_eq!(line, Damage::Header);
        let later = Journal::open(b"tezio-marks 2\n").unwrap_err();
        assert_eq!(later, Damage::Version);
    }
}
