//! The three kinds of message that a baker must never sign twice.

use super::MagicByte;

/// What a consensus message is. Each kind has a watermark of its own.
///
/// Attestations with and without DAL content are one kind: the protocol punishes two of them at one
/// level and round all the same.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum ConsensusKind {
    /// A block header, magic byte 0x11.
    Block,
    /// A preattestation, magic byte 0x12.
    Preattestation,
    /// An attestation, magic byte 0x13.
    Attestation,
}

impl ConsensusKind {
    /// All three, in the order of their magic bytes.
    pub const ALL: [Self; 3] = [Self::Block, Self::Preattestation, Self::Attestation];

    /// The magic byte that begins a message of this kind.
    #[must_use]
    pub const fn magic_byte(self) -> MagicByte {
        match self {
            Self::Block => MagicByte::BLOCK,
            Self::Preattestation => MagicByte::PREATTESTATION,
            Self::Attestation => MagicByte::ATTESTATION,
        }
    }

    /// The kind that a magic byte announces, if it announces one.
    #[must_use]
    pub const fn from_magic_byte(byte: MagicByte) -> Option<Self> {
        match byte {
            MagicByte::BLOCK => Some(Self::Block),
            MagicByte::PREATTESTATION => Some(Self::Preattestation),
            MagicByte::ATTESTATION => Some(Self::Attestation),
            _ => None,
        }
    }
}

impl core::fmt::Display for ConsensusKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Block => "block",
            Self::Preattestation => "preattestation",
            Self::Attestation => "attestation",
        })
    }
}
