//! Where signing starts: the marks that a configuration file sets.

use anyhow::{Result, ensure};
use tezio_core::policy::Policy;
use tezio_core::tezos::{ChainId, ConsensusKind, PublicKeyHash};
use tezio_core::watermark::{Mark, Watermark};

use super::file::Config;

impl Config {
    /// One starting mark for each chain, key and kind that `high_water_marks` speaks of.
    ///
    /// # Errors
    ///
    /// When it speaks of a key that is not served.
    pub(super) fn starting_marks(&self, policy: &Policy) -> Result<Vec<(Watermark, Mark)>> {
        let mut marks = Vec::new();
        for start in &self.high_water_marks {
            if let Some(key) = &start.key {
                ensure!(
                    policy.position(&key.0).is_some(),
                    "high_water_marks names {}, which is not among keys",
                    key.0
                );
            }
            let chain = start.chain.0;
            let mark = Mark {
                level: start.level.0,
                round: start.round.0,
            };
            for watermark in watermarks(chain, policy, start.key.as_ref().map(|key| key.0)) {
                let wanted = start.kind.is_none_or(|kind| kind.0 == watermark.kind);
                if wanted {
                    marks.push((watermark, mark));
                }
            }
        }
        Ok(marks)
    }
}

/// Every watermark of one key, or of all keys that may sign consensus messages, on `chain`.
fn watermarks(
    chain: ChainId,
    policy: &Policy,
    key: Option<PublicKeyHash>,
) -> impl Iterator<Item = Watermark> {
    let hashes = policy.keys.iter().map(|key| key.hash);
    hashes
        .filter(move |hash| key.is_none_or(|key| key == *hash))
        .flat_map(move |key| ConsensusKind::ALL.map(|kind| Watermark { chain, key, kind }))
}
