//! The guard against jumps: one sound request for a level of the far future would park a mark there,
//! and nothing below could be signed any more.
//!
//! ```text
//! limit = min(highest mark on the chain + levels,  line + ahead)
//! line  = anchor's level + time since / block_seconds
//! ```
//!
//! The line is what the chain can have reached, for it rises at least as fast as the chain. A signature
//! that raises the chain's highest mark brings the line down towards it, by [`PULL`] levels for each level
//! that the mark rises: a chain that is followed keeps the line near, and one low signature after a pause
//! does not take away what the pause allows. Signing ahead of the line does not lift it, so the margin
//! cannot be used twice. What an operator sets takes the anchor away, until the next signature makes a new
//! one. A date before the anchor's says that one of the two was wrong: then time says nothing. On a chain
//! whose marks are all at level zero nothing is known yet: there the first signature says where the chain
//! is.

use serde::{Deserialize, Serialize};

use crate::tezos::Level;
use crate::time::UnixSeconds;

/// Levels that the line comes down for each level by which the highest mark rises. The line of a chain
/// with blocks up to so many times as slow as `block_seconds` stays where the chain is.
const PULL: u32 = 8;

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
            .and_then(|(anchor, now)| self.line(anchor, now))
            .map(|line| line.level.saturating_add(self.ahead));
        match by_time {
            Some(by_time) if by_time < by_levels => (by_time, Bound::Time),
            Some(_) | None => (by_levels, Bound::Levels),
        }
    }

    /// The anchor after a signature that takes the chain's highest mark from `before` to `after`.
    #[must_use]
    pub fn anchor(
        &self,
        anchor: Option<Anchor>,
        before: Level,
        after: Level,
        now: UnixSeconds,
    ) -> Anchor {
        let there = Anchor {
            level: after,
            at: now,
        };
        let Some((anchor, line)) = anchor.and_then(|one| Some((one, self.line(one, now)?))) else {
            return there;
        };
        let risen = after.number().saturating_sub(before.number());
        if risen == 0 {
            return anchor;
        }
        let pulled = line.level.saturating_sub(risen.saturating_mul(PULL));
        if line.level <= after {
            line
        } else if pulled <= after {
            there
        } else {
            Anchor {
                level: pulled,
                ..line
            }
        }
    }

    /// What a chain can have reached by `now`, as an anchor there; what is left of a block's time is left
    /// to it. `None` when the date is before the anchor's.
    fn line(&self, anchor: Anchor, now: UnixSeconds) -> Option<Anchor> {
        let elapsed = now.0.checked_sub(anchor.at.0)?;
        let blocks = elapsed
            .checked_div(u64::from(self.block_seconds))
            .unwrap_or(elapsed);
        let used = blocks.saturating_mul(u64::from(self.block_seconds).max(1));
        Some(Anchor {
            level: anchor
                .level
                .saturating_add(u32::try_from(blocks).unwrap_or(u32::MAX)),
            at: UnixSeconds(anchor.at.0.saturating_add(used)),
        })
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
    fn a_date_before_the_anchor_s_says_nothing() {
        assert_eq!(
            limit(100, Some((100, 600)), Some(0)),
            (1_100, Bound::Levels)
        );
        assert_eq!(limit(100, Some((100, 600)), Some(600)), (110, Bound::Time));
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

    /// A chain, and what is signed on it.
    struct Chain {
        guard: JumpGuard,
        highest: Level,
        anchor: Option<Anchor>,
    }

    impl Chain {
        fn at(level_now: u32, guard: JumpGuard) -> Self {
            let mut chain = Self {
                guard,
                highest: level(level_now),
                anchor: None,
            };
            chain.sign(level_now, 0);
            chain
        }

        fn limit(&self, now: u64) -> u32 {
            let now = Some(UnixSeconds(now));
            self.guard.limit(self.highest, self.anchor, now).0.number()
        }

        /// Signs at a level, or says that the guard does not let it.
        fn sign(&mut self, number: u32, now: u64) -> bool {
            let allowed = number <= self.limit(now);
            if allowed {
                let after = self.highest.max(level(number));
                let anchor = self
                    .guard
                    .anchor(self.anchor, self.highest, after, UnixSeconds(now));
                (self.anchor, self.highest) = (Some(anchor), after);
            }
            allowed
        }
    }

    const TIGHT: JumpGuard = JumpGuard {
        levels: 100_000,
        block_seconds: 6,
        ahead: 10,
    };
    const LOOSE: JumpGuard = JumpGuard {
        block_seconds: 2,
        ..TIGHT
    };
    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn signing_ahead_does_not_lift_the_line() {
        for guard in [TIGHT, LOOSE] {
            let mut chain = Chain::at(100, guard);
            for now in 0..600 {
                assert!(chain.sign(chain.limit(now), now));
            }
            let reached = 100 + 600 / guard.block_seconds + 10;
            assert!(chain.highest.number() <= reached, "{}", chain.highest);
        }
    }

    /// Sixteen keys that vote twice on each block, and the seconds at which they do differ.
    #[test]
    fn an_honest_chain_is_never_stopped_however_many_sign_on_it() {
        for guard in [TIGHT, LOOSE] {
            let mut chain = Chain::at(1_000, guard);
            for block in 1..=DAY / 6 {
                let number = 1_000 + u32::try_from(block).unwrap();
                for vote in 0..32 {
                    let now = block * 6 + (vote + block) % 6;
                    assert!(chain.sign(number, now), "block {block}, vote {vote}");
                }
            }
            let slack = chain.limit(DAY) - chain.highest.number();
            assert!(slack <= guard.ahead + 3, "the line stays near: {slack}");
        }
    }

    /// The baker was cut off, proposes on its old head, and then finds the real one.
    #[test]
    fn low_signatures_after_a_pause_do_not_take_away_what_it_allows() {
        for (guard, pause) in [
            (TIGHT, DAY / 12),
            (LOOSE, DAY / 12),
            (TIGHT, DAY),
            (LOOSE, DAY),
        ] {
            let mut chain = Chain::at(1_000, guard);
            for round in 0..200 {
                assert!(chain.sign(1_001, pause - 1_000 + round * 5));
            }
            let real = 1_000 + u32::try_from(pause / 6).unwrap();
            assert!(chain.sign(real, pause), "{guard:?} after {pause} s");
            for block in 1..1_000 {
                let now = pause + u64::from(block) * 6;
                assert!(chain.sign(real + block, now), "block {block}");
            }
        }
    }

    #[test]
    fn a_clock_that_was_ahead_and_is_put_right_stops_nobody() {
        let mut chain = Chain::at(1_000, LOOSE);
        let wrong = 365 * DAY;
        assert!(chain.sign(1_001, wrong));
        let mut real = 1_001;
        for block in 1..2_000 {
            real += 1;
            assert!(chain.sign(real, 7_200 + block * 6), "block {block}");
        }
        assert!(
            !chain.sign(real + 50_000, 7_200 + 2_000 * 6),
            "and it guards again"
        );
    }
}
