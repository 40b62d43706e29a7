//! The device's own watermark: one mark per alias and kind, in RAM alone.
//!
//! From a message as SIGN got it to accepted or refused. The rule and its holes are the firmware's:
//! numbers are read at fixed places, bytes that are missing read as zero, chain and shape are not
//! looked at. An accepted mark is stored before anything else is checked.

use serde::{Deserialize, Serialize};
use tezio_core::hsm::{KeyAlias, Status};

use crate::per_alias::PerAlias;

/// Where the operation byte of a consensus message says what level and round mean.
const LEVEL_AT: usize = 40;
const BLOCK_LEVEL_AT: usize = 5;
const FITNESS_LENGTH_AT: usize = 83;

/// The size of the firmware's zeroed data area, in bytes.
const DATA_AREA: usize = 1024;

/// Level and round of what was signed last, ordered by level, then round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mark {
    /// The level.
    pub level: u32,
    /// The round.
    pub round: u32,
}

/// The three marks of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AliasMarks {
    /// Magic byte 11.
    pub block: Mark,
    /// Magic byte 12.
    pub preattestation: Mark,
    /// Magic byte 13.
    pub attestation: Mark,
}

impl AliasMarks {
    /// The magic bytes that have a mark.
    pub const KINDS: [u8; 3] = [0x11, 0x12, 0x13];

    /// The mark of `kind`, a magic byte; `None` for one that has none.
    #[must_use]
    pub const fn of_kind(&self, kind: u8) -> Option<Mark> {
        match kind {
            0x11 => Some(self.block),
            0x12 => Some(self.preattestation),
            0x13 => Some(self.attestation),
            _ => None,
        }
    }

    const fn of_kind_mut(&mut self, kind: u8) -> Option<&mut Mark> {
        match kind {
            0x11 => Some(&mut self.block),
            0x12 => Some(&mut self.preattestation),
            0x13 => Some(&mut self.attestation),
            _ => None,
        }
    }

    /// Raises the mark of `kind` to `to`. What stands higher is left alone, and so is everything
    /// for a kind without a mark.
    pub fn raise(&mut self, kind: u8, to: Mark) {
        if let Some(mark) = self.of_kind_mut(kind) {
            *mark = to.max(*mark);
        }
    }
}

impl PerAlias<AliasMarks> {
    /// Raises every mark to that of `other`, where that one is higher.
    pub fn raise_all(&mut self, other: &Self) {
        for alias in KeyAlias::ALL {
            for kind in AliasMarks::KINDS {
                let to = other.of(alias).of_kind(kind).unwrap_or_default();
                self.of_mut(alias).raise(kind, to);
            }
        }
    }

    /// Accepts `message` and moves the mark of its kind, or refuses it. Kinds without a mark are
    /// accepted.
    ///
    /// # Errors
    ///
    /// D4, the refusal as the firmware sends it; AD for a block whose fitness length points outside
    /// the data area, where the firmware reads memory that has nothing to do with the message.
    pub(crate) fn advance(&mut self, alias: KeyAlias, message: &[u8]) -> Result<(), Status> {
        let kind = message.first().copied().unwrap_or_default();
        let Some(mark) = self.of_mut(alias).of_kind_mut(kind) else {
            return Ok(());
        };
        let asked = match kind {
            0x11 => block_mark(message)?,
            _ => consensus_mark(message),
        };
        if asked <= *mark {
            return Err(Status::PacketParsed);
        }
        *mark = asked;
        Ok(())
    }
}

fn consensus_mark(message: &[u8]) -> Mark {
    Mark {
        level: number_at(message, LEVEL_AT),
        round: number_at(message, LEVEL_AT.saturating_add(4)),
    }
}

