//! The audit log: whether its disk keeps up.

use anyhow::Result;
use prometheus::{IntCounter, IntGauge};

use super::family::Families;
use crate::audit::Audit;

/// What is seen of the audit log.
#[derive(Debug)]
pub(super) struct AuditMetrics {
    lost: IntCounter,
    failing: IntGauge,
}

impl AuditMetrics {
    pub(super) fn new(families: &Families<'_>) -> Result<Self> {
        Ok(Self {
            lost: families.counter(
                "tezio_audit_entries_lost_total",
                "Entries that the audit log lost, because its disk did not take them in time",
            )?,
            failing: families.gauge(
                "tezio_audit_failing",
                "Whether the audit log's disk takes no entries now; signing goes on",
            )?,
        })
    }

    /// Looks at the log.
    pub(super) fn see(&self, audit: &Audit) {
        self.lost
            .inc_by(audit.lost().saturating_sub(self.lost.get()));
        self.failing.set(audit.is_failing().into());
    }
}
