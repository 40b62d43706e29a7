//! Recorded operations with one thing changed: the walker and the table of layouts go on to agree,
//! and what they read is written again as the same bytes.

use crate::{agreed, recorded};

#[test]
fn every_flipped_bit_is_read_as_what_it_is_or_not_at_all() {
    let (mut readable, mut unreadable) = (0, 0);
    for one in recorded("accepted") {
        for bit in 0..one.message.len() * 8 {
            let mut flipped = one.message.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            if agreed(&flipped) {
                readable += 1;
            } else {
                unreadable += 1;
            }
        }
    }
    assert_eq!((readable, unreadable), (95_727, 4_457));
}

/// Numbers that choose among cases, and those around the end of a digit and of presence.
const TELLING: [u8; 10] = [0, 1, 2, 3, 4, 5, 10, 0x7f, 0x80, 0xff];

#[test]
fn every_byte_in_each_of_its_telling_values_is_read_as_what_it_is_or_not_at_all() {
    for one in recorded("accepted")
        .iter()
        .filter(|one| one.message.len() < 256)
    {
        for at in 33..one.message.len() {
            for value in TELLING {
                let mut changed = one.message.clone();
                changed[at] = value;
                agreed(&changed);
            }
        }
    }
}
