//! What one operation sends away, in as far as limits per day are for it.

use crate::limits::DAY_LIMITS;
use crate::tezos::Mutez;

/// What one operation sends away, by the numbers of the limits per day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending([Mutez; DAY_LIMITS]);

impl Spending {
    /// The sums, in the order of the limits.
    pub(super) const fn sums(&self) -> [Mutez; DAY_LIMITS] {
        self.0
    }

    pub(super) fn add(&mut self, number: usize, amount: Mutez) {
        if let Some(sum) = self.0.get_mut(number) {
            *sum = sum.saturating_add(amount);
        }
    }
}
