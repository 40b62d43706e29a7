//! Metrics: what happened, counted, and what is, read off the signer when somebody looks.
//!
//! ```text
//! request, notice, port, journal -> counters, resolved at the start -> a scrape -> text
//! ```
//!
//! Durations are in seconds, moments in seconds since 1970, as is the custom of Prometheus. Every label
//! takes its values from the configuration or from a closed list, and nothing that a client sends
//! becomes one: a client can make counters rise and no series. All series that can be known are there
//! from the start, at zero, so that rates and alarms begin with the first event.
//!
//! Counting costs the thread that signs a few dozen nanoseconds per number and waits for nobody. Turning
//! it all into text is done elsewhere: [`Snapshot`] can be taken to another thread.

mod audit;
mod connections;
mod family;
mod fault;
mod hsms;
mod journal;
mod process;
mod requests;
mod signing;
mod standing;

use anyhow::Result;
use prometheus::{Histogram, IntCounter, Registry, TextEncoder};
use tezio_core::crypto::{Verify, VerifyBls};
use tezio_core::octez::Reply;
use tezio_core::policy::{HsmId, Policy};
use tezio_core::signer::{Notice, Signer};

use crate::asked::{Asked, Phases};
use crate::audit::Audit;
use crate::config::Config;

use audit::AuditMetrics;
pub(crate) use connections::Connections;
use family::Families;
use hsms::Hsms;
pub(crate) use hsms::{PortEnd, PortMetrics};
pub(crate) use journal::JournalMetrics;
use process::Process;
use requests::Requests;
use signing::Signing;
use standing::Standing;

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Requests,
    signing: Signing,
    hsms: Hsms,
    connections: Connections,
    journal: JournalMetrics,
    audit: AuditMetrics,
    standing: Standing,
    thread_late: Histogram,
    reloads: [IntCounter; 2],
    process: Process,
}

/// Everything at one moment, to be written out on any thread.
#[derive(Debug)]
pub(crate) struct Snapshot {
    registry: Registry,
    process: Process,
}

impl Metrics {
    /// All at zero, with a series for everything that `config` lets happen.
    ///
    /// # Errors
    ///
    /// When two have one name, which a test would have seen.
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let registry = Registry::new();
        let families = Families::new(&registry);
        introduce(&families)?;
        let reloads = families.counters(
            "tezio_reloads_total",
            "Times that certificates and configuration were read again, by whether all of it was sound",
            &["outcome"],
        )?;
        Ok(Self {
            requests: Requests::new(&families, config)?,
            signing: Signing::new(&families, config)?,
            hsms: Hsms::new(&families, config)?,
            connections: Connections::new(&families)?,
            journal: JournalMetrics::new(&families)?,
            audit: AuditMetrics::new(&families)?,
            standing: Standing::new(&families, config)?,
            thread_late: families.histogram(
                "tezio_thread_late_seconds",
                "How late the thread that signs came to a timer, looked at once a second",
                &LATENESS,
            )?,
            reloads: ["failed", "done"].map(|outcome| reloads.with_label_values(&[outcome])),
            process: Process::new(&families)?,
            registry,
        })
    }

    /// Counts a request that was answered.
    pub(crate) fn answered(&mut self, asked: &Asked, phases: &Phases, reply: &Reply) {
        self.requests.answered(asked, phases, reply);
        match (reply, &asked.sign) {
            (Reply::Signature(_), Some(sign)) => self.signing.signed(sign, phases),
            (Reply::Refused(refusal), _) if !self.requests.is_late(phases, refusal) => {
                self.hsms.refused(asked.hsm(), refusal);
            }
            _ => {}
        }
    }

    /// Counts a request whose client went away before its answer.
    pub(crate) fn gone(&self, asked: &Asked) {
        self.requests.gone(asked);
    }

    /// Counts a signature for which nobody waited any more.
    pub(crate) fn unclaimed(&self) {
        self.requests.unclaimed();
    }

    /// Counts what an HSM went through.
    pub(crate) fn noticed(&self, hsm: HsmId, notice: &Notice) {
        self.hsms.noticed(hsm, notice);
    }

    /// Counts that certificates and configuration were read again, and whether all of it was sound.
    pub(crate) fn reloaded(&self, sound: bool) {
        self.reloads[usize::from(sound)].inc();
    }

    /// Begins the series of what a new policy allows.
    pub(crate) fn expect(&mut self, policy: &Policy) {
        self.signing.expect(policy);
    }

    /// What counts at the port of an HSM.
    pub(crate) fn port(&self, hsm: HsmId) -> PortMetrics {
        self.hsms.port(hsm)
    }

    /// What counts in the journal's thread.
    pub(crate) fn journal(&self) -> JournalMetrics {
        self.journal.clone()
    }

    /// What counts where clients come in.
    pub(crate) fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// Where it is counted how late the thread is.
    pub(crate) fn thread_late(&self) -> Histogram {
        self.thread_late.clone()
    }

    /// Takes over how the audit log does.
    pub(crate) fn see_audit(&self, audit: &Audit) {
        self.audit.see(audit);
    }

    /// Everything, with what is to be seen of `signer` now; `is_ready` as `/readyz` says.
    pub(crate) fn snapshot<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize>(
        &mut self,
        signer: &Signer<V, JOBS, MARKS>,
        is_ready: bool,
    ) -> Snapshot {
        self.hsms.see(signer.hsms().map(|(_, trouble)| trouble));
        self.standing.see(signer, is_ready);
        Snapshot {
            registry: self.registry.clone(),
            process: self.process.clone(),
        }
    }
}

impl Snapshot {
    /// All of it as text. Reads files of the system, and takes a while.
    ///
    /// # Errors
    ///
    /// When it cannot be put into text.
    pub(crate) fn text(&self) -> Result<String> {
        self.process.look();
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }
}

/// From what nobody notices to what the watchdog does.
const LATENESS: [f64; 8] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Says which program this is.
fn introduce(families: &Families<'_>) -> Result<()> {
    let info = families.gauges(
        "tezio_build_info",
        "Always 1; the version is in the label",
        &["version"],
    )?;
    info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    Ok(())
}
