//! Reasons for a refusal, each by one name: in metrics, in the audit log, and where a refusal is
//! explained.
//!
//! The numbers are in a refusal's own text; here is what holds of all refusals of one kind. What in the
//! configuration decides, and what to do about it, is in [`advice`].

mod advice;

use tezio_core::verdict::{HsmFault, Refusal};
use tezio_core::watermark::WatermarkRefusal;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Peer,
    Malformed,
    Unsupported,
    KnownKeys,
    UnknownKey,
    AuthenticationMissing,
    AuthenticationInvalid,
    MagicByte,
    TooLarge,
    Message,
    Layout,
    Chain,
    Unreadable,
    Operation,
    Client,
    Overspent,
    Below,
    Conflict,
    AtStart,
    Unknown,
    Jump,
    HandedOver,
    Foreign,
    StoreFailed,
    Busy,
    Late,
    HsmLink,
    HsmWatermark,
    HsmStatus,
    HsmUnexpected,
    HsmInvalidSignature,
    HsmRepeatedNonce,
    HsmWrongKey,
}

impl Reason {
    /// All of them, in the order of their declaration.
    pub(crate) const ALL: [Self; Self::HsmWrongKey as usize + 1] = [
        Self::Peer,
        Self::Malformed,
        Self::Unsupported,
        Self::KnownKeys,
        Self::UnknownKey,
        Self::AuthenticationMissing,
        Self::AuthenticationInvalid,
        Self::MagicByte,
        Self::TooLarge,
        Self::Message,
        Self::Layout,
        Self::Chain,
        Self::Unreadable,
        Self::Operation,
        Self::Client,
        Self::Overspent,
        Self::Below,
        Self::Conflict,
        Self::AtStart,
        Self::Unknown,
        Self::Jump,
        Self::HandedOver,
        Self::Foreign,
        Self::StoreFailed,
        Self::Busy,
        Self::Late,
        Self::HsmLink,
        Self::HsmWatermark,
        Self::HsmStatus,
        Self::HsmUnexpected,
        Self::HsmInvalidSignature,
        Self::HsmRepeatedNonce,
        Self::HsmWrongKey,
    ];

    /// That of a refusal.
    pub(crate) const fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Address(_) => Self::Peer,
            Refusal::Malformed(_) => Self::Malformed,
            Refusal::Unsupported(_) => Self::Unsupported,
            Refusal::KnownKeys => Self::KnownKeys,
            Refusal::UnknownKey(_) => Self::UnknownKey,
            Refusal::AuthenticationMissing(_) => Self::AuthenticationMissing,
            Refusal::AuthenticationInvalid => Self::AuthenticationInvalid,
            Refusal::MagicByte { .. } => Self::MagicByte,
            Refusal::TooLarge { .. } => Self::TooLarge,
            Refusal::Message(_) => Self::Message,
            Refusal::Layout { .. } => Self::Layout,
            Refusal::Chain { .. } => Self::Chain,
            Refusal::Unreadable { .. } => Self::Unreadable,
            Refusal::Operation(_) => Self::Operation,
            Refusal::Client(_) => Self::Client,
            Refusal::Overspent { .. } => Self::Overspent,
            Refusal::Watermark(refusal) => Self::of_watermark(refusal),
            Refusal::Busy(_) => Self::Busy,
            Refusal::Late(_) => Self::Late,
            Refusal::Hsm(fault) => Self::of_hsm(fault),
        }
    }

    const fn of_watermark(refusal: &WatermarkRefusal) -> Self {
        match refusal {
            WatermarkRefusal::Below { .. } => Self::Below,
            WatermarkRefusal::Conflict { .. } | WatermarkRefusal::Underway { .. } => Self::Conflict,
            WatermarkRefusal::AtStart { .. } => Self::AtStart,
            WatermarkRefusal::Unknown { .. } => Self::Unknown,
            WatermarkRefusal::Jump { .. } => Self::Jump,
            WatermarkRefusal::HandedOver { .. } => Self::HandedOver,
            WatermarkRefusal::Foreign => Self::Foreign,
            WatermarkRefusal::Sealed => Self::StoreFailed,
        }
    }

    const fn of_hsm(fault: &HsmFault) -> Self {
        match fault {
            HsmFault::Link(_) => Self::HsmLink,
            HsmFault::Status(status) if status.is_watermark_refusal() => Self::HsmWatermark,
            HsmFault::Status(_) => Self::HsmStatus,
            HsmFault::Unexpected => Self::HsmUnexpected,
            HsmFault::InvalidSignature => Self::HsmInvalidSignature,
            HsmFault::RepeatedNonce => Self::HsmRepeatedNonce,
            HsmFault::WrongKey { .. } | HsmFault::InvalidKey(_) => Self::HsmWrongKey,
        }
    }

    /// Its name, for programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::KnownKeys => "known_keys",
            Self::UnknownKey => "unknown_key",
            Self::AuthenticationMissing => "authentication_missing",
            Self::AuthenticationInvalid => "authentication_invalid",
            Self::MagicByte => "magic_byte",
            Self::TooLarge => "too_large",
            Self::Message => "message",
            Self::Layout => "layout",
            Self::Chain => "chain",
            Self::Unreadable => "unreadable",
            Self::Operation => "operation",
            Self::Client => "client",
            Self::Overspent => "overspent",
            Self::Below => "watermark_below",
            Self::Conflict => "watermark_conflict",
            Self::AtStart => "watermark_start",
            Self::Unknown => "watermark_unknown",
            Self::Jump => "watermark_jump",
            Self::HandedOver => "handed_over",
            Self::Foreign => "foreign_signature",
            Self::StoreFailed => "store_failed",
            Self::Busy => "busy",
            Self::Late => "late",
            Self::HsmLink => "hsm_link",
            Self::HsmWatermark => "hsm_watermark",
            Self::HsmStatus => "hsm_status",
            Self::HsmUnexpected => "hsm_unexpected",
            Self::HsmInvalidSignature => "hsm_invalid_signature",
            Self::HsmRepeatedNonce => "hsm_repeated_nonce",
            Self::HsmWrongKey => "hsm_wrong_key",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_reason_has_its_place_and_a_name_of_its_own() {
        let places = Reason::ALL.map(|reason| reason as usize);
        assert!(places.iter().copied().eq(0..Reason::ALL.len()));
        let names: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(Reason::named(reason.name()), Some(reason));
        }
    }
}
