//! What was sent in the last 24 hours, rule by rule.
//!
//! From what operations send away to leave to send more. Counted when an operation goes to an HSM, and
//! given back if no signature comes of it. Time is the caller's, which never goes back: a clock on the
//! wall that jumps changes nothing. In memory alone: a new [`Day`] knows of nothing.
//!
//! An hour counts as a whole, so that what was sent is forgotten after 24 to 25 hours and never
//! before.

use crate::limits::DAY_LIMITS;
use crate::tezos::Mutez;
use crate::time::Instant;

use super::rules::Rules;
use super::spending::Spending;

/// This hour and the 24 before it.
const HOURS: usize = 25;
const SPAN: u64 = HOURS as u64;
const HOUR_MS: u64 = 3_600_000;

/// Spending that was counted, to be given back or kept.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    hour: u64,
    spending: Spending,
}

/// More than a limit per day leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{spent} were sent in the last 24 hours, and {asked} more would be above max_amount_per_day of \
     {limit}"
)]
pub struct Overspent {
    /// What the operation sends, in as far as the limit is for it.
    pub asked: Mutez,
    /// What was sent before.
    pub spent: Mutez,
    /// The most.
    pub limit: Mutez,
}

/// What was sent in the last 24 hours.
#[derive(Clone, Debug, Default)]
pub struct Day {
    counts: [Count; DAY_LIMITS],
}

impl Day {
    /// Whether the limits of `rules` leave room for `spending` at `now`.
    ///
    /// # Errors
    ///
    /// The first limit that it would pass.
    pub fn check(&self, now: Instant, rules: &Rules, spending: &Spending) -> Result<(), Overspent> {
        let limits = rules.day_limits().map(|(_, limit)| limit);
        for ((limit, count), asked) in limits.zip(&self.counts).zip(spending.sums()) {
            let spent = count.sum(hour(now));
            if asked > Mutez::default() && spent.saturating_add(asked) > limit {
                return Err(Overspent {
                    asked,
                    spent,
                    limit,
                });
            }
        }
        Ok(())
    }

    /// Counts what goes to an HSM.
    pub fn count(&mut self, now: Instant, spending: Spending) -> Counted {
        let hour = hour(now);
        for (count, amount) in self.counts.iter_mut().zip(spending.sums()) {
            count.add(hour, amount);
        }
        Counted { hour, spending }
    }

    /// Gives back what no signature came of.
    pub fn give_back(&mut self, counted: &Counted) {
        for (count, amount) in self.counts.iter_mut().zip(counted.spending.sums()) {
            count.give_back(counted.hour, amount);
        }
    }

    /// What is remembered under new rules for the same keys. The limits of a key keep their counts in
    /// their order; one that is new begins with the highest of its key.
    #[must_use]
    pub fn carried_over(&self, now: Instant, old: &Rules, new: &Rules) -> Self {
        let mut carried = Self::default();
        let keys = || new.day_limits().map(|(key, _)| key);
        for (at, (key, count)) in keys().zip(&mut carried.counts).enumerate() {
            let before = keys().take(at).filter(|other| *other == key).count();
            *count = self.of_key(old, key).nth(before).unwrap_or_else(|| {
                let counts = self.of_key(old, key);
                counts
                    .max_by_key(|count| count.sum(hour(now)))
                    .unwrap_or_default()
            });
        }
        carried
    }

    fn of_key(&self, rules: &Rules, key: usize) -> impl Iterator<Item = Count> {
        let limits = rules.day_limits().zip(&self.counts);
        limits.filter_map(move |((of, _), count)| (of == key).then_some(*count))
    }
}

/// What one limit counts: amounts with the number of their hour, each at the place of that number.
#[derive(Clone, Copy, Debug, Default)]
struct Count([(u64, Mutez); HOURS]);

impl Count {
    /// What was counted in this hour and the 24 before it.
    fn sum(&self, now: u64) -> Mutez {
        let remembered = self
            .0
            .iter()
            .filter(|(hour, _)| now.saturating_sub(*hour) < SPAN);
        remembered.fold(Mutez::default(), |sum, (_, amount)| {
            sum.saturating_add(*amount)
        })
    }

    fn add(&mut self, hour: u64, amount: Mutez) {
        if let Some(place) = self.place(hour) {
            if place.0 != hour {
                *place = (hour, Mutez::default());
            }
            place.1 = place.1.saturating_add(amount);
        }
    }