/// The round is the last field of the fitness, so it is found from the fitness' length.
fn block_mark(message: &[u8]) -> Result<Mark, Status> {
    let length = number_at(message, FITNESS_LENGTH_AT);
    let round_at = usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_add(FITNESS_LENGTH_AT))
        .filter(|at| at.checked_add(4).is_some_and(|end| end <= DATA_AREA))
        .ok_or(Status::Data)?;
    Ok(Mark {
        level: number_at(message, BLOCK_LEVEL_AT),
        round: number_at(message, round_at),
    })
}

/// Four bytes, big-endian, zero where the message has ended.
fn number_at(message: &[u8], at: usize) -> u32 {
    let behind = message.get(at..).unwrap_or_default();
    let mut bytes = [0; 4];
    bytes
        .iter_mut()
        .zip(behind)
        .for_each(|(to, from)| *to = *from);
    u32::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyAlias = KeyAlias::P256;

    fn attestation(level: u32, round: u32) -> [u8; 80] {
        let mut message = [0; 80];
        message[0] = 0x13;
        message[40..44].copy_from_slice(&level.to_be_bytes());
        message[44..48].copy_from_slice(&round.to_be_bytes());
        message
    }

    #[test]
    fn a_mark_only_rises_and_a_refusal_leaves_it() {
        for held in [(0, 0), (5, 0), (5, 7)] {
            for asked in [(0, 1), (4, 9), (5, 0), (5, 7), (5, 8), (6, 0)] {
                let mut marks = PerAlias::<AliasMarks>::default();
                let (level, round) = held;
                marks.p256.attestation = Mark { level, round };
                let result = marks.advance(KEY, &attestation(asked.0, asked.1));
                let accepted = asked > held;
                let expected = if accepted { asked } else { held };
                let (level, round) = expected;
                assert_eq!(result.is_ok(), accepted, "{held:?} {asked:?}");
                assert_eq!(marks.p256.attestation, Mark { level, round });
            }
        }
    }

    #[test]
    fn raising_never_lowers_and_knows_three_kinds() {
        let (high, low) = (Mark { level: 5, round: 7 }, Mark { level: 5, round: 6 });
        for kind in 0..=255 {
            let mut marks = AliasMarks::default();
            marks.raise(kind, high);
            marks.raise(kind, low);
            let has_mark = AliasMarks::KINDS.contains(&kind);
            assert_eq!(marks.of_kind(kind), has_mark.then_some(high));
            let all = [marks.block, marks.preattestation, marks.attestation];
            let raised = all.iter().filter(|mark| **mark == high).count();
            assert_eq!(raised, usize::from(has_mark));
        }
    }

    #[test]
    fn raising_all_takes_the_higher_of_each() {
        let of = |level, round| Mark { level, round };
        let (mut one, mut other) = (PerAlias::default(), PerAlias::default());
        one.p256 = AliasMarks {
            block: of(1, 0),
            preattestation: of(2, 9),
            attestation: of(3, 1),
        };
        other.p256 = AliasMarks {
            block: of(0, 5),
            preattestation: of(3, 0),
            attestation: of(3, 2),
        };
        other.ed25519.block = of(7, 7);
        one.raise_all(&other);
        let joined = AliasMarks {
            block: of(1, 0),
            preattestation: of(3, 0),
            attestation: of(3, 2),
        };
        assert_eq!(one.p256, joined);
        assert_eq!(one.ed25519, other.ed25519);
    }

    #[test]
    fn every_fitness_length_is_inside_the_data_area_or_refused() {
        for length in [
            0,
            936,
            937,
            938,
            4096,
            0x7fff_ffff,
            u32::MAX - 124,
            u32::MAX,
        ] {
            let mut block = [0; 100];
            block[0] = 0x11;
            block[8] = 1;
            block[83..87].copy_from_slice(&length.to_be_bytes());
            let mut marks = PerAlias::<AliasMarks>::default();
            let result = marks.advance(KEY, &block);
            if length <= 937 {
                assert_eq!(result, Ok(()), "{length}");
            } else {
                assert_eq!(result, Err(Status::Data), "{length}");
                assert_eq!(marks, PerAlias::default());
            }
        }
    }
}
