//! Marks as bytes.
//!
//! ```text
//! 4 keys x (block, preattestation, attestation) x <level: u32 LE><round: u32 LE>, <CRC-32: u32 LE>
//! ```

use tezio_core::hsm::KeyAlias;
use tezio_soft_hsm::{AliasMarks, Mark};

use crate::keeper::Marks;

const MARK: usize = 8;
const PER_KEY: usize = 3 * MARK;
const BODY: usize = 4 * PER_KEY;
const SUM: usize = 4;

/// The size of a record, in bytes.
pub const RECORD: usize = BODY + SUM;

const CRC: crc::Crc<u32, crc::Table<1>> =
    crc::Crc::<u32, crc::Table<1>>::new(&crc::CRC_32_ISO_HDLC);

/// The record of `marks`.
pub(crate) fn emit(marks: &Marks) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    let (body, sum) = record.split_at_mut(BODY);
    for (alias, bytes) in KeyAlias::ALL.iter().zip(body.chunks_exact_mut(PER_KEY)) {
        let AliasMarks {
            block,
            preattestation,
            attestation,
        } = *marks.of(*alias);
        let marks = [block, preattestation, attestation];
        for (mark, bytes) in marks.iter().zip(bytes.chunks_exact_mut(MARK)) {
            bytes.copy_from_slice(&mark_bytes(*mark));
        }
    }
    sum.copy_from_slice(&CRC.checksum(body).to_le_bytes());
    record
}

/// The marks in `record`; `None` when it is not whole.
pub(crate) fn parse(record: &[u8; RECORD]) -> Option<Marks> {
    let (body, sum) = record.split_first_chunk::<BODY>()?;
    if *sum != CRC.checksum(body).to_le_bytes() {
        return None;
    }
    let mut marks = Marks::default();
    for (alias, bytes) in KeyAlias::ALL.iter().zip(body.chunks_exact(PER_KEY)) {
        let mut read = bytes.chunks_exact(MARK).map(mark_of);
        *marks.of_mut(*alias) = AliasMarks {
            block: read.next()??,
            preattestation: read.next()??,
            attestation: read.next()??,
        };
    }
    Some(marks)
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

    #[test]
    fn every_mark_comes_back_and_every_changed_bit_is_noticed() {
        let mut marks = Marks::default();
        let mut level = 1;
        for alias in KeyAlias::ALL {
            let of = marks.of_mut(alias);
            for mark in [&mut of.block, &mut of.preattestation, &mut of.attestation] {
                *mark = Mark {
                    level,
                    round: !level,
                };
                level += 0x0102;
            }
        }
        let record = emit(&marks);
        assert_eq!(record[..16], hex!("01000000feffffff03010000fcfeffff"));
        assert_eq!(parse(&record), Some(marks));
        for bit in 0..8 * RECORD {
            let mut spoilt = record;
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&spoilt), None, "{bit}");
        }
        assert_eq!(parse(&[0xff; RECORD]), None, "erased flash");
    }
}
