//! A board's profile as its flash holds it, put there beforehand.
//!
//! ```text
//! page   "TZHP" <length: u32 LE> <Profile in postcard: length bytes> <CRC-32 of it: u32 LE>
//! ```
//!
//! Flash in which nothing was put is the profile of the published sketch with the public test keys
//! and the holes closed. A page that is neither is no profile, and so is one with faults on order:
//! these are for tests of hosts, not for a board.

use tezio_soft_hsm::{Holes, Latency, Profile};

use crate::record::CRC;

const MAGIC: [u8; 4] = *b"TZHP";
const SUM: usize = 4;
/// Magic bytes and length.
const HEAD: usize = 8;
/// The most that a profile takes: 652 bytes with everything that can be in one.
const LONGEST: usize = 768;

/// The size of a page, in bytes. It may be followed by anything.
pub const PROFILE_PAGE: usize = HEAD + LONGEST + SUM;

/// The profile in `page`; `None` for none that a board may start with.
#[must_use]
pub fn parse_profile(page: &[u8; PROFILE_PAGE]) -> Option<Profile> {
    let (magic, behind) = page.split_first_chunk()?;
    match *magic {
        MAGIC => written(behind),
        // Nothing was put there: so a chip has it, and so has QEMU.
        [0xff, 0xff, 0xff, 0xff] | [0, 0, 0, 0] => Some(Profile {
            latency: Latency::Instant,
            holes: Holes::Closed,
            ..Profile::default()
        }),
        _ => None,
    }
}

fn written(behind_magic: &[u8]) -> Option<Profile> {
    let (length, behind) = behind_magic.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (body, behind) = behind.split_at_checked(length)?;
    if *behind.first_chunk::<SUM>()? != CRC.checksum(body).to_le_bytes() {
        return None;
    }
    let profile: Profile = postcard::from_bytes(body).ok()?;
    profile.faults.is_empty().then_some(profile)
}

/// The page of `profile`, filled up with ones.
#[must_use]
pub fn emit_profile(profile: &Profile) -> Option<[u8; PROFILE_PAGE]> {
    let mut page = [0xff; PROFILE_PAGE];
    let (head, behind) = page.split_at_mut(HEAD);
    let (magic, length) = head.split_at_mut(MAGIC.len());
    magic.copy_from_slice(&MAGIC);
    let (room, _) = behind.split_at_mut(LONGEST);
    let size = postcard::to_slice(profile, room).ok()?.len();
    length.copy_from_slice(&u32::try_from(size).ok()?.to_le_bytes());
    let (body, behind) = behind.split_at_mut_checked(size)?;
    let sum = CRC.checksum(body).to_le_bytes();
    *behind.first_chunk_mut()? = sum;
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tezio_soft_hsm::{
        AliasMarks, Bytes32, ChipFault, Fault, Injection, Kinds, Mark, PerAlias, SwitchedOff, When,
    };

    fn each<T: Clone + Default>(value: &T) -> PerAlias<T> {
        PerAlias {
            authentication: value.clone(),
            ed25519: value.clone(),
            secp256k1: value.clone(),
            p256: value.clone(),
        }
    }

    /// Every list full, every number in its longest form.
    fn largest() -> Profile {
        let mark = Mark {
            level: u32::MAX,
            round: u32::MAX,
        };
        Profile {
            keys: each(&Some(Bytes32([0xab; 32]))),
            kinds: each(&Some((1..=19).collect::<Kinds>())),
            switched_off: each(&[0x11, 0x21, 0x22].into_iter().collect::<SwitchedOff>()),
            marks: each(&AliasMarks {
                block: mark,
                preattestation: mark,
                attestation: mark,
            }),
            latency: Latency::Instant,
            chip_fault: Some(ChipFault::KeyDerivation(0xff)),
            chip_read_write_key: Some(Bytes32([0xcd; 32])),
            holes: Holes::Closed,
            faults: heapless::Vec::new(),
        }
    }

    fn with_faults(profile: Profile) -> Profile {
        let late = Injection {
            fault: Fault::Late(u32::MAX),
            when: When::Sign(u32::MAX),
        };
        let faults = [late; tezio_soft_hsm::MAX_INJECTIONS].into_iter().collect();
        Profile { faults, ..profile }
    }

    #[test]
    fn every_profile_fits_and_comes_back() {
        for profile in [Profile::default(), largest()] {
            let page = emit_profile(&profile).unwrap();
            assert_eq!(parse_profile(&page), Some(profile));
        }
        assert!(emit_profile(&with_faults(largest())).is_some());
    }

    #[test]
    fn a_page_with_a_changed_bit_is_none() {
        let page = emit_profile(&largest()).unwrap();
        let length = u32::from_le_bytes(page[4..8].try_into().unwrap());
        let size = HEAD + usize::try_from(length).unwrap() + SUM;
        for bit in 0..8 * size {
            let mut spoilt = page;
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse_profile(&spoilt), None, "{bit}");
        }
    }

    #[test]
    fn a_board_has_no_faults_on_order() {
        let page = emit_profile(&with_faults(Profile::default())).unwrap();
        assert_eq!(parse_profile(&page), None);
    }

    #[test]
    fn nothing_in_flash_is_the_published_sketch_without_its_holes() {
        for blank in [0x00, 0xff] {
            let profile = parse_profile(&[blank; PROFILE_PAGE]).unwrap();
            assert_eq!(
                (profile.holes, profile.latency),
                (Holes::Closed, Latency::Instant)
            );
            assert_eq!(profile.keys, PerAlias::default());
        }
        assert_eq!(parse_profile(&[0x5a; PROFILE_PAGE]), None);
    }
}
