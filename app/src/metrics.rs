//! Metrics: what happened, counted, and what is, read off the signer when somebody looks.
//!
//! Durations are in seconds, moments in seconds since 1970, as is the custom of Prometheus.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use tezio_core::crypto::{Verify, VerifyBls};
use tezio_core::octez::Reply;
use tezio_core::signer::{Notice, Signer};
use tezio_core::tezos::PublicKeyHash;

use crate::asked::{Asked, SignRequest};
use crate::reason::Reason;

/// From a millisecond to the length of a block.
const BUCKETS: [f64; 13] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 5.0,
];

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    refusals: IntCounterVec,
    seconds: HistogramVec,
    last_signature: GaugeVec,
    hsm_notices: IntCounterVec,
    hsm_ready: IntGaugeVec,
    key_ready: IntGaugeVec,
    level: IntGaugeVec,
    round: IntGaugeVec,
    sealed: IntGauge,
    under_way: IntGauge,
}

impl Metrics {
    /// All at zero.
    ///
    /// # Errors
    ///
    /// When two have one name, which a test would have seen.
    pub(crate) fn new() -> Result<Self> {
        let registry = Registry::new();
        let metrics = Self {
            requests: counters(
                &registry,
                "tezio_requests_total",
                "Requests answered, by front end, what was asked and how it ended",
                &["front", "request", "outcome"],
            )?,
            refusals: counters(
                &registry,
                "tezio_refusals_total",
                "Requests refused, by reason",
                &["reason"],
            )?,
            seconds: phases(&registry)?,
            last_signature: moments(&registry)?,
            hsm_notices: counters(
                &registry,
                "tezio_hsm_events_total",
                "How often an HSM became ready, became unusable, or failed at a request",
                &["hsm", "event"],
            )?,
            hsm_ready: gauges(
                &registry,
                "tezio_hsm_ready",
                "Whether an HSM is there, in step, and has shown its keys",
                &["hsm"],
            )?,
            key_ready: gauges(
                &registry,
                "tezio_key_ready",
                "Whether an HSM that holds this key can be used",
                &["key"],
            )?,
            level: gauges(
                &registry,
                "tezio_watermark_level",
                "Level of a high watermark",
                &["chain", "key", "kind"],
            )?,
            round: gauges(
                &registry,
                "tezio_watermark_round",
                "Round of a high watermark",
                &["chain", "key", "kind"],
            )?,
            sealed: gauge(
                &registry,
                "tezio_store_failed",
                "Whether the disk failed, so that no consensus message is signed before a restart",
            )?,
            under_way: gauge(
                &registry,
                "tezio_signing_requests_under_way",
                "Signing requests that wait for an HSM, are at one, or wait for the disk",
            )?,
            registry,
        };
        metrics.introduce()?;
        Ok(metrics)
    }

    /// Says which program this is.
    fn introduce(&self) -> Result<()> {
        let info = gauges(
            &self.registry,
            "tezio_build_info",
            "Always 1; the version is in the label",
            &["version"],
        )?;
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(())
    }

    /// Counts a request that was answered.
    pub(crate) fn answered(&self, asked: &Asked, reply: &Reply) {
        let front = asked.client.front.name();
        let request = asked.sign.as_ref().map_or("other", |_| "sign");
        let outcome = if let Reply::Refused(refusal) = reply {
            self.refusals
                .with_label_values(&[Reason::of(refusal).name()])
                .inc();
            "refused"
        } else {
            "answered"
        };
        let labels = [front, request, outcome];
        self.requests.with_label_values(&labels).inc();
        if let (Some(sign), "answered") = (&asked.sign, outcome) {
            self.signed(asked, sign);
        }
    }

    fn signed(&self, asked: &Asked, sign: &SignRequest) {
        let phases = asked.phases();
        for (phase, took) in [
            ("queue", phases.queue),
            ("hsm", phases.hsm),
            ("store", phases.store),
            ("total", Some(phases.total)),
        ] {
            if let Some(took) = took {
                let seconds = self.seconds.with_label_values(&[phase]);
                seconds.observe(took.as_secs_f64());
            }
        }
        let kind = sign
            .kind
            .map_or_else(|| "other".to_owned(), |kind| kind.to_string());
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        self.last_signature
            .with_label_values(&[&sign.key.to_string(), &kind])
            .set(now.unwrap_or_default().as_secs_f64());
    }

    /// Counts what an HSM went through.
    pub(crate) fn noticed(&self, hsm: &str, notice: &Notice) {
        let event = match notice {
            Notice::Ready => "ready",
            Notice::Unusable(_) => "unusable",
            Notice::PassedOver(_) => "failed",
            Notice::LastingMarks(_) => return,
        };
        self.hsm_notices.with_label_values(&[hsm, event]).inc();
    }

    /// All of it as text, with what `signer` knows now; `hsms` are the HSMs' names.
    ///
    /// # Errors
    ///
    /// When it cannot be put into text.
    pub(crate) fn text<'n, V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize>(
        &self,
        signer: &Signer<V, JOBS, MARKS>,
        hsms: impl Iterator<Item = &'n str>,
    ) -> Result<String> {
        for ((_, trouble), name) in signer.hsms().zip(hsms) {
            let ready = i64::from(trouble.is_none());
            self.hsm_ready.with_label_values(&[name]).set(ready);
        }
        for (key, served) in signer.keys() {
            let key = key.to_string();
            let ready = i64::from(served);
            self.key_ready.with_label_values(&[&key]).set(ready);
        }
        for record in signer.ledger().marks() {
            let watermark = record.watermark;
            let chain = watermark.chain.to_string();
            let (key, kind) = (watermark.key.to_string(), watermark.kind.to_string());
            let labels = [chain.as_str(), &key, &kind];
            let (level, round) = (record.mark.level.number(), record.mark.round.number());
            self.level.with_label_values(&labels).set(level.into());
            self.round.with_label_values(&labels).set(round.into());
        }
        self.sealed.set(signer.ledger().is_sealed().into());
        let under_way = i64::try_from(signer.under_way()).unwrap_or(i64::MAX);
        self.under_way.set(under_way);
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }

    /// Begins the series of a key, so that it is there before the first signature.
    pub(crate) fn expect(&self, keys: impl Iterator<Item = PublicKeyHash>) {
        for key in keys {
            self.key_ready.with_label_values(&[&key.to_string()]).set(0);
        }
    }
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
    let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(counters.clone()))?;
    Ok(counters)
}

fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
    let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(gauges.clone()))?;
    Ok(gauges)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge> {
    let gauge = IntGauge::new(name, help)?;
    registry.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn phases(registry: &Registry) -> Result<HistogramVec> {
    let options = HistogramOpts::new(
        "tezio_signing_seconds",
        "What a signature took: waiting for an HSM, at the HSM and verified, stored, in all",
    );
    let histograms = HistogramVec::new(options.buckets(BUCKETS.to_vec()), &["phase"])?;
    registry.register(Box::new(histograms.clone()))?;
    Ok(histograms)
}

fn moments(registry: &Registry) -> Result<GaugeVec> {
    let options = Opts::new(
        "tezio_last_signature_timestamp_seconds",
        "When a key last signed",
    );
    let gauges = GaugeVec::new(options, &["key", "kind"])?;
    registry.register(Box::new(gauges.clone()))?;
    Ok(gauges)
}
