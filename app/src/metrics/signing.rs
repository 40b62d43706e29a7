//! Signatures: by key and kind, where their time went, and how much of a round that was.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use prometheus::{Gauge, GaugeVec, Histogram, IntCounter, IntCounterVec};
use tezio_core::policy::{KeyPolicy, Policy};
use tezio_core::tezos::{ConsensusKind, MagicByte, PublicKeyHash};

use super::family::Families;
use crate::asked::{Phases, SignRequest};
use crate::config::Config;
use crate::round::Rounds;

/// From a millisecond to a second, and to where a round of six seconds is as good as over.
const SECONDS: [f64; 15] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 5.0,
];

/// From what nobody notices to two rounds.
const SHARES: [f64; 12] = [
    0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0,
];

const PHASES: [&str; 6] = ["check", "queue", "hsm", "verify", "store", "total"];

/// Where a kind stands below.
const KINDS: [&str; 4] = ["block", "preattestation", "attestation", "other"];

/// The signatures of all keys.
#[derive(Debug)]
pub(super) struct Signing {
    given: IntCounterVec,
    last: GaugeVec,
    /// Those of the policy.
    keys: Vec<(PublicKeyHash, [Option<Series>; 4])>,
    /// By [`PHASES`].
    seconds: [Histogram; 6],
    /// By consensus kind.
    used: [Histogram; 3],
    elapsed: Histogram,
    rounds: Rounds,
}

/// The series of one key and kind.
#[derive(Debug)]
struct Series {
    from_hsm: IntCounter,
    from_record: IntCounter,
    last: Gauge,
}

impl Signing {
    pub(super) fn new(families: &Families<'_>, config: &Config) -> Result<Self> {
        let seconds = families.histograms(
            "tezio_signing_seconds",
            "What a new signature took: checking the request, waiting for an HSM, at the HSM, \
             verifying, storing, in all",
            "phase",
            &SECONDS,
        )?;
        let used = families.histograms(
            "tezio_round_used_ratio",
            "Share of its round that a new signature of a block or vote took, from its request to its \
             answer",
            "kind",
            &SHARES,
        )?;
        let mut signing = Self {
            given: families.counters(
                "tezio_signatures_total",
                "Signatures given, by key and kind: new ones from an HSM, and the same again from the \
                 record",
                &["key", "kind", "source"],
            )?,
            last: families.moments(
                "tezio_last_signature_timestamp_seconds",
                "When a key last made a new signature; 0 if it has not since the start",
                &["key", "kind"],
            )?,
            keys: Vec::new(),
            seconds: PHASES.map(|phase| seconds.with_label_values(&[phase])),
            used: ConsensusKind::ALL.map(|kind| used.with_label_values(&[&kind.to_string()])),
            elapsed: families.histogram(
                "tezio_block_round_elapsed_ratio",
                "Share of its round that had passed when a block's new signature was given, by the \
                 block's own timestamp and this machine's clock; 0 before that time, at most 10",
                &SHARES,
            )?,
            rounds: config.rounds,
        };
        signing.expect(&config.policy);
        Ok(signing)
    }

    /// Begins the series of what a policy allows. Those that are there stay.
    pub(super) fn expect(&mut self, policy: &Policy) {
        for key in &policy.keys {
            let allowed = allowed(policy, key);
            for kind in (0..KINDS.len()).filter(|kind| allowed[*kind]) {
                self.series(key.hash, kind);
            }
        }
    }

    /// Counts a signature that was given.
    pub(super) fn signed(&mut self, sign: &SignRequest, phases: &Phases) {
        let kind = sign.kind.map_or(KINDS.len() - 1, index);
        let is_new = phases.verify.is_some();
        let series = self.series(sign.key, kind);
        if !is_new {
            return series.from_record.inc();
        }
        series.from_hsm.inc();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs_f64();
        series.last.set(now);
        self.took(sign, phases);
        if let (Some(kind), Some(round)) = (sign.kind, sign.round) {
            let share = self.rounds.share(phases.total, round);
            self.used[index(kind)].observe(share);
            if let Some(begun) = sign.begun {
                self.elapsed.observe(self.rounds.elapsed(begun, now, round));
            }
        }
    }

    /// What no mark guards waits for no disk.
    fn took(&self, sign: &SignRequest, phases: &Phases) {
        let took = [
            phases.check,
            phases.queue,
            phases.hsm,
            phases.verify,
            phases.store.filter(|_| sign.kind.is_some()),
            Some(phases.total),
        ];
        for (seconds, took) in self.seconds.iter().zip(took) {
            if let Some(took) = took {
                seconds.observe(took.as_secs_f64());
            }
        }
    }

    /// The series of a key that is served. There are as many as the policy has keys.
    fn series(&mut self, key: PublicKeyHash, kind: usize) -> &Series {
        let found = self.keys.iter().position(|(known, _)| *known == key);
        let at = found.unwrap_or_else(|| {
            self.keys.push((key, [const { None }; 4]));
            self.keys.len() - 1
        });
        self.keys[at].1[kind].get_or_insert_with(|| {
            let (key, kind) = (key.to_string(), KINDS[kind]);
            let given = |source| self.given.with_label_values(&[key.as_str(), kind, source]);
            Series {
                from_hsm: given("hsm"),
                from_record: given("record"),
                last: self.last.with_label_values(&[key.as_str(), kind]),
            }
        })
    }
}

const fn index(kind: ConsensusKind) -> usize {
    match kind {
        ConsensusKind::Block => 0,
        ConsensusKind::Preattestation => 1,
        ConsensusKind::Attestation => 2,
    }
}

/// Which of [`KINDS`] a key may sign.
fn allowed(policy: &Policy, key: &KeyPolicy) -> [bool; 4] {
    let others = (0..=u8::MAX).map(MagicByte);
    let mut others = others.filter(|byte| ConsensusKind::from_magic_byte(*byte).is_none());
    let [block, preattestation, attestation] =
        ConsensusKind::ALL.map(|kind| policy.allows(key, kind.magic_byte()));
    let other = others.any(|byte| policy.allows(key, byte));
    [block, preattestation, attestation, other]
}
