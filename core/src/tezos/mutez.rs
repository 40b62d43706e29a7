//! Amounts of tez, in the millionths in which the chain counts.

/// So many millionths of a tez.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mutez(pub u64);

impl Mutez {
    /// The sum, or the most there can be: more tez than that do not exist.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left, or nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl core::fmt::Display for Mutez {
    /// In tez, with as many decimals as it takes: `12.5 tez`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        const TEZ: u64 = 1_000_000;
        let (whole, mut rest) = (self.0 / TEZ, self.0 % TEZ);
        write!(f, "{whole}")?;
        let mut places = 6_usize;
        while rest > 0 && rest % 10 == 0 {
            rest /= 10;
            places = places.saturating_sub(1);
        }
        if rest > 0 {
            write!(f, ".{rest:0places$}")?;
        }
        f.write_str(" tez")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn amounts_are_told_in_tez() {
        let told = [
            (0, "0 tez"),
            (1, "0.000001 tez"),
            (500_000, "0.5 tez"),
            (12_050_000, "12.05 tez"),
            (7_000_000, "7 tez"),
            (u64::MAX, "18446744073709.551615 tez"),
        ];
        for (mutez, text) in told {
            assert_eq!(Mutez(mutez).to_string(), text);
        }
    }
}
