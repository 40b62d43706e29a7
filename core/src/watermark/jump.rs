//! The guard against jumps: one sound request for a level of the far future would park a mark there,
//! and nothing below could be signed any more.
//!
//! ```text
//! limit = min(highest mark on the chain + levels,  line + ahead)
//! line  = anchor's level + time since / block_seconds
//! ```
//!
//! The line is what the chain can have reached since the marks last agreed with it. With each
//! signature the anchor moves to the chain's highest mark or to the line, whichever is lower: signing
//! ahead of the line does not lift it, so the margin cannot be used twice. What an operator sets takes
//! the anchor away, until the next signature makes a new one. On a chain whose marks are all at level
//! zero nothing is known yet: there the first signature says where the chain is.

use serde::{Deserialize, Serialize};

use crate::tezos::Level;
use crate::time::UnixSeconds;

/// How far ahead a level may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JumpGuard {
    /// Levels above the highest mark on the same chain.
    pub levels: u32,
    /// Seconds from one block to the next, at the fastest. Zero counts as one.
    pub block_seconds: u32,
    /// Levels above what the time since the last signature allows.
    pub ahead: u32,
}

/// A level that a chain had reached at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The level.
    pub level: Level,
    /// When.
    pub at: UnixSeconds,
}

/// Which bound a level is beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bound {
    /// That on levels above the highest mark.
    #[error("max_levels above the highest mark")]
    Levels,
    /// That on levels above what the time since allows.
    #[error("what the time since the last signature allows")]
    Time,
}

impl JumpGuard {
    /// The highest level that may be signed on a chain whose highest mark is at `highest`, and the
    /// bound that says so. Without an anchor or a date the time says nothing, and marks at level zero
    /// say nothing at all.
    #[must_use]
    pub fn limit(
        &self,
        highest: Level,
        anchor: Option<Anchor>,
        now: Option<UnixSeconds>,
    ) -> (Level, Bound) {
        if highest == Level::ZERO {
            return (Level::MAX, Bound::Levels);
        }
        let by_levels = highest.saturating_add(self.levels);
        let by_time = anchor
            .zip(now)
            .map(|(anchor, now)| self.line(anchor, now).saturating_add(self.ahead));
        match by_time {
            Some(by_time) if by_time < by_levels => (by_time, Bound::Time),
            Some(_) | None => (by_levels, Bound::Levels),
        }
    }

    /// The anchor after a signature that leaves the chain's highest mark at `highest`.
    #[must_use]
    pub fn anchor(&self, before: Option<Anchor>, highest: Level, now: UnixSeconds) -> Anchor {
        let line = before.map_or(highest, |anchor| self.line(anchor, now));
        Anchor {
            level: line.min(highest),
            at: now,
        }
    }

    /// What a chain can have reached by `now`. A date before the anchor's is no progress.
    fn line(&self, anchor: Anchor, now: UnixSeconds) -> Level {
        let elapsed = now.0.saturating_sub(anchor.at.0);
        let blocks = elapsed
            .checked_div(u64::from(self.block_seconds))
            .unwrap_or(elapsed);
        let blocks = u32::try_from(blocks).unwrap_or(u32::MAX);
        anchor.level.saturating_add(blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUARD: JumpGuard = JumpGuard {
        levels: 1_000,
        block_seconds: 6,
        ahead: 10,
    };

    fn level(number: u32) -> Level {
        Level::new(number).unwrap()
    }

    fn limit(highest: u32, anchor: Option<(u32, u64)>, now: Option<u64>) -> (u32, Bound) {
        let anchor = anchor.map(|(at_level, at)| Anchor {
            level: level(at_level),
            at: UnixSeconds(at),
        });
        let (limit, bound) = GUARD.limit(level(highest), anchor, now.map(UnixSeconds));
        (limit.number(), bound)
    }

    #[test]
    fn the_nearer_bound_counts() {
        assert_eq!(limit(100, None, None), (1_100, Bound::Levels));
        assert_eq!(limit(100, None, Some(5)), (1_100, Bound::Levels));
        assert_eq!(limit(100, Some((100, 0)), None), (1_100, Bound::Levels));
        assert_eq!(limit(100, Some((100, 0)), Some(59)), (119, Bound::Time));
        assert_eq!(limit(100, Some((100, 0)), Some(60)), (120, Bound::Time));
        assert_eq!(
            limit(100, Some((100, 0)), Some(1 << 40)),
            (1_100, Bound::Levels)
        );
    }

    #[test]
    fn where_nothing_was_signed_nothing_is_too_far() {
        let top = Level::MAX.number();
        assert_eq!(limit(0, None, None), (top, Bound::Levels));
    }

    #[test]
    fn a_date_that_went_back_is_no_progress() {
        assert_eq!(limit(100, Some((100, 600)), Some(0)), (110, Bound::Time));
    }

    #[test]
    fn nothing_overflows() {
        let top = Level::MAX.number();
        assert_eq!(limit(top, None, None), (top, Bound::Levels));
        assert_eq!(
            limit(top, Some((top, 0)), Some(u64::MAX)),
            (top, Bound::Levels)
        );
        let careless = JumpGuard {
            block_seconds: 0,
            ..GUARD
        };
        let anchor = Anchor {
            level: level(5),
            at: UnixSeconds(0),
        };
        let found = careless.limit(level(5), Some(anchor), Some(UnixSeconds(3)));
        assert_eq!(found, (level(18), Bound::Time));
    }

    #[test]
    fn signing_ahead_does_not_lift_the_line() {
        let mut highest = 100;
        let mut anchor = GUARD.anchor(None, level(highest), UnixSeconds(0));
        for now in 0..600 {
            let (limit, _) = GUARD.limit(level(highest), Some(anchor), Some(UnixSeconds(now)));
            highest = limit.number();
            anchor = GUARD.anchor(Some(anchor), limit, UnixSeconds(now));
        }
        assert!(highest <= 100 + 600 / 6 + 10, "parked at {highest}");
    }

    #[test]
    fn an_honest_chain_is_never_stopped() {
        let mut anchor = GUARD.anchor(None, level(100), UnixSeconds(0));
        let mut highest = 100;
        for (block, pause) in (1..=500_u64).zip([6, 6, 7, 30, 6, 900].into_iter().cycle()) {
            let now = UnixSeconds(anchor.at.0 + pause);
            let next = level(highest + 1);
            let (limit, _) = GUARD.limit(level(highest), Some(anchor), Some(now));
            assert!(next <= limit, "block {block}");
            highest = next.number();
            anchor = GUARD.anchor(Some(anchor), next, now);
        }
    }
}
