//! What a baker should know who reads nothing else.

use tezio_core::tezos::{Curve, MagicByte};

use super::report::Section;
use crate::config::Config;

/// What holds for this configuration; without one, for any.
pub(super) fn give(config: Option<&Config>) -> Section {
    let mut section = Section::new("For bakers");
    if config.is_none_or(tz3_bakes) {
        section.note(
            "a tz3 key signs blocks: run Octez 25.1 or newer on your own nodes. Of one ECDSA \
             signature anybody can make a second one, and with it a second hash of the same block; \
             from 25.1 on Octez does not take the two for double baking, older nodes do",
        );
    }
    section.note("tz4 (BLS): no Tezio HSM can hold such a key, so it cannot sign for one");
    section
}

fn tz3_bakes(config: &Config) -> bool {
    let policy = &config.policy;
    let mut keys = policy.keys.iter();
    keys.any(|key| key.hash.curve() == Curve::P256 && policy.allows(key, MagicByte::BLOCK))
}
