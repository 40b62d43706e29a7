//! One record of the journal: a mark, and the signature that was released with it.
//!
//! ```text
//! <version: u8 = 1><length: u8><postcard: length bytes><zeros><crc32 over all before: u32 BE>
//! ```
//!
//! The postcard part is, in order: sequence, position in its batch, chain id, key hash, kind, level,
//! round, where the mark comes from (signed, with digest and signature; set; or lowered, with the mark
//! before), the last level to be signed if there is one, and the chain's anchor if there is one. Every
//! record has the same size, a divisor of a disk's sector: none straddles two sectors, and where each
//! one begins is known without reading another.

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use serde::{Deserialize, Serialize};

use super::{Anchor, Mark, Watermark};
use crate::tezos::{Digest, Level, Signature};

pub(super) const CRC32: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);
const VERSION: u8 = 1;
const SUM: usize = 4;

/// What a record takes, in bytes.
pub const RECORD_BYTES: usize = 256;

/// All that is kept of one watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Position in the journal; each record's is one more than that of the record before.
    pub sequence: u64,
    /// What the mark guards.
    pub watermark: Watermark,
    /// Its value.
    pub mark: Mark,
    /// Where the value comes from.
    pub cause: Cause,
    /// The last level that may be signed here; `None` without end. Set when the key is handed over to
    /// another machine.
    pub last_level: Option<Level>,
    /// Where the chain was seen to be when this was recorded.
    pub anchor: Option<Anchor>,
}

/// Where a mark comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A message was signed there.
    Signed(Released),
    /// An operator set it, or raised it.
    Set,
    /// An operator lowered it, by the one command that can.
    Lowered {
        /// What it was.
        from: Mark,
    },
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
    /// A whole record, and how many stand before it in the batch that was written with it.
    Record(Record, u8),
    /// The begin of a record with nothing where its sum belongs.
    Torn,
    /// Neither.
    Damaged,
}

#[derive(Serialize, Deserialize)]
struct Body {
    sequence: u64,
    position: u8,
    watermark: Watermark,
    mark: Mark,
    cause: Origin,
    last_level: Option<Level>,
    anchor: Option<Anchor>,
}

/// [`Cause`] as it is written.
#[derive(Serialize, Deserialize)]
enum Origin {
    Signed(Digest, [u8; 32], [u8; 32]),
    Set,
    Lowered(Mark),
}

impl Record {
    /// A mark that an operator sets.
    #[must_use]
    pub const fn set(sequence: u64, watermark: Watermark, mark: Mark) -> Self {
        Self {
            sequence,
            watermark,
            mark,
            cause: Cause::Set,
            last_level: None,
            anchor: None,
        }
    }

    /// What was signed at the mark, if that is known.
    #[must_use]
    pub const fn released(&self) -> Option<&Released> {
        match &self.cause {
            Cause::Signed(released) => Some(released),
            Cause::Set | Cause::Lowered { .. } => None,
        }
    }

    /// Whether this one counts, of two for one watermark of which `known` was written before. Marks
    /// only rise, unless by the command that lowers; and at an equal mark the signature known wins
    /// over none: an operator's mark never hides what was signed there.
    #[must_use]
    pub fn supersedes(&self, known: &Self) -> bool {
        match self.cause {
            Cause::Lowered { .. } => self.sequence > known.sequence,
            Cause::Signed(released) => {
                let fits = known.released().is_none_or(|known| *known == released);
                self.mark > known.mark || self.mark == known.mark && fits
            }
            Cause::Set => {
                self.mark > known.mark || self.mark == known.mark && known.released().is_none()
            }
        }
    }

    /// The record as it stands in the journal, behind `position` others written with it.
    #[must_use]
    pub fn emit(&self, position: u8) -> [u8; RECORD_BYTES] {
        let mut out = [0; RECORD_BYTES];
        if let Some((covered, sum)) = out.split_last_chunk_mut::<SUM>()
            && self.emit_covered(position, covered).is_some()
        {
            *sum = CRC32.checksum(covered).to_be_bytes();
        }
        out
    }

    /// `None` never comes: the largest body is 191 bytes, and a test writes one.
    fn emit_covered(&self, position: u8, covered: &mut [u8]) -> Option<()> {
        let (head, body) = covered.split_first_chunk_mut::<2>()?;
        let length = postcard::to_slice(&Body::new(self, position), body)
            .ok()?
            .len();
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
            Body::read(covered).map_or(Found::Damaged, |body| {
                Found::Record(Self::from(&body), body.position)
            })
        } else if *sum == [0; SUM] {
            Found::Torn
        } else {
            Found::Damaged
        }
    }
}

impl Body {
    fn new(record: &Record, position: u8) -> Self {
        Self {
            sequence: record.sequence,
            position,
            watermark: record.watermark,
            mark: record.mark,
            cause: match record.cause {
                Cause::Signed(Released { digest, signature }) => {
                    let (r, s) = halves(&signature);
                    Origin::Signed(digest, r, s)
                }
                Cause::Set => Origin::Set,
                Cause::Lowered { from } => Origin::Lowered(from),
            },
            last_level: record.last_level,
            anchor: record.anchor,
        }
    }

