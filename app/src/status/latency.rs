//! How long signatures took in the last hour, minute by minute.
//!
//! Promises: recording one touches a few numbers and allocates nothing; the memory is fixed, at some
//! 151 KiB. A time falls into one of 32 classes between each two powers of two, so that percentiles are
//! right to within a fiftieth; the longest is kept as it is.

use core::time::Duration;

use super::{Minute, Took};

/// Minutes that are remembered.
pub(crate) const MINUTES: usize = 60;

/// Classes between a time and twice that time.
const STEPS: u32 = 32;

/// From 64 µs up, twenty doublings: a minute and more.
const CLASSES: usize = 640;
const SHORTEST_EXPONENT: u32 = 6;

/// An answer that takes so long is late: a third of the shortest time between two blocks.
pub(super) const LATE: Duration = Duration::from_secs(2);

/// How one request ended, as far as this is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a signature.
    Signed,
    /// Without.
    Refused,
    /// Without, because time ran out.
    TimeRanOut,
}

/// The hour.
#[derive(Debug)]
pub(super) struct Latency(Box<[Slot; MINUTES]>);

/// One minute.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Which one, counted from the start.
    minute: u64,
    refused: u32,
    late: u32,
    longest: Duration,
    classes: [u32; CLASSES],
}

impl Slot {
    const EMPTY: Self = Self {
        minute: 0,
        refused: 0,
        late: 0,
        longest: Duration::ZERO,
        classes: [0; CLASSES],
    };

    fn of(minute: u64) -> Self {
        Self {
            minute,
            ..Self::EMPTY
        }
    }

    fn add(&mut self, other: &Self) {
        self.refused = self.refused.saturating_add(other.refused);
        self.late = self.late.saturating_add(other.late);
        self.longest = self.longest.max(other.longest);
        for (sum, count) in self.classes.iter_mut().zip(&other.classes) {
            *sum = sum.saturating_add(*count);
        }
    }

    fn summary(&self) -> Minute {
        let counts = self.classes.iter();
        let signed = counts.fold(0_u32, |sum, count| sum.saturating_add(*count));
        Minute {
            signed,
            refused: self.refused,
            late: self.late,
            took: (signed > 0).then(|| Took {
                median: self.percentile(signed, 50),
                p99: self.percentile(signed, 99),
                max: millis(self.longest),
            }),
        }
    }

    /// The time that so many of a hundred signatures did not exceed.
    fn percentile(&self, signed: u32, percent: u64) -> f64 {
        let rank = (u64::from(signed) * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (class, count) in (0_u32..).zip(&self.classes) {
            seen += u64::from(*count);
            if seen >= rank {
                return middle(class).min(millis(self.longest));
            }
        }
        millis(self.longest)
    }
}

impl Latency {
    pub(super) fn new() -> Self {
        Self(Box::new([Slot::EMPTY; MINUTES]))
    }

    /// Records a request that ended `uptime` after the start.
    pub(super) fn record(&mut self, uptime: Duration, ending: Ending, took: Duration) {
        let minute = minute(uptime);
        let slot = &mut self.0[at(minute)];
        if slot.minute != minute {
            *slot = Slot::of(minute);
        }
        match ending {
            Ending::Signed => {
                slot.longest = slot.longest.max(took);
                let class = &mut slot.classes[class(took)];
                *class = class.saturating_add(1);
            }
            Ending::Refused | Ending::TimeRanOut => slot.refused = slot.refused.saturating_add(1),
        }
        let late = ending == Ending::TimeRanOut || took >= LATE;
        slot.late = slot.late.saturating_add(u32::from(late));
    }

