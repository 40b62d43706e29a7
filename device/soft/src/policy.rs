//! The two flag tables of the firmware, and the memory around them that it takes for flags.
//!
//! ```text
//! block   4 x <kind flags: 19, kind k at k - 1><operation flags: 34, opcode o at o - 1>
//! before  the top byte of alias 3's attestation round
//! behind  the work buffer: <digest: 32>, then the packet from its 33rd byte on
//! ```
//!
//! The kind is not range-checked, so a message can name a flag anywhere in there. Both tables are
//! one array here, and the neighbours are asked for by what they are.

use tezio_core::hsm::KeyAlias;
use tezio_core::hsm::device::CAPACITY;
use tezio_core::tezos::Digest;

use crate::profile::{Holes, Profile};

const KINDS: usize = 19;
const OPERATIONS: usize = 34;
const PER_ALIAS: usize = KINDS + OPERATIONS;
const TABLE: usize = 4 * PER_ALIAS;

/// The flags of all four aliases.
#[derive(Debug)]
pub(crate) struct Policy {
    flags: [u8; TABLE],
    holes: Holes,
}

/// What lies around the tables while a message is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours<'a> {
    /// The round of alias 3's attestation mark.
    pub(crate) last_round: u32,
    /// What is to be signed.
    pub(crate) digest: &'a Digest,
    /// The buffer that the request came in.
    pub(crate) buffer: &'a [u8; CAPACITY],
}

impl Policy {
    pub(crate) fn new(profile: &Profile) -> Self {
        let mut table = [0; TABLE];
        for (alias, flags) in KeyAlias::ALL.iter().zip(table.chunks_exact_mut(PER_ALIAS)) {
            let (kinds, operations) = flags.split_at_mut(KINDS);
            for (flag, kind) in kinds.iter_mut().zip(1..) {
                *flag = u8::from(profile.enables(*alias, kind));
            }
            for (flag, opcode) in operations.iter_mut().zip(1..) {
                *flag = u8::from(!profile.switches_off(*alias, opcode));
            }
        }
        Self {
            flags: table,
            holes: profile.holes,
        }
    }

    /// Whether `alias` may do the operation `opcode`.
    pub(crate) fn allows_operation(&self, alias: KeyAlias, opcode: u8) -> bool {
        let at = flag_index(alias, opcode).and_then(|at| at.checked_add(KINDS));
        at.and_then(|at| self.flags.get(at))
            .is_some_and(|flag| *flag != 0)
    }

    /// Whether `alias` may sign a message with magic byte `kind`: any byte that is 1 in the place
    /// where its flag would be. With the holes closed, the flag itself or none.
    pub(crate) fn allows_kind(
        &self,
        alias: KeyAlias,
        kind: u8,
        neighbours: &Neighbours<'_>,
    ) -> bool {
        if self.holes == Holes::Closed && !(1..=KINDS).contains(&usize::from(kind)) {
            return false;
        }
        let flag = flag_index(alias, kind).map_or_else(
            || neighbours.before(),
            |at| {
                let flag = self.flags.get(at).copied();
                flag.or_else(|| neighbours.behind(at.checked_sub(TABLE)?))
            },
        );
        flag == Some(1)
    }
}

impl Neighbours<'_> {
    const fn before(&self) -> Option<u8> {
        let [top, ..] = self.last_round.to_be_bytes();
        Some(top)
    }

    fn behind(&self, at: usize) -> Option<u8> {
        let digest = self.digest.0.get(at);
        digest.or_else(|| self.buffer.get(at)).copied()
    }
}

/// The place of a flag with the 1-based number `number` in the block; `None` for the byte before
/// the block, which number 0 of alias 0 names.
fn flag_index(alias: KeyAlias, number: u8) -> Option<usize> {
    usize::from(alias.number())
        .saturating_mul(PER_ALIAS)
        .saturating_add(usize::from(number))
        .checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZEROS: Neighbours<'_> = Neighbours {
        last_round: 0,
        digest: &Digest([0; 32]),
        buffer: &[0; CAPACITY],
    };

    fn signed_kinds(alias: KeyAlias) -> impl Iterator<Item = u8> {
        let policy = Policy::new(&Profile::default());
        (0..=255).filter(move |kind| policy.allows_kind(alias, *kind, &ZEROS))
    }

    /// The sketch's policy over a message of zeros, all 256 kinds, as recorded from the firmware.
    #[test]
    fn holes_are_where_the_firmware_has_them() {
        let holes: [(KeyAlias, &[core::ops::RangeInclusive<u8>]); 4] = [
            (
                KeyAlias::Authentication,
                &[
                    0x03..=0x03,
                    0x14..=0x35,
                    0x38..=0x38,
                    0x49..=0x6a,
                    0x6d..=0x6d,
                    0x7e..=0x9f,
                    0xa2..=0xa2,
                    0xb0..=0xd4,
                ],
            ),
            (
                KeyAlias::Ed25519,
                &[
                    0x00..=0x00,
                    0x03..=0x03,
                    0x14..=0x35,
                    0x38..=0x38,
                    0x49..=0x6a,
                    0x6d..=0x6d,
                    0x7b..=0x9f,
                ],
            ),
            (
                KeyAlias::Secp256k1,
                &[
                    0x00..=0x00,
                    0x03..=0x03,
                    0x14..=0x35,
                    0x38..=0x38,
                    0x46..=0x6a,
                ],
            ),
            (
                KeyAlias::P256,
                &[0x00..=0x00, 0x03..=0x03, 0x11..=0x13, 0x14..=0x35],
            ),
        ];
        for (alias, ranges) in holes {
            let expected = ranges.iter().cloned().flatten();
            assert!(signed_kinds(alias).eq(expected), "{alias:?}");
        }
    }

    #[test]
    fn closed_holes_leave_the_table_alone() {
        let policy = Policy::new(&Profile {
            holes: Holes::Closed,
            ..Profile::default()
        });
        let ones = Neighbours {
            last_round: 0x0101_0101,
            digest: &Digest([1; 32]),
            buffer: &[1; CAPACITY],
        };
        let signed = |alias| (0..=255).filter(move |kind| policy.allows_kind(alias, *kind, &ones));
        assert!(signed(KeyAlias::P256).eq([0x03, 0x11, 0x12, 0x13]));
    }

    #[test]
    fn bytes_around_the_tables_count_as_flags() {
        let policy = Policy::new(&Profile::default());
        let round = Neighbours {
            last_round: 0x0100_0000,
            ..ZEROS
        };
        assert!(policy.allows_kind(KeyAlias::Authentication, 0x00, &round));
        let mut digest = [0; 32];
        digest[10] = 1;
        let digest = Neighbours {
            digest: &Digest(digest),
            ..ZEROS
        };
        assert!(policy.allows_kind(KeyAlias::P256, 0x40, &digest));
        let mut buffer = [0; CAPACITY];
        buffer[7 + 0x70 - 0x3d] = 1;
        let buffer = Neighbours {
            buffer: &buffer,
            ..ZEROS
        };
        assert!(policy.allows_kind(KeyAlias::P256, 0x70, &buffer));
    }
}
