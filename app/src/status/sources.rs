//! Where a status is read off: what the driver knows, borrowed for the moment.

use std::collections::HashMap;

use tezio_core::signer::RequestId;

use super::{History, Warning};
use crate::asked::Asked;
use crate::audit::Audit;
use crate::certificates::Certificates;
use crate::hsm;
use crate::signer::DaemonSigner;

/// What messages are called that no watermark guards.
pub(super) const OPERATION: &str = "operation";

/// Where a status is read off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) signer: &'a DaemonSigner,
    pub(crate) hsms: &'a [hsm::Hsm],
    /// Requests without an answer.
    pub(crate) asked: &'a HashMap<RequestId, Asked>,
    pub(crate) history: &'a History,
    pub(crate) audit: &'a Audit,
    pub(crate) certificates: &'a Certificates,
    /// What the configuration leaves open.
    pub(crate) open_doors: &'a [Warning],
}