    /// The last hour, the oldest minute first, and all of it together.
    pub(super) fn hour(&self, uptime: Duration) -> (Vec<Minute>, Minute) {
        let now = minute(uptime);
        let mut sum = Slot::EMPTY;
        let minutes = (0..MINUTES as u64).rev().map(|ago| {
            let minute = now.checked_sub(ago)?;
            let slot = &self.0[at(minute)];
            (slot.minute == minute).then(|| sum.add(slot))?;
            Some(slot.summary())
        });
        let minutes = minutes.map(Option::unwrap_or_default).collect();
        (minutes, sum.summary())
    }
}

const fn minute(uptime: Duration) -> u64 {
    uptime.as_secs() / 60
}

fn at(minute: u64) -> usize {
    usize::try_from(minute % MINUTES as u64).unwrap_or_default()
}

/// The class of a time: its power of two, and the five bits below that.
fn class(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let exponent = micros.max(1 << SHORTEST_EXPONENT).ilog2();
    let below = (micros >> (exponent - STEPS.ilog2())) % u64::from(STEPS);
    let class = u64::from((exponent - SHORTEST_EXPONENT) * STEPS) + below;
    usize::try_from(class).map_or(CLASSES - 1, |class| class.min(CLASSES - 1))
}

/// The middle of a class, in milliseconds.
fn middle(class: u32) -> f64 {
    let exponent = SHORTEST_EXPONENT + class / STEPS;
    let width = 1_u64 << (exponent - STEPS.ilog2());
    let begin = u64::from(STEPS + class % STEPS) * width;
    millis(Duration::from_micros(begin + width / 2))
}

fn millis(time: Duration) -> f64 {
    crate::asked::tenths(Some(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn percentiles_of_any_time_are_within_a_fiftieth_of_it() {
        for micros in (100..1_000_000).step_by(7).chain([60_000_000]) {
            let mut latency = Latency::new();
            let took = Duration::from_micros(micros);
            latency.record(at_second(0), Ending::Signed, took);
            // One longer one, so that the bound by the longest does not help.
            latency.record(at_second(0), Ending::Signed, took * 2);
            let (_, hour) = latency.hour(at_second(0));
            let median = hour.took.unwrap().median;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let truth = micros as f64 / 1000.0;
            let off = (median - truth).abs();
            assert!(off <= truth / 50.0 + 0.1, "{micros} µs: {median} ms");
        }
    }

    #[test]
    fn the_longest_is_exact_and_late_ones_are_counted() {
        let mut latency = Latency::new();
        for millis in [100, 105, 2500] {
            let took = Duration::from_millis(millis);
            latency.record(at_second(61), Ending::Signed, took);
        }
        latency.record(at_second(62), Ending::TimeRanOut, LATE / 2);
        latency.record(at_second(62), Ending::Refused, LATE / 2);
        let (minutes, hour) = latency.hour(at_second(62));
        let last = minutes.last().unwrap();
        assert_eq!((last.signed, last.refused, last.late), (3, 2, 2));
        assert!((last.took.unwrap().max - 2500.0).abs() < f64::EPSILON);
        assert_eq!(*last, hour);
        assert_eq!(minutes.len(), MINUTES);
    }

    #[test]
    fn what_is_older_than_an_hour_is_forgotten_and_an_empty_minute_is_empty() {
        let mut latency = Latency::new();
        latency.record(at_second(0), Ending::Signed, Duration::from_millis(5));
        latency.record(at_second(30 * 60), Ending::Signed, Duration::from_millis(7));
        let signed = |second| latency.hour(at_second(second)).1.signed;
        assert_eq!(signed(59 * 60 + 59), 2);
        assert_eq!(signed(60 * 60), 1);
        assert_eq!(signed(90 * 60), 0);
        let (minutes, _) = latency.hour(at_second(31 * 60));
        let counts: Vec<u32> = minutes.iter().map(|minute| minute.signed).collect();
        assert_eq!(counts[MINUTES - 2..], [1, 0]);
        // The same place in the ring again does not bring the old numbers back.
        latency.record(at_second(60 * 60), Ending::Refused, Duration::ZERO);
        let (minutes, _) = latency.hour(at_second(60 * 60));
        assert_eq!(minutes.last().unwrap().signed, 0);
    }
}
