//! The journal of marks: from the bytes of a file to its records, or to the place of its damage.
//!
//! ```text
//! <header: 256 bytes>{record: 256 bytes}*{zeros}*
//! header = <"tezio-marks 1\n"><zeros to 236 bytes><records: u64 BE><length: u64 BE><crc32 over these>
//! ```
//!
//! A journal is put in its place whole and synced: so many records, then zeros, so many bytes in all. A
//! file that is shorter, or in which one of those records does not read, is damaged.
//!
//! Records written together make a batch, and none is written before the batch ahead of it is synced.
//! So a record that is cut short or missing, with zeros where its sum belongs, was being written when
//! the power went if nothing of a later batch stands behind it: its batch was never synced, its
//! signature never released. It is left out, with all behind it.
//! Anything else that does not read is damage, and damage is never skipped: what stands there might
//! be the highest mark.

use super::record::CRC32;
use super::record::Found;
use super::{RECORD_BYTES, Record};

const NAME: &[u8] = b"tezio-marks ";
const FIRST_LINE: &[u8] = b"tezio-marks 1\n";
/// Where the number of records stands in the header.
const NUMBERS: usize = 236;
const SUM: usize = 252;

/// The first bytes of a journal that is put in its place with so many records and so many bytes in all.
#[must_use]
pub fn header(records: u64, length: u64) -> [u8; RECORD_BYTES] {
    let mut header = [0; RECORD_BYTES];
    let (line, _) = header.split_at_mut(FIRST_LINE.len());
    line.copy_from_slice(FIRST_LINE);
    let (_, numbers) = header.split_at_mut(NUMBERS);
    let (records_at, length_at) = numbers.split_at_mut(8);
    records_at.copy_from_slice(&records.to_be_bytes());
    let (length_at, _) = length_at.split_at_mut(8);
    length_at.copy_from_slice(&length.to_be_bytes());
    let (covered, sum) = header.split_at_mut(SUM);
    sum.copy_from_slice(&CRC32.checksum(covered).to_be_bytes());
    header
}

/// The numbers of a header: records, and bytes in all.
fn read_header(bytes: &[u8]) -> Result<(u64, u64), Damage> {
    let place = bytes.first_chunk::<RECORD_BYTES>().ok_or(Damage::Header)?;
    if !place.starts_with(NAME) {
        return Err(Damage::Header);
    }
    if !place.starts_with(FIRST_LINE) {
        return Err(Damage::Version);
    }
    let number = |at: usize| {
        let bytes = place.get(at..).and_then(<[u8]>::first_chunk::<8>);
        bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes))
    };
    let (records, length) = (number(NUMBERS), number(NUMBERS + 8));
    if *place == header(records, length) {
        Ok((records, length))
    } else {
        Err(Damage::Header)
    }
}

/// The bytes of a journal that are no record of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file does not begin like a journal.
    #[error("no journal of marks: its first 256 bytes are not those of one")]
    Header,
    /// It is shorter than when it was put in its place.
    #[error("cut off at byte {found} of {length}")]
    Short {
        /// What it had at least, in bytes.
        length: u64,
        /// What there is, in bytes.
        found: usize,
    },
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
    /// Records that were synced before the file was put in its place, and have not been read yet.
    settled: u64,
    ended: bool,
}

impl<'a> Journal<'a> {
    /// Begins at the first record of `bytes`, which is the whole file.
    ///
    /// # Errors
    ///
    /// [`Damage::Header`] when the file is not a journal, [`Damage::Version`] when it is another
    /// version's, [`Damage::Short`] when its end is missing. An empty file is not one.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        let (settled, length) = read_header(bytes)?;
        let found = bytes.len();
        if u64::try_from(found).is_ok_and(|found| found < length) {
            return Err(Damage::Short { length, found });
        }
        Ok(Self {
            bytes,
            offset: RECORD_BYTES,
            expected: None,
            settled,
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
        self.settled = self.settled.saturating_sub(1);
        self.offset = self.offset.saturating_add(RECORD_BYTES);
        Ok(record)
    }
}

impl Iterator for Journal<'_> {
    type Item = Result<Record, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        if self.ended || rest.is_empty() && self.settled == 0 {
            return None;
        }
        let (place, behind) = rest.split_at_checked(RECORD_BYTES).unwrap_or((rest, &[]));
        let item = match Record::read(place) {
            Found::Record(record, _) => self.accept(record),
            Found::Torn if self.settled == 0 && is_unsynced(behind) => {
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
        let mut bytes = header(0, 256).to_vec();
        for record in records {
            bytes.extend_from_slice(&record.emit(0));
        }
        bytes
    }

    /// The same, put in its place with these records and room for two more.
    fn fresh(records: &[Record]) -> Vec<u8> {
        let count = records.len();
        let mut bytes = file(records);
        bytes.resize(bytes.len() + 2 * RECORD_BYTES, 0);
        let length = u64::try_from(bytes.len()).unwrap();
        let header = header(u64::try_from(count).unwrap(), length);
        bytes[..RECORD_BYTES].copy_from_slice(&header);
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
        let start = RECORD_BYTES + at * RECORD_BYTES;
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
        for at in RECORD_BYTES..bytes.len() {
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
        bytes[RECORD_BYTES + 40..2 * RECORD_BYTES].fill(0);
        let (records, damage, _) = read(&bytes);
        let offset = RECORD_BYTES;
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
        let whole = header(0, 256);
        let cut = &whole[..RECORD_BYTES - 1];
        assert_eq!(Journal::open(cut).unwrap_err(), Damage::Header);
        let mut later = whole;
        later[..14].copy_from_slice(b"tezio-marks 2\n");
        assert_eq!(Journal::open(&later).unwrap_err(), Damage::Version);
    }

    #[test]
    fn every_flipped_bit_in_the_header_is_damage() {
        let sound = fresh(&[sample(1, 1)]);
        for at in 0..RECORD_BYTES {
            for bit in 0..8 {
                let mut flipped = sound.clone();
                flipped[at] ^= 1 << bit;
                let damage = Journal::open(&flipped).unwrap_err();
                assert!(matches!(damage, Damage::Header | Damage::Version), "{at}");
            }
        }
    }

    #[test]
    fn a_file_that_lost_its_end_is_damaged_wherever_it_was_cut() {
        let whole = fresh(&[sample(1, 1), sample(2, 2)]);
        let length = u64::try_from(whole.len()).unwrap();
        for found in RECORD_BYTES..whole.len() {
            let damage = Journal::open(&whole[..found]).unwrap_err();
            assert_eq!(damage, Damage::Short { length, found });
        }
    }

    /// They were synced before the file had its name: no power cut explains that one is gone.
    #[test]
    fn a_record_that_the_file_was_put_in_its_place_with_is_never_torn() {
        let records = [sample(1, 1), sample(2, 2)];
        let whole = fresh(&records);
        for at in 0..records.len() {
            let mut holed = whole.clone();
            holed[place(at)].fill(0);
            let offset = place(at).start;
            assert_eq!(read(&holed).1, Some(Damage::Record { offset }));
        }
        let mut torn = whole.clone();
        torn[place(2)][..100].copy_from_slice(&sample(3, 3).emit(0)[..100]);
        assert_eq!(read(&torn), (records.to_vec(), None, place(2).start));
    }
}
