//! Faults: the label of what is wrong with an HSM. A closed list.

use tezio_core::hsm::LinkFault;
use tezio_core::verdict::HsmFault;

/// Every label that [`fault`] gives.
pub(super) const FAULTS: [&str; 13] = [
    "not_connected",
    "silent",
    "garbled",
    "foreign",
    "framing",
    "too_large",
    "watermark",
    "status",
    "unexpected",
    "invalid_signature",
    "repeated_nonce",
    "wrong_key",
    "invalid_key",
];

/// The label of what is wrong with an HSM.
pub(super) const fn fault(fault: &HsmFault) -> &'static str {
    match fault {
        HsmFault::Link(LinkFault::NotConnected) => "not_connected",
        HsmFault::Link(LinkFault::Silent) => "silent",
        HsmFault::Link(LinkFault::Garbled) => "garbled",
        HsmFault::Link(LinkFault::Foreign(_)) => "foreign",
        HsmFault::Link(LinkFault::Framing(_)) => "framing",
        HsmFault::Link(LinkFault::TooLarge) => "too_large",
        HsmFault::Status(status) if status.is_watermark_refusal() => "watermark",
        HsmFault::Status(_) => "status",
        HsmFault::Unexpected => "unexpected",
        HsmFault::InvalidSignature => "invalid_signature",
        HsmFault::RepeatedNonce => "repeated_nonce",
        HsmFault::WrongKey { .. } => "wrong_key",
        HsmFault::InvalidKey(_) => "invalid_key",
    }
}
