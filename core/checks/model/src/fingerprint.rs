//! Fingerprints: what a state looks like in debugging output, with times counted from now.

use core::fmt::{Debug, Write as _};
use core::hash::{Hash as _, Hasher as _};
use std::hash::DefaultHasher;

use tezio_core::time::Instant;

/// How a moment begins in debugging output.
const MOMENT: &str = "Instant(";

/// The fingerprint of all that `state` shows. Two states that differ in nothing but how late it is have
/// the same.
pub(crate) fn of(state: &impl Debug, now: Instant) -> u128 {
    let mut shown = String::with_capacity(4096);
    // Nothing that is written to memory fails.
    let _ = write!(shown, "{state:?}");
    let mut hashers = [DefaultHasher::new(), DefaultHasher::new()];
    hashers[1].write_u8(1);
    for hasher in &mut hashers {
        let mut parts = shown.split(MOMENT);
        parts.next().hash(hasher);
        for part in parts {
            let (time, rest) = part.split_once(')').unwrap_or((part, ""));
            let time = time.parse::<u64>().unwrap_or(0);
            time.wrapping_sub(now.as_millis()).hash(hasher);
            rest.hash(hasher);
        }
    }
    let [high, low] = hashers.map(|hasher| u128::from(hasher.finish()));
    high << 64 | low
}
