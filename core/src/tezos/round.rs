//! A round: a number of 31 bits.

/// An attempt at a level in its chain: 0 to 2³¹−1, as Octez' signed 32-bit integers have it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Round(u32);

impl Round {
    /// The first round.
    pub const ZERO: Self = Self(0);

    /// A round from a number; `None` from 2³¹ on, which is negative on the wire.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number <= 0x7fff_ffff {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Round {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("a round is at most 2147483647")
    }
}

impl From<Round> for u32 {
    fn from(round: Round) -> Self {
        round.0
    }
}

impl core::fmt::Display for Round {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}
