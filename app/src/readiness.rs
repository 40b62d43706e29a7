//! Readiness: whether signing requests can be served, and if not, everything that is in the way.

use core::fmt;

use tezio_core::crypto::{Verify, VerifyBls};
use tezio_core::signer::Signer;

/// What is in the way; nothing when requests can be served.
#[derive(Debug)]
pub(crate) struct Readiness(Vec<String>);

impl Readiness {
    /// Looks at `signer`, whose HSMs have these names.
    pub(crate) fn of<'n, V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize>(
        signer: &Signer<V, JOBS, MARKS>,
        hsms: impl Iterator<Item = &'n str>,
    ) -> Self {
        let mut obstacles = Vec::new();
        if signer.ledger().is_sealed() {
            obstacles.push(
                "high watermarks could not be written: mend the disk and restart the signer"
                    .to_owned(),
            );
        }
        let keys = signer.keys().filter(|(_, served)| !served);
        obstacles.extend(keys.map(|(key, _)| format!("no HSM serves {key}")));
        if !obstacles.is_empty() {
            let troubles = signer.hsms().zip(hsms);
            obstacles.extend(troubles.filter_map(|((_, trouble), name)| {
                trouble.map(|trouble| format!("{name}: {trouble}"))
            }));
        }
        Self(obstacles)
    }

    /// Whether requests can be served.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ready() {
            return writeln!(f, "ready");
        }
        self.0
            .iter()
            .try_for_each(|obstacle| writeln!(f, "{obstacle}"))
    }
}
