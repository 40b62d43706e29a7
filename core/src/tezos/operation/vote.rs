//! What a ballot says of a protocol.

/// For a proposal, against it, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vote {
    /// For it.
    Yay,
    /// Against it.
    Nay,
    /// Neither.
    Pass,
}

impl Vote {
    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Yay),
            1 => Some(Self::Nay),
            2 => Some(Self::Pass),
            _ => None,
        }
    }
}

impl core::fmt::Display for Vote {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Yay => "yay",
            Self::Nay => "nay",
            Self::Pass => "pass",
        })
    }
}