    fn give_back(&mut self, hour: u64, amount: Mutez) {
        if let Some(place) = self.place(hour).filter(|place| place.0 == hour) {
            place.1 = place.1.saturating_sub(amount);
        }
    }

    /// Where an hour is counted, or one that is forgotten.
    fn place(&mut self, hour: u64) -> Option<&mut (u64, Mutez)> {
        let at = usize::try_from(hour.checked_rem(SPAN)?).ok()?;
        self.0.get_mut(at)
    }
}

const fn hour(now: Instant) -> u64 {
    now.as_millis() / HOUR_MS
}

#[cfg(test)]
mod tests {
    use super::super::{KindSet, Rule};
    use super::*;
    use crate::tezos::operation::OperationKind;

    const HOUR: u64 = HOUR_MS;
    const LIMIT: Mutez = Mutez(100);

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn of_first(amount: u64) -> Spending {
        let mut spending = Spending::default();
        spending.add(0, Mutez(amount));
        spending
    }

    /// Rules with a limit each, for the keys at these positions.
    fn limits(keys: &[usize]) -> Rules {
        let mut rules = Rules::default();
        for key in keys {
            let rule = Rule {
                kinds: KindSet::default().with(OperationKind::Transaction),
                max_amount_per_day: Some(LIMIT),
                ..Rule::default()
            };
            rules.add(*key, &rule).unwrap();
        }
        rules
    }

    #[test]
    fn the_limit_is_reached_and_not_passed() {
        let (mut day, rules) = (Day::default(), limits(&[0]));
        for _ in 0..4 {
            assert_eq!(day.check(at(5), &rules, &of_first(25)), Ok(()));
            day.count(at(5), of_first(25));
        }
        let (asked, spent, limit) = (Mutez(1), LIMIT, LIMIT);
        let overspent = Overspent {
            asked,
            spent,
            limit,
        };
        assert_eq!(day.check(at(6), &rules, &of_first(1)), Err(overspent));
        assert_eq!(
            day.check(at(6), &rules, &of_first(0)),
            Ok(()),
            "nothing sent"
        );
    }

    /// Whenever it was sent, it counts for 24 hours and is forgotten one hour later.
    #[test]
    fn what_was_sent_counts_for_a_day() {
        let rules = limits(&[0]);
        for start in (0..200 * HOUR).step_by(2_345_678) {
            let mut day = Day::default();
            day.count(at(start), of_first(100));
            let check = |later| day.check(at(start + later), &rules, &of_first(1)).is_ok();
            assert!(
                !check(0) && !check(12 * HOUR) && !check(24 * HOUR),
                "{start}"
            );
            assert!(
                check(25 * HOUR) && check(26 * HOUR) && check(500 * HOUR),
                "{start}"
            );
        }
    }

    #[test]
    fn no_24_hours_hold_more_than_the_limit() {
        let (mut day, rules) = (Day::default(), limits(&[0]));
        let mut sent = std::vec::Vec::new();
        for now in (0..100 * HOUR).step_by(1_000_000) {
            if day.check(at(now), &rules, &of_first(30)).is_ok() {
                day.count(at(now), of_first(30));
                sent.push(now);
            }
        }
        for from in &sent {
            let window = sent
                .iter()
                .filter(|at| (*from..from + 24 * HOUR).contains(*at));
            assert!(window.count() <= 3);
        }
        assert!(sent.len() > 9, "and each day allows some");
    }

    #[test]
    fn what_is_given_back_can_be_sent() {
        let (mut day, rules) = (Day::default(), limits(&[0]));
        let counted = day.count(at(HOUR), of_first(100));
        assert!(day.check(at(2 * HOUR), &rules, &of_first(100)).is_err());
        day.give_back(&counted);
        assert_eq!(day.check(at(2 * HOUR), &rules, &of_first(100)), Ok(()));
    }

    #[test]
    fn new_rules_do_not_begin_a_new_day() {
        let (mut day, old) = (Day::default(), limits(&[0, 1, 1]));
        let mut spending = Spending::default();
        for (number, amount) in [(0, 10), (1, 20), (2, 30)] {
            spending.add(number, Mutez(amount));
        }
        day.count(at(0), spending);
        let new = limits(&[1, 0, 1, 2, 1]);
        let carried = day.carried_over(at(0), &old, &new);
        let sums = carried.counts.map(|count| count.sum(0).0);
        assert_eq!(sums, [20, 10, 30, 0, 30, 0, 0, 0]);
    }
}
