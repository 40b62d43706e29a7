//! Connections: how many are open at each front end, how many came, how many were not heard, and until
//! when those that are encrypted can be.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use prometheus::{Gauge, IntCounter, IntGauge};

use super::family::Families;
use crate::asked::FrontEnd;

/// The connections of clients.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    /// By front end.
    fronts: [Series; 4],
    expiry: Gauge,
}

#[derive(Clone, Debug)]
struct Series {
    open: IntGauge,
    came: IntCounter,
    /// Turned away because their peer had its share, and as strangers.
    unshared: IntCounter,
    strangers: IntCounter,
}

/// A connection that counts as open while this lives.
#[derive(Debug)]
pub(crate) struct Open(IntGauge);

impl Connections {
    pub(super) fn new(families: &Families<'_>) -> Result<Self> {
        let open = families.gauges(
            "tezio_connections",
            "Connections of clients that are open",
            &["front"],
        )?;
        let came = families.counters(
            "tezio_connections_total",
            "Connections of clients that were taken",
            &["front"],
        )?;
        let turned_away = families.counters(
            "tezio_connections_turned_away_total",
            "Connections closed unheard, because their peer had its share or too many strangers were \
             knocking",
            &["front", "reason"],
        )?;
        let series = |front: &str| Series {
            open: open.with_label_values(&[front]),
            came: came.with_label_values(&[front]),
            unshared: turned_away.with_label_values(&[front, "share"]),
            strangers: turned_away.with_label_values(&[front, "stranger"]),
        };
        Ok(Self {
            fronts: FrontEnd::ALL.map(|front| series(front.name())),
            expiry: families.moment(
                "tezio_certificate_expiry_timestamp_seconds",
                "When the first of the HTTPS certificates in use expires; 0 without HTTPS",
            )?,
        })
    }

    /// Counts a connection that was taken.
    pub(crate) fn open(&self, front: FrontEnd) -> Open {
        let series = &self.fronts[front as usize];
        series.came.inc();
        series.open.inc();
        Open(series.open.clone())
    }

    /// Counts a connection of somebody who may not ask, closed because enough of those are being told so.
    pub(crate) fn stranger(&self, front: FrontEnd) {
        self.fronts[front as usize].strangers.inc();
    }

    /// So many connections have been closed since the start because their peers had their share.
    pub(crate) fn unshared(&self, front: FrontEnd, since_start: u64) {
        let counter = &self.fronts[front as usize].unshared;
        counter.inc_by(since_start.saturating_sub(counter.get()));
    }

    /// The first certificate in use expires then.
    pub(crate) fn expire(&self, first: Option<SystemTime>) {
        let since = first.and_then(|first| first.duration_since(UNIX_EPOCH).ok());
        self.expiry.set(since.unwrap_or_default().as_secs_f64());
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
