//! Numbers that look random and are the same in every run.

/// A xorshift generator.
#[derive(Clone, Debug)]
pub struct Prng(u64);

impl Prng {
    /// The generator of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(mixed(seed) | 1)
    }

    /// The next 64 bits.
    pub const fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: u32) -> u32 {
        let wide = (u128::from(self.draw() >> 11) * u128::from(bound)) >> 53;
        u32::try_from(wide).unwrap_or(0)
    }

    /// As [`Prng::below`], for places in memory.
    pub fn index(&mut self, bound: usize) -> usize {
        let bound = u32::try_from(bound).unwrap_or(u32::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }

    /// A number of `range`, its end left out.
    pub fn within(&mut self, range: &core::ops::Range<u32>) -> u32 {
        range.start + self.below((range.end - range.start).max(1))
    }

    /// True once in `often` times.
    pub fn one_in(&mut self, often: u32) -> bool {
        self.below(often) == 0
    }

    /// One of `choices`, of which there is at least one.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }
}

/// Spreads a number over 64 bits: the last step of `SplitMix64`.
#[must_use]
pub const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
