//! The configuration: no text ends the daemon, and what is accepted is a policy that refuses by default.
//!
//! The daemon is a program and has no library, so its room is built once more here, from the same files.
//!
//! Input: the text of a file.

#![no_main]

use std::path::Path;

#[path = "../../app/src/config/mod.rs"]
#[expect(dead_code, reason = "the daemon uses all of it")]
mod config;

#[path = "../../app/src/round.rs"]
#[expect(dead_code, reason = "the daemon uses all of it")]
mod round;

/// What the configuration's room uses of the daemon.
mod state {
    /// Whose marks are kept.
    #[derive(Debug)]
    pub(crate) enum Marks {
        Board,
        Simulated,
    }
}

use config::Config;
use tezio_core::policy::{KeyPolicy, Policy};
use tezio_core::signer::Signer;
use tezio_core::tezos::MagicByte;
use tezio_core::watermark::{Ledger, Marks};
use tezio_simulation::toy::Toy;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let folder = Path::new("/nowhere");
    let Ok(config) = Config::parse(text, folder) else {
        return;
    };
    let shown = format!("{config:?}");
    let again = Config::parse(&format!("// once more\n{text}\n"), folder);
    assert_eq!(again.map(|config| format!("{config:?}")).ok(), Some(shown));
    check_strict(text, folder);
    check_policy(&config.policy);
    for (watermark, _) in &config.starting_marks {
        assert!(config.policy.position(&watermark.key).is_some());
    }
    assert!(!config.listen.is_empty() && !config.hsms.is_empty());
    assert!(config.state.starts_with(folder) || config.state.is_absolute());
    // Made, or refused for a key that is no point; toy keys for tz4 there are none.
    let _ = Signer::<_, 4, 64>::new(
        config.policy,
        config.times,
        Toy,
        Ledger::new(Marks::new(), 0),
    );
});

/// A field that does not exist, a field given twice or a bracket that is missing is noticed.
fn check_strict(text: &str, folder: &Path) {
    let last = text.rfind(')').expect("accepted without a bracket");
    let cut = &text[..last];
    assert!(Config::parse(cut, folder).is_err());
    let comma = if cut.trim_end().ends_with(',') {
        ""
    } else {
        ","
    };
    for extra in ["nobody_knows_this: 1", "state: \"twice\""] {
        assert!(
            Config::parse(&format!("{cut}\n{comma}{extra})"), folder).is_err(),
            "{extra}"
        );
    }
}

fn check_policy(policy: &Policy) {
    assert!(!policy.keys.is_empty());
    for (at, key) in policy.keys.iter().enumerate() {
        assert_eq!(policy.position(&key.hash), Some(at));
        assert!(!key.homes.is_empty());
        assert!(
            key.homes
                .iter()
                .all(|(_, alias)| alias.curve() == key.hash.curve())
        );
        check_magic_bytes(policy, key);
        check_authentication(policy, key);
    }
}

fn check_magic_bytes(policy: &Policy, key: &KeyPolicy) {
    let allowed = (0..=u8::MAX)
        .map(MagicByte)
        .filter(|byte| policy.allows(key, *byte));
    for byte in allowed {
        assert!(MagicByte::SIGNABLE.contains(&byte), "{byte} allowed");
    }
}

fn check_authentication(policy: &Policy, key: &KeyPolicy) {
    if policy.needs_authentication(key) {
        let mut hashes = policy.authorized_keys.iter().map(|key| key.hash());
        assert!(
            hashes.any(|hash| key.is_authorized_by(&hash)),
            "nobody can use {}",
            key.hash
        );
    }
}
