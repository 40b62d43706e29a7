//! Tables in Markdown.

use core::fmt::Write as _;
use core::time::Duration;

/// A table under construction.
pub(crate) struct Table(String);

impl Table {
    /// A table with a title above and a line about it.
    pub(crate) fn new(title: &str, about: &str, columns: &[&str]) -> Self {
        let mut table = Self(format!("### {title}\n\n{about}\n\n"));
        table.add(columns);
        table.add(&vec!["---"; columns.len()]);
        table
    }

    pub(crate) fn row(&mut self, cells: &[String]) {
        let cells: Vec<_> = cells.iter().map(String::as_str).collect();
        self.add(&cells);
    }

    fn add(&mut self, cells: &[&str]) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "| {} |", cells.join(" | "));
    }

    pub(crate) fn end(self) -> String {
        self.0 + "\n"
    }
}

/// Whole microseconds.
pub(crate) fn micros(duration: Duration) -> String {
    duration.as_micros().to_string()
}

/// Milliseconds with one decimal.
pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e3)
}

/// What it is above `floor`, in microseconds.
pub(crate) fn above(duration: Duration, floor: Duration) -> String {
    let micros = |duration: Duration| i128::try_from(duration.as_micros()).unwrap_or_default();
    (micros(duration) - micros(floor)).to_string()
}

/// The middle one.
pub(crate) fn median(mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
