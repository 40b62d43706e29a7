//! One record of the journal: a mark, and the signature that was released with it.
//!
//! ```text
//! <version: u8 = 1><length: u8><postcard: length bytes><zeros><crc32 over all before: u32 BE>
//! ```
//!
//! The postcard part is, in order: sequence, chain id, key hash, kind, level, round, and either
//! nothing or digest and signature. Every record has the same size, a divisor of a disk's sector:
//! none straddles two sectors, and where each one begins is known without reading another.

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use serde::{Deserialize, Serialize};

use super::{Mark, Watermark};
use crate::tezos::{Digest, Signature};

const CRC32: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);
const VERSION: u8 = 1;
const SUM: usize = 4;

/// What a record takes, in bytes.
pub const RECORD_BYTES: usize = 256;

/// A mark as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Position in the journal; each record's is one more than that of the record before.
    pub sequence: u64,
    /// What the mark guards.
    pub watermark: Watermark,
    /// Its value.
    pub mark: Mark,
    /// What was signed there. `None` for a mark that an operator set.
    pub released: Option<Released>,
}

/// The message last signed under a watermark, and its one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// The message's digest.
    pub digest: Digest,
    /// The signature that a repeated request is answered with.
    pub signature: Signature,
}

/// What stands in one place of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A whole record.
    Record(Record),
    /// The begin of a record with nothing where its sum belongs.
    Torn,
    /// Neither.
    Damaged,
}

#[derive(Serialize, Deserialize)]
struct Body {
    sequence: u64,
    watermark: Watermark,
    mark: Mark,
    released: Option<(Digest, [u8; 32], [u8; 32])>,
}

impl Record {
    /// The record as it stands in the journal.
    #[must_use]
    pub fn emit(&self) -> [u8; RECORD_BYTES] {
        let mut out = [0; RECORD_BYTES];
        if let Some((covered, sum)) = out.split_last_chunk_mut::<SUM>()
            && self.emit_covered(covered).is_some()
        {
            *sum = CRC32.checksum(covered).to_be_bytes();
        }
        out
    }

    /// `None` never comes: the largest body is 166 bytes, and a test writes one.
    fn emit_covered(&self, covered: &mut [u8]) -> Option<()> {
        let (head, body) = covered.split_first_chunk_mut::<2>()?;
        let length = postcard::to_slice(&Body::from(self), body).ok()?.len();
        *head = [VERSION, u8::try_from(length).ok()?];
        Some(())
    }

    /// Judges the bytes of one place; there are fewer than [`RECORD_BYTES`] at the end of a file.
    pub(super) fn read(place: &[u8]) -> Found {
        let Ok(place) = <&[u8; RECORD_BYTES]>::try_from(place) else {
            return Found::Torn;
        };
        let Some((covered, sum)) = place.split_last_chunk::<SUM>() else {
            return Found::Torn;
        };
        if CRC32.checksum(covered) == u32::from_be_bytes(*sum) {
            Self::read_covered(covered).map_or(Found::Damaged, Found::Record)
        } else if *sum == [0; SUM] {
            Found::Torn
        } else {
            Found::Damaged
        }
    }

    fn read_covered(covered: &[u8]) -> Option<Self> {
        let ([version, length], body) = covered.split_first_chunk()?;
        let (body, padding) = body.split_at_checked(usize::from(*length))?;
        let clean = *version == VERSION && padding.iter().all(|byte| *byte == 0);
        match postcard::take_from_bytes::<Body>(body) {
            Ok((body, [])) if clean => Some(body.into()),
            Ok(_) | Err(_) => None,
        }
    }
}

impl From<&Record> for Body {
    fn from(record: &Record) -> Self {
        let released = record.released.map(|released| {
            let (r, s) = halves(&released.signature);
            (released.digest, r, s)
        });
        Self {
            sequence: record.sequence,
            watermark: record.watermark,
            mark: record.mark,
            released,
        }
    }
}

impl From<Body> for Record {
    fn from(body: Body) -> Self {
        let released = body.released.map(|(digest, r, s)| Released {
            digest,
            signature: joined(r, s),
        });
        Self {
            sequence: body.sequence,
            watermark: body.watermark,
            mark: body.mark,
            released,
        }
    }
}

/// Serde's arrays end at 32 bytes, so a signature is written as its two halves.
fn halves(signature: &Signature) -> ([u8; 32], [u8; 32]) {
    let (mut r, mut s) = ([0; 32], [0; 32]);
    let (first, second) = signature.0.split_at(32);
    r.copy_from_slice(first);
    s.copy_from_slice(second);
    (r, s)
}

fn joined(r: [u8; 32], s: [u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    let (first, second) = bytes.split_at_mut(32);
    first.copy_from_slice(&r);
    second.copy_from_slice(&s);
    Signature(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::tezos::{ChainId, ConsensusKind, Curve, Level, PublicKeyHash, Round};

    pub(crate) fn sample(sequence: u64, level: u32) -> Record {
        let mark = Mark {
            level: Level::new(level).unwrap(),
            round: Round::new(u32::MAX >> 1).unwrap(),
        };
        Record {
            sequence,
            watermark: Watermark {
                chain: ChainId::MAINNET,
                key: PublicKeyHash::new(Curve::P256, [9; 20]),
                kind: ConsensusKind::Attestation,
            },
            mark,
            released: Some(Released {
                digest: Digest([3; 32]),
                signature: Signature(core::array::from_fn(|at| u8::try_from(at).unwrap())),
            }),
        }
    }

    #[test]
    fn largest_record_survives_the_round_trip() {
        let record = sample(u64::MAX, u32::MAX >> 1);
        assert_eq!(Record::read(&record.emit()), Found::Record(record));
    }

    #[test]
    fn every_cut_is_torn() {
        let bytes = sample(1, 100).emit();
        for length in 0..bytes.len() {
            assert_eq!(Record::read(&bytes[..length]), Found::Torn, "{length}");
        }
    }

    #[test]
    fn every_begin_with_zeros_behind_it_is_torn() {
        let bytes = sample(1, 100).emit();
        for length in 0..RECORD_BYTES - SUM {
            let mut torn = bytes;
            torn[length..].fill(0);
            assert_eq!(Record::read(&torn), Found::Torn, "{length}");
        }
    }

    #[test]
    fn every_flipped_bit_is_damage() {
        let bytes = sample(1, 100).emit();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes;
                flipped[at] ^= 1 << bit;
                assert_eq!(Record::read(&flipped), Found::Damaged, "{at}/{bit}");
            }
        }
    }
}
