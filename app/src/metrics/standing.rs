//! What stands at the moment of a look: readiness, keys, marks, checks, the queue, the log.

use std::collections::HashMap;

use anyhow::Result;
use prometheus::{IntCounter, IntGauge, IntGaugeVec};
use tezio_core::crypto::{Verify, VerifyBls};
use tezio_core::policy::Switches;
use tezio_core::signer::Signer;
use tezio_core::tezos::{PublicKeyHash, Round};
use tezio_core::watermark::{Record, Watermark};

use super::family::Families;
use crate::config::Config;
use crate::log;

/// The gauges.
#[derive(Debug)]
pub(super) struct Standing {
    ready: IntGauge,
    key_ready: IntGaugeVec,
    keys: HashMap<PublicKeyHash, IntGauge>,
    level: IntGaugeVec,
    round: IntGaugeVec,
    /// Level and round of each mark.
    marks: HashMap<Watermark, [IntGauge; 2]>,
    sealed: IntGauge,
    under_way: IntGauge,
    checks: [IntGauge; 4],
    lost_lines: IntCounter,
}

impl Standing {
    pub(super) fn new(families: &Families<'_>, config: &Config) -> Result<Self> {
        let checks = families.gauges(
            "tezio_check_enabled",
            "Whether a check is switched on in the configuration",
            &["check"],
        )?;
        let jumps = checks.with_label_values(&["level_jump_check"]);
        jumps.set(config.jumps.is_some().into());
        announce_rounds(families, config)?;
        Ok(Self {
            ready: families.gauge(
                "tezio_ready",
                "Whether every key can be signed with, as /readyz says",
            )?,
            key_ready: families.gauges(
                "tezio_key_ready",
                "Whether an HSM that holds this key can be used",
                &["key"],
            )?,
            keys: HashMap::new(),
            level: families.gauges(
                "tezio_watermark_level",
                "Level of a high watermark",
                &["chain", "key", "kind"],
            )?,
            round: families.gauges(
                "tezio_watermark_round",
                "Round of a high watermark",
                &["chain", "key", "kind"],
            )?,
            marks: HashMap::new(),
            sealed: families.gauge(
                "tezio_store_failed",
                "Whether the disk failed, so that no consensus message is signed before a restart",
            )?,
            under_way: families.gauge(
                "tezio_signing_requests_under_way",
                "Signing requests that wait for an HSM, are at one, or wait for the disk",
            )?,
            checks: named(Switches::default()).map(|(name, _)| checks.with_label_values(&[name])),
            lost_lines: families.counter(
                "tezio_log_lines_lost_total",
                "Lines of the log that nobody took in time, or that could not be written",
            )?,
        })
    }

    /// Looks at `signer`.
    pub(super) fn see<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize>(
        &mut self,
        signer: &Signer<V, JOBS, MARKS>,
        is_ready: bool,
    ) {
        self.ready.set(is_ready.into());
        for (key, served) in signer.keys() {
            let family = &self.key_ready;
            let named = || family.with_label_values(&[&key.to_string()]);
            self.keys
                .entry(key)
                .or_insert_with(named)
                .set(served.into());
        }
        for record in signer.ledger().marks() {
            self.mark(record);
        }
        self.sealed.set(signer.ledger().is_sealed().into());
        self.under_way.set(whole(signer.under_way()));
        let switches = named(signer.policy().switches);
        for (gauge, (_, on)) in self.checks.iter().zip(switches) {
            gauge.set(on.into());
        }
        let unseen = log::lost_lines().saturating_sub(self.lost_lines.get());
        self.lost_lines.inc_by(unseen);
    }

    fn mark(&mut self, record: &Record) {
        let watermark = record.watermark;
        let [level, round] = self.marks.entry(watermark).or_insert_with(|| {
            let (chain, key) = (watermark.chain.to_string(), watermark.key.to_string());
            let kind = watermark.kind.to_string();
            let labels = [chain.as_str(), &key, &kind];
            [&self.level, &self.round].map(|family| family.with_label_values(&labels))
        });
        level.set(record.mark.level.number().into());
        round.set(record.mark.round.number().into());
    }
}

/// How long rounds are taken to last, for whoever wonders what shares are of.
fn announce_rounds(families: &Families<'_>, config: &Config) -> Result<()> {
    let seconds = families.moments(
        "tezio_round_duration_seconds",
        "How long a round lasts, by the configuration; each next one is longer by the same",
        &["round"],
    )?;
    for number in [0, 1] {
        let round = Round::new(number).unwrap_or_default();
        let gauge = seconds.with_label_values(&[&number.to_string()]);
        gauge.set(config.rounds.seconds(round));
    }
    Ok(())
}

/// The checks that a policy switches on or off, by the names of their fields.
fn named(switches: Switches) -> [(&'static str, bool); 4] {
    let Switches {
        remote_ip_check,
        auth_check,
        signing_policy_check,
        high_water_mark_check,
    } = switches;
    [
        ("remote_ip_check", remote_ip_check),
        ("auth_check", auth_check),
        ("signing_policy_check", signing_policy_check),
        ("high_water_mark_check", high_water_mark_check),
    ]
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
