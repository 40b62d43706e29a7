//! How long something takes that takes nanoseconds.

use core::fmt::Write as _;
use core::hint::black_box;
use core::time::Duration;
use std::time::Instant;

/// How long one batch shall last, and how many there are.
const BATCH: Duration = Duration::from_millis(3);
const BATCHES: usize = 31;

/// Rows of a table: the median and the fastest of some batches, in nanoseconds each time.
pub(crate) struct Timings(String);

impl Timings {
    pub(crate) fn new(title: &str, about: &str) -> Self {
        Self(format!(
            "### {title}\n\n{about}\n\n|  | median, ns | fastest, ns |\n| --- | --- | --- |\n"
        ))
    }

    /// Times `work` and adds a row.
    pub(crate) fn add<T>(&mut self, name: &str, mut work: impl FnMut() -> T) {
        let count = count_for(&mut work);
        let mut each: Vec<f64> = (0..BATCHES)
            .map(|_| once(count, &mut work).as_secs_f64() * 1e9 / f64::from(count))
            .collect();
        each.sort_unstable_by(f64::total_cmp);
        let (middle, fastest) = (each[BATCHES / 2], each[0]);
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "| {name} | {middle:.0} | {fastest:.0} |");
    }

    pub(crate) fn end(self) -> String {
        self.0 + "\n"
    }
}

/// How often it is done in one batch.
fn count_for<T>(work: &mut impl FnMut() -> T) -> u32 {
    let mut count = 1;
    while count < 1 << 24 && once(count, work) < BATCH {
        count *= 2;
    }
    count
}

fn once<T>(count: u32, work: &mut impl FnMut() -> T) -> Duration {
    let begun = Instant::now();
    for _ in 0..count {
        black_box(work());
    }
    begun.elapsed()
}