    fn read(covered: &[u8]) -> Option<Self> {
        let ([version, length], body) = covered.split_first_chunk()?;
        let (body, padding) = body.split_at_checked(usize::from(*length))?;
        let clean = *version == VERSION && padding.iter().all(|byte| *byte == 0);
        match postcard::take_from_bytes::<Self>(body) {
            Ok((body, [])) if clean => Some(body),
            Ok(_) | Err(_) => None,
        }
    }
}

impl From<&Body> for Record {
    fn from(body: &Body) -> Self {
        Self {
            sequence: body.sequence,
            watermark: body.watermark,
            mark: body.mark,
            cause: match body.cause {
                Origin::Signed(digest, r, s) => Cause::Signed(Released {
                    digest,
                    signature: joined(r, s),
                }),
                Origin::Set => Cause::Set,
                Origin::Lowered(from) => Cause::Lowered { from },
            },
            last_level: body.last_level,
            anchor: body.anchor,
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
    use crate::tezos::{ChainId, ConsensusKind, Curve, PublicKeyHash, Round};
    use crate::time::UnixSeconds;
    use hex_literal::hex;

    pub(crate) fn sample(sequence: u64, level: u32) -> Record {
        let level = Level::new(level).unwrap();
        let mark = Mark {
            level,
            round: Round::MAX,
        };
        Record {
            sequence,
            watermark: Watermark {
                chain: ChainId::MAINNET,
                key: PublicKeyHash::new(Curve::P256, [9; 20]),
                kind: ConsensusKind::Attestation,
            },
            mark,
            cause: Cause::Signed(Released {
                digest: Digest([3; 32]),
                signature: Signature(core::array::from_fn(|at| u8::try_from(at).unwrap())),
            }),
            last_level: Some(Level::MAX),
            anchor: Some(Anchor {
                level,
                at: UnixSeconds(u64::MAX),
            }),
        }
    }

    #[test]
    fn largest_record_survives_the_round_trip() {
        let record = sample(u64::MAX, u32::MAX >> 1);
        assert_eq!(Record::read(&record.emit(255)), Found::Record(record, 255));
    }

    #[test]
    fn every_cause_survives_the_round_trip() {
        let signed = sample(7, 100);
        let from = signed.mark;
        for cause in [signed.cause, Cause::Set, Cause::Lowered { from }] {
            let record = Record {
                cause,
                last_level: None,
                anchor: None,
                ..signed
            };
            assert_eq!(Record::read(&record.emit(3)), Found::Record(record, 3));
        }
    }

    /// As `docs/state.md` has them; put together, and summed, without this program.
    #[test]
    fn records_have_the_bytes_that_are_documented() {
        let level = Level::new(9_001_000).unwrap();
        let watermark = |kind| Watermark {
            kind,
            ..sample(0, 0).watermark
        };
        let mark = Mark {
            level,
            round: Round::ZERO,
        };
        let set = Record::set(300, watermark(ConsensusKind::Preattestation), mark);
        let signed = Record {
            mark: Mark {
                round: Round::new(3).unwrap(),
                ..mark
            },
            last_level: Level::new(9_001_200),
            anchor: Some(Anchor {
                level: Level::new(9_000_999).unwrap(),
                at: UnixSeconds(1_795_475_264),
            }),
            sequence: 300,
            ..sample(0, 0)
        };
        for (record, position, body, sum) in [
            (
                set,
                0,
                &hex!(
                    "0125ac02007a06a77002090909090909090909090909090909090909090901a8b0a50400010000"
                )[..],
                hex!("7b78862a"),
            ),
            (
                signed,
                2,
                &hex!(
                    "0192ac02027a06a77002090909090909090909090909090909090909090902a8b0a504030003"
                    "03030303030303030303030303030303030303030303030303030303030303000102030405"
                    "060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a"
                    "2b2c2d2e2f303132333435363738393a3b3c3d3e3f01f0b1a50401a7b0a504c08e93d806"
                )[..],
                hex!("0ed781ec"),
            ),
        ] {
            let mut expected = [0; RECORD_BYTES];
            expected[..body.len()].copy_from_slice(body);
            expected[RECORD_BYTES - SUM..].copy_from_slice(&sum);
            assert_eq!(record.emit(position), expected);
        }
    }

    #[test]
    fn every_cut_is_torn() {
        let bytes = sample(1, 100).emit(0);
        for length in 0..bytes.len() {
            assert_eq!(Record::read(&bytes[..length]), Found::Torn, "{length}");
        }
    }

    #[test]
    fn every_begin_with_zeros_behind_it_is_torn() {
        let bytes = sample(1, 100).emit(0);
        for length in 0..RECORD_BYTES - SUM {
            let mut torn = bytes;
            torn[length..].fill(0);
            assert_eq!(Record::read(&torn), Found::Torn, "{length}");
        }
    }

    #[test]
    fn every_flipped_bit_is_damage() {
        let bytes = sample(1, 100).emit(0);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes;
                flipped[at] ^= 1 << bit;
                assert_eq!(Record::read(&flipped), Found::Damaged, "{at}/{bit}");
            }
        }
    }
}
