//! The board's profile: keys, policy and marks at the start, put into its flash beforehand.
//!
//! ```text
//! page   "TZHP" <length: u32 LE> <Profile in postcard: length bytes>
//! ```
//!
//! Empty flash is the profile of the published sketch with the public test keys and the holes
//! closed. A page that is neither is no profile.

use tezio_soft_hsm::{Holes, Latency, Profile};

use crate::registers::Word;

const MAGIC: u32 = u32::from_le_bytes(*b"TZHP");
/// Flash in which nothing was put, on a chip and in QEMU.
const ERASED: u32 = u32::MAX;
const ZEROED: u32 = 0;
const HEAD: usize = 8;
/// The most that a profile can take.
const LONGEST: usize = 640;

#[inline(never)]
pub(crate) fn profile() -> Option<Profile> {
    match word(0)? {
        MAGIC => written(),
        ERASED | ZEROED => Some(Profile {
            latency: Latency::Instant,
            holes: Holes::Closed,
            ..Profile::default()
        }),
        _ => None,
    }
}

#[inline(never)]
fn written() -> Option<Profile> {
    let length = usize::try_from(word(4)?).ok()?;
    let mut bytes = [0; LONGEST];
    for (number, chunk) in bytes.chunks_exact_mut(4).enumerate() {
        chunk.copy_from_slice(&word(HEAD + 4 * number)?.to_le_bytes());
    }
    postcard::from_bytes(bytes.get(..length)?).ok()
}

fn word(offset: usize) -> Option<u32> {
    Word::at(offset).map(|word| word.read())
}
