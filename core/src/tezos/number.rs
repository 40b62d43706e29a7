//! Levels and rounds: numbers of 31 bits, as Octez' signed 32-bit integers have them when they are
//! not negative.

/// Declares a number from 0 to 2³¹−1 as a type of its own.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $too_large:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(u32);

        impl $name {
            /// The first.
            pub const ZERO: Self = Self(0);

            /// The last.
            pub const MAX: Self = Self(0x7fff_ffff);

            /// The value of a number; `None` from 2³¹ on, which is negative on the wire.
            #[must_use]
            pub const fn new(number: u32) -> Option<Self> {
                if number <= 0x7fff_ffff {
                    Some(Self(number))
                } else {
                    None
                }
            }

            /// So many later, or the last.
            #[must_use]
            pub fn saturating_add(self, count: u32) -> Self {
                Self(self.0.saturating_add(count)).min(Self::MAX)
            }

            /// So many earlier, or the first.
            #[must_use]
            pub const fn saturating_sub(self, count: u32) -> Self {
                Self(self.0.saturating_sub(count))
            }

            /// The number.
            #[must_use]
            pub const fn number(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = &'static str;

            fn try_from(number: u32) -> Result<Self, Self::Error> {
                Self::new(number).ok_or($too_large)
            }
        }

        impl From<$name> for u32 {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// A block's height in its chain.
    Level,
    "a level is at most 2147483647"
);

number!(
    /// An attempt at a level.
    Round,
    "a round is at most 2147483647"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_numbers_of_the_wire_are_none() {
        assert_eq!(
            Level::new(0x7fff_ffff).map(Level::number),
            Some(0x7fff_ffff)
        );
        assert_eq!(Level::new(0x8000_0000), None);
        assert_eq!(Round::new(u32::MAX), None);
    }
}
