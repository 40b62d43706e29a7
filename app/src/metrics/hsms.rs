//! HSMs: in which state each is, what it went through, and how often its port came and went.

use anyhow::Result;
use prometheus::{IntCounter, IntGauge};
use tezio_core::hsm::LinkFault;
use tezio_core::policy::HsmId;
use tezio_core::signer::Notice;
use tezio_core::verdict::{HsmFault, Refusal};

use super::family::Families;
use super::fault::{FAULTS, fault};
use crate::config::Config;

/// All HSMs, by number.
#[derive(Debug)]
pub(super) struct Hsms(Vec<Series>);

/// The series of one HSM.
#[derive(Debug)]
struct Series {
    ready: IntGauge,
    /// By [`State`]; one of them is 1.
    states: [IntGauge; 4],
    /// By [`Event`].
    events: [IntCounter; 3],
    /// By [`FAULTS`].
    faults: [IntCounter; FAULTS.len()],
    port: PortMetrics,
}

/// What counts at a port.
#[derive(Clone, Debug)]
pub(crate) struct PortMetrics {
    is_open: IntGauge,
    opened: IntCounter,
    /// By [`PortEnd`].
    closed: [IntCounter; 3],
}

/// Why a port was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortEnd {
    /// It is gone: unplugged, most of the time.
    Lost,
    /// It took no bytes.
    Unwritable,
    /// What came over it was nothing sensible, so that it is opened anew.
    OutOfStep,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Ready,
    Starting,
    Unusable,
    Absent,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Ready,
    Unusable,
    Failed,
}

impl Hsms {
    pub(super) fn new(families: &Families<'_>, config: &Config) -> Result<Self> {
        let ready = families.gauges(
            "tezio_hsm_ready",
            "Whether an HSM is there and has shown its keys",
            &["hsm"],
        )?;
        let states = families.gauges(
            "tezio_hsm_state",
            "1 for the state that an HSM is in, 0 for the others",
            &["hsm", "state"],
        )?;
        let events = families.counters(
            "tezio_hsm_events_total",
            "How often an HSM became ready, became unusable, or failed at a request",
            &["hsm", "event"],
        )?;
        let faults = families.counters(
            "tezio_hsm_faults_total",
            "What was wrong when an HSM became unusable or failed at a request",
            &["hsm", "fault"],
        )?;
        let is_open = families.gauges(
            "tezio_hsm_port_open",
            "Whether the port of an HSM is open",
            &["hsm"],
        )?;
        let opened = families.counters(
            "tezio_hsm_port_opened_total",
            "How often the port of an HSM was opened: once, and once for each reconnect",
            &["hsm"],
        )?;
        let closed = families.counters(
            "tezio_hsm_port_closed_total",
            "How often the port of an HSM was closed, by reason; it is opened again as soon as that \
             can be done",
            &["hsm", "reason"],
        )?;
        let series = |hsm: &str| Series {
            ready: ready.with_label_values(&[hsm]),
            states: ["ready", "starting", "unusable", "absent"]
                .map(|state| states.with_label_values(&[hsm, state])),
            events: ["ready", "unusable", "failed"]
                .map(|event| events.with_label_values(&[hsm, event])),
            faults: FAULTS.map(|fault| faults.with_label_values(&[hsm, fault])),
            port: PortMetrics {
                is_open: is_open.with_label_values(&[hsm]),
                opened: opened.with_label_values(&[hsm]),
                closed: ["lost", "unwritable", "out_of_step"]
                    .map(|reason| closed.with_label_values(&[hsm, reason])),
            },
        };
        let names = config.hsms.iter().map(|hsm| hsm.name.as_str());
        Ok(Self(names.map(series).collect()))
    }

    /// Counts what an HSM went through.
    pub(super) fn noticed(&self, hsm: HsmId, notice: &Notice) {
        let Some(series) = self.of(hsm) else { return };
        match notice {
            Notice::Ready => series.count(Event::Ready),
            Notice::Unusable(fault) => series.failed(Event::Unusable, fault),
            Notice::PassedOver(fault) => series.failed(Event::Failed, fault),
            Notice::LastingMarks(_) => {}
        }
    }

    /// Counts a request that was refused for what an HSM made of it.
    pub(super) fn refused(&self, hsm: Option<HsmId>, refusal: &Refusal) {
        if let (Some(hsm), Refusal::Hsm(fault)) = (hsm, refusal)
            && let Some(series) = self.of(hsm)
        {
            series.failed(Event::Failed, fault);
        }
    }

    /// Takes over why each HSM cannot be used now, if that is so; by number.
    pub(super) fn see(&self, troubles: impl Iterator<Item = Option<HsmFault>>) {
        for (series, trouble) in self.0.iter().zip(troubles) {
            let is_open = series.port.is_open.get() == 1;
            series.ready.set(trouble.is_none().into());
            let state = State::of(trouble.as_ref(), is_open) as usize;
            for (at, gauge) in series.states.iter().enumerate() {
                gauge.set((at == state).into());
            }
        }
    }

    pub(super) fn port(&self, hsm: HsmId) -> PortMetrics {
        self.0[usize::from(hsm.0)].port.clone()
    }

    fn of(&self, hsm: HsmId) -> Option<&Series> {
        self.0.get(usize::from(hsm.0))
    }
}

impl Series {
    fn count(&self, event: Event) {
        self.events[event as usize].inc();
    }

    fn failed(&self, event: Event, what: &HsmFault) {
        self.count(event);
        let name = fault(what);
        if let Some(at) = FAULTS.iter().position(|known| *known == name) {
            self.faults[at].inc();
        }
    }
}

impl State {
    const fn of(trouble: Option<&HsmFault>, is_open: bool) -> Self {
        match trouble {
            None => Self::Ready,
            Some(HsmFault::Link(LinkFault::NotConnected)) if is_open => Self::Starting,
            Some(HsmFault::Link(LinkFault::NotConnected)) => Self::Absent,
            Some(_) => Self::Unusable,
        }
    }
}

impl PortMetrics {
    pub(crate) fn opened(&self) {
        self.is_open.set(1);
        self.opened.inc();
    }

    pub(crate) fn closed(&self, end: PortEnd) {
        self.is_open.set(0);
        self.closed[end as usize].inc();
    }
}
