//! Marks as bytes: all of them, or one that has moved.
//!
//! ```text
//! all    4 keys x (block, preattestation, attestation) x <level: u32 LE><round: u32 LE>, <CRC-32: u32 LE>
//! move   <alias><magic byte><0><0><level: u32 LE><round: u32 LE><CRC-32: u32 LE>
//! ```

use tezio_core::hsm::KeyAlias;
use tezio_soft_hsm::{AliasMarks, Mark};

use crate::keeper::Marks;

const MARK: usize = 8;
const PER_KEY: usize = AliasMarks::KINDS.len() * MARK;
const SUM: usize = 4;
const ALL_BODY: usize = 4 * PER_KEY;
const MOVE_BODY: usize = 4 + MARK;

/// The size of a record of all marks, in bytes.
pub(crate) const ALL: usize = ALL_BODY + SUM;
/// The size of a record of one, in bytes.
pub(crate) const MOVE: usize = MOVE_BODY + SUM;

pub(crate) const CRC: crc::Crc<u32, crc::Table<1>> =
    crc::Crc::<u32, crc::Table<1>>::new(&crc::CRC_32_ISO_HDLC);

/// A mark and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) alias: KeyAlias,
    /// The magic byte.
    pub(crate) kind: u8,
    pub(crate) mark: Mark,
}

/// Every mark of `marks`, in the order of the records.
pub(crate) fn each(marks: &Marks) -> impl Iterator<Item = Move> {
    KeyAlias::ALL.into_iter().flat_map(move |alias| {
        AliasMarks::KINDS.into_iter().filter_map(move |kind| {
            let mark = marks.of(alias).of_kind(kind)?;
            Some(Move { alias, kind, mark })
        })
    })
}

/// The record of `marks`.
pub(crate) fn emit_all(marks: &Marks) -> [u8; ALL] {
    let mut record = [0; ALL];
    let (body, sum) = record.split_at_mut(ALL_BODY);
    for (of, bytes) in each(marks).zip(body.chunks_exact_mut(MARK)) {
        bytes.copy_from_slice(&mark_bytes(of.mark));
    }
    sum.copy_from_slice(&CRC.checksum(body).to_le_bytes());
    record
}

/// The marks in a record of all; `None` when it is not whole.
pub(crate) fn parse_all(record: &[u8; ALL]) -> Option<Marks> {
    let mut marks = Marks::default();
    let bytes = whole::<ALL_BODY>(record)?.chunks_exact(MARK);
    for (of, bytes) in each(&Marks::default()).zip(bytes) {
        marks.of_mut(of.alias).raise(of.kind, mark_of(bytes)?);
    }
    Some(marks)
}

/// The record of one mark.
pub(crate) fn emit_move(of: &Move) -> [u8; MOVE] {
    let mut record = [0; MOVE];
    let (body, sum) = record.split_at_mut(MOVE_BODY);
    let head = [of.alias.number(), of.kind, 0, 0];
    let bytes = head.into_iter().chain(mark_bytes(of.mark));
    body.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    sum.copy_from_slice(&CRC.checksum(body).to_le_bytes());
    record
}

/// The mark in a record of one; `None` when it is not whole.
pub(crate) fn parse_move(record: &[u8; MOVE]) -> Option<Move> {
    let ([alias, kind, _, _], mark) = whole::<MOVE_BODY>(record)?.split_first_chunk()?;
    Some(Move {
        alias: KeyAlias::from_number(*alias)?,
        kind: *kind,
        mark: mark_of(mark)?,
    })
}

/// What stands before the checksum, if that is right.
fn whole<const BODY: usize>(record: &[u8]) -> Option<&[u8; BODY]> {
    let (body, sum) = record.split_first_chunk()?;
    (*sum == CRC.checksum(body).to_le_bytes()).then_some(body)
}

/// `<level: u32 LE><round: u32 LE>`.
pub(crate) fn mark_bytes(mark: Mark) -> [u8; MARK] {
    let numbers = u64::from(mark.level) | u64::from(mark.round) << 32;
    numbers.to_le_bytes()
}

/// The mark in eight bytes; `None` for another number of bytes.
pub(crate) fn mark_of(bytes: &[u8]) -> Option<Mark> {
    let (level, round) = bytes.split_first_chunk()?;
    Some(Mark {
        level: u32::from_le_bytes(*level),
        round: u32::from_le_bytes(round.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn different_marks() -> Marks {
        let mut marks = Marks::default();
        for (of, level) in each(&Marks::default()).zip((1..).step_by(0x0102)) {
            let mark = Mark {
                level,
                round: !level,
            };
            marks.of_mut(of.alias).raise(of.kind, mark);
        }
        marks
    }

    #[test]
    fn every_mark_comes_back_and_every_changed_bit_is_noticed() {
        let marks = different_marks();
        let record = emit_all(&marks);
        assert_eq!(record[..16], hex!("01000000feffffff03010000fcfeffff"));
        assert_eq!(parse_all(&record), Some(marks));
        for bit in 0..8 * ALL {
            let mut spoilt = record;
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse_all(&spoilt), None, "{bit}");
        }
        for blank in [0x00, 0xff] {
            assert_eq!(parse_all(&[blank; ALL]), None, "{blank:02x}");
        }
    }

    #[test]
    fn every_move_comes_back_and_every_changed_bit_is_noticed() {
        for of in each(&different_marks()) {
            let record = emit_move(&of);
            assert_eq!(record[..4], [of.alias.number(), of.kind, 0, 0]);
            assert_eq!(record[4..12], mark_bytes(of.mark));
            assert_eq!(parse_move(&record), Some(of));
            for bit in 0..8 * MOVE {
                let mut spoilt = record;
                spoilt[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(parse_move(&spoilt), None, "{bit}");
            }
        }
        for blank in [0x00, 0xff] {
            assert_eq!(parse_move(&[blank; MOVE]), None, "{blank:02x}");
        }
    }
}
