//! The board's profile: keys, policy and marks at the start, put into its flash beforehand.
//!
//! What a page may have in it is told in [`tezio_firmware::parse_profile`].

use tezio_firmware::{PROFILE_PAGE, parse_profile};
use tezio_soft_hsm::Profile;

use crate::registers::{PROFILE_AT, Word};

#[inline(never)]
pub(crate) fn profile() -> Option<Profile> {
    let mut page = [0; PROFILE_PAGE];
    for (at, chunk) in (PROFILE_AT..).step_by(4).zip(page.chunks_exact_mut(4)) {
        chunk.copy_from_slice(&Word::at(at)?.read().to_le_bytes());
    }
    parse_profile(&page)
}
