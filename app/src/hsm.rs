//! An HSM as the daemon names it, and the way to the task at its port.

use smol::channel::Sender;
use tezio_core::policy::HsmId;
use tezio_core::signer::Notice;

/// What the task at a port is told.
#[derive(Debug)]
pub(crate) enum PortOrder {
    /// Write these bytes in one go.
    Write(Vec<u8>),
    /// Close the port and open it again.
    Reopen,
}

/// An HSM as the driver knows it.
#[derive(Debug)]
pub(crate) struct Hsm {
    /// What it is called in the log.
    pub(crate) name: String,
    /// Which one it is, as configured.
    pub(crate) wanted: String,
    /// The way to the task at its port.
    pub(crate) port: Sender<PortOrder>,
}

impl Hsm {
    /// Passes an order on to its port.
    pub(crate) fn order(&self, order: PortOrder) {
        if self.port.try_send(order).is_err() {
            tracing::error!("a fault of this program: the task at the HSM's port is gone");
        }
    }

    /// Tells the operator what it went through.
    pub(crate) fn announce(&self, notice: &Notice) {
        let hsm = &self.name;
        match notice {
            Notice::Ready => tracing::info!(hsm, "HSM ready: its keys are the configured ones"),
            Notice::PassedOver(fault) => {
                tracing::warn!(hsm, %fault, "HSM failed at a request, which goes elsewhere or waits");
            }
            Notice::LastingMarks(true) => {
                tracing::info!(hsm, "HSM keeps its own marks in flash from now on");
            }
            Notice::LastingMarks(false) => tracing::warn!(
                hsm,
                "lasting_marks: this HSM cannot keep marks of its own in flash; it serves without"
            ),
            Notice::Unusable(fault) => tracing::warn!(hsm, %fault, "HSM cannot be used"),
        }
    }
}

/// Does something with the HSM of a number; the signer has given out no other.
pub(crate) fn with(hsms: &[Hsm], number: HsmId, act: impl FnOnce(&Hsm)) {
    if let Some(hsm) = hsms.get(usize::from(number.0)) {
        act(hsm);
    }
}
