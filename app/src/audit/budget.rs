//! Budgets: how many entries of one sort are written. Who asks often fills no disk, and pushes nothing
//! out of a log of bounded size.

use core::time::Duration;
use std::time::Instant;

/// So many at once, then one in so much time. What is left out is counted.
#[derive(Debug)]
pub(super) struct Budget {
    most: u32,
    every: Duration,
    left: u32,
    /// When the last one was added to what is left.
    since: Instant,
    unsaid: u64,
}

impl Budget {
    pub(super) const fn new(most: u32, every: Duration, now: Instant) -> Self {
        Self {
            most,
            every,
            left: most,
            since: now,
            unsaid: 0,
        }
    }

    /// Whether one more may be written; if not, it is counted.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        let may = self.unsaid == 0 && self.left > 0;
        if may {
            self.left -= 1;
        } else {
            self.unsaid += 1;
        }
        may
    }

    /// How many were left out, once that may be said; then the count begins anew.
    pub(super) fn unsaid(&mut self, now: Instant) -> Option<u64> {
        self.refill(now);
        (self.unsaid > 0 && self.left > 0).then(|| core::mem::take(&mut self.unsaid))
    }

    /// The same without waiting, at the end.
    pub(super) fn settle(&mut self) -> Option<u64> {
        (self.unsaid > 0).then(|| core::mem::take(&mut self.unsaid))
    }

    fn refill(&mut self, now: Instant) {
        while self.left < self.most && now.duration_since(self.since) >= self.every {
            self.left += 1;
            self.since += self.every;
        }
        if self.left == self.most {
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_is_written_and_of_a_flood_one_in_a_second() {
        let start = Instant::now();
        let mut budget = Budget::new(3, SECOND, start);
        let taken = |budget: &mut Budget, at| (0..5).filter(|_| budget.take(at)).count();
        assert_eq!(taken(&mut budget, start), 3);
        assert_eq!(budget.unsaid(start), None);
        assert_eq!(budget.unsaid(start + SECOND), Some(2));
        assert_eq!(taken(&mut budget, start + SECOND), 1);
        assert_eq!(budget.settle(), Some(4));
        assert_eq!(taken(&mut budget, start + SECOND * 100), 3);
    }

    /// The count is told before another is written, so that the order in the log is that of things.
    #[test]
    fn nothing_is_written_between_what_is_left_out_and_its_count() {
        let start = Instant::now();
        let mut budget = Budget::new(1, SECOND, start);
        assert!(budget.take(start));
        assert!(!budget.take(start));
        assert!(!budget.take(start + SECOND));
        assert_eq!(budget.unsaid(start + SECOND * 2), Some(2));
        assert!(budget.take(start + SECOND * 2));
    }
}
