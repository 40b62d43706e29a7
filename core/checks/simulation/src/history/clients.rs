//! The clients: honest bakers (levels rise, the same bytes for the same slot, asked again when they
//! reconnect), others with other bytes for the same slots, stale and absurd levels, floods of operations,
//! and some that hang up.

use super::History;
use crate::messages::{CHAINS, WATERMARKS, Wanted, consensus, mark, operation, watermark};
use crate::toy::KEYS;

impl History {
    fn ask(&mut self, wanted: Wanted) {
        self.world.ask(&wanted);
        if self.recent.len() >= 12 {
            self.recent.remove(0);
        }
        self.recent.push(wanted);
    }

    /// What honest bakers sign at the head of a chain: one message for each slot.
    pub(super) fn ask_honestly(&mut self) {
        for _ in 0..=self.prng.below(3) {
            let at = self.prng.index(WATERMARKS);
            let (level, round) = self.heads[at / 3 % CHAINS.len()];
            self.ask(consensus(watermark(at), mark(level, round), 0));
        }
    }

    pub(super) fn move_on(&mut self) {
        let head = &mut self.heads[self.prng.index(CHAINS.len())];
        if self.prng.one_in(4) {
            head.1 += 1;
        } else {
            *head = (head.0 + 1, 0);
        }
    }

    pub(super) fn ask_again(&mut self) {
        if !self.recent.is_empty() {
            let wanted = self.prng.pick(&self.recent).clone();
            self.ask(wanted);
        }
    }

    /// Other bytes at a slot that was asked for.
    pub(super) fn ask_for_another(&mut self) {
        let slots: Vec<_> = self
            .recent
            .iter()
            .filter_map(|wanted| wanted.slot)
            .collect();
        if !slots.is_empty() {
            let slot = *self.prng.pick(&slots);
            let salt = u8::try_from(1 + self.prng.below(2)).unwrap_or(1);
            self.ask(consensus(slot.watermark, slot.mark, salt));
        }
    }

    pub(super) fn ask_stale(&mut self) {
        let at = self.prng.index(WATERMARKS);
        let level = self.heads[at / 3 % CHAINS.len()].0;
        let level = level.saturating_sub(1 + self.prng.below(3));
        self.ask(consensus(watermark(at), mark(level, 0), 0));
    }

    pub(super) fn ask_absurdly(&mut self) {
        let at = self.prng.index(WATERMARKS);
        let level = self.heads[at / 3 % CHAINS.len()].0 + 30 + self.prng.below(1_000);
        self.ask(consensus(watermark(at), mark(level, 0), 0));
    }

    pub(super) fn flood(&mut self) {
        for salt in 0..=u8::try_from(self.prng.below(12)).unwrap_or(0) {
            let key = *self.prng.pick(&KEYS);
            self.ask(operation(key, salt));
        }
    }

    pub(super) fn hang_up(&mut self) {
        let open = self.world.witness.unanswered();
        if !open.is_empty() {
            let id = *self.prng.pick(&open);
            self.world.hang_up(id);
        }
    }
}
