//! Time as the core knows it: whole milliseconds that the caller counts, and the date.
//!
//! Nothing in this crate reads a clock. Deadlines go by [`Instant`], which never goes back and starts
//! anywhere. Only the guard against levels of the far future asks for the date, [`UnixSeconds`]; it may
//! jump, and may be missing.

/// A moment, in milliseconds since a start of the caller's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The moment `millis` milliseconds after the start.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the start.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The moment `millis` milliseconds later.
    #[must_use]
    pub fn plus_millis(self, millis: u32) -> Self {
        Self(self.0.saturating_add(u64::from(millis)))
    }
}

/// A date, in seconds since 1970 began (UTC).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct UnixSeconds(pub u64);
