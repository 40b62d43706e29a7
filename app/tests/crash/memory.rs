//! What the clients of one signer know, whoever of them was told and however often the signer died.
//!
//! Every answer passes here, and a wrong one ends the test: a second signature for a slot, a signature
//! at or below what was released before the last start, a refusal without its reason.

use core::sync::atomic::{AtomicU32, Ordering};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use tezio_core::tezos::Signature;

use crate::caller::{Answer, Caller};
use crate::slot::{SALTS, Slot, WATERMARKS};

/// The refusals that a client may cause.
pub(crate) const DIFFERENT: &str = "has already been signed with different data";
pub(crate) const UNDERWAY: &str = "is being signed with different data";
pub(crate) const BELOW: &str = "is below the high watermark";
/// A board that lives on signs nothing that it signed for a daemon that died before its answer.
const BURNT: &str = "HSM status 0xd4";

/// What is asked for in one life of the daemon reaches back by fewer slots.
const HORIZON: u32 = 256;

/// The memory of all clients.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Twice the next slot: each is asked for twice.
    next: AtomicU32,
    slots: Mutex<BTreeMap<Slot, Known>>,
    /// The highest slot released under each watermark before this start of the daemon.
    floor: [Option<Slot>; WATERMARKS],
    /// The highest slot that went unanswered at a kill, if the board lives on.
    burnt: [Option<Slot>; WATERMARKS],
}

/// What is known of a slot.
#[derive(Debug, Default)]
struct Known {
    asked: BTreeSet<u8>,
    released: Option<(u8, Signature)>,
    /// The messages for which the daemon died before its answer.
    lost: BTreeSet<u8>,
}

impl Memory {
    /// A slot for a client: a new one, or the one that another client was given before.
    pub(crate) fn fresh(&self) -> Slot {
        Slot(self.next.fetch_add(1, Ordering::Relaxed) / 2)
    }

    /// A slot above all others, for nobody else. Nobody else may be asking for slots.
    pub(crate) fn untouched(&self) -> Slot {
        let next = self.next.load(Ordering::Relaxed).next_multiple_of(2);
        self.next.store(next + 2, Ordering::Relaxed);
        Slot(next / 2)
    }

    /// A slot that was given out, `back` slots before the last one.
    pub(crate) fn recent(&self, back: u32) -> Slot {
        Slot((self.next.load(Ordering::Relaxed) / 2).saturating_sub(back + 1))
    }

    /// Before the daemon starts again; `board_lives` unless its HSM died with it.
    pub(crate) fn daemon_died(&mut self, board_lives: bool) {
        let recent = self.recent(HORIZON)..;
        for (slot, known) in self.slots.get_mut().unwrap().range(recent) {
            let watermark = slot.watermark();
            if known.released.is_some() {
                self.floor[watermark] = self.floor[watermark].max(Some(*slot));
            }
            if board_lives && !known.lost.is_empty() {
                self.burnt[watermark] = self.burnt[watermark].max(Some(*slot));
            }
        }
    }

    /// Asks, judges and remembers; `None` when the daemon died instead of answering.
    pub(crate) fn ask(&self, caller: &mut Caller, slot: Slot, salt: u8) -> Option<Answer> {
        self.known(slot, |known| known.asked.insert(salt));
        let message = slot.message(salt);
        let Ok(answer) = caller.sign(&slot.key(), &message) else {
            self.known(slot, |known| known.lost.insert(salt));
            return None;
        };
        match &answer {
            Ok(signature) => self.enter(slot, salt, signature, &message),
            Err(reason) => assert!(self.is_right(slot, salt, reason), "{slot:?}: {reason}"),
        }
        Some(answer)
    }

    fn enter(&self, slot: Slot, salt: u8, signature: &Signature, message: &[u8]) {
        let released = Some((salt, *signature));
        let before = self.known(slot, |known| {
            let before = known.released;
            known.released = before.or(released);
            before
        });
        if before.is_some() {
            assert_eq!(before, released, "signed twice: {slot:?}");
        } else {
            let floor = self.floor[slot.watermark()];
            assert!(
                Some(slot) > floor,
                "{slot:?} signed, its mark was {floor:?}"
            );
            slot.key().assert_made(signature, message);
        }
    }

    fn is_right(&self, slot: Slot, salt: u8, reason: &str) -> bool {
        let watermark = slot.watermark();
        if reason.contains(DIFFERENT) || reason.contains(UNDERWAY) {
            self.known(slot, |known| known.asked.iter().any(|other| *other != salt))
        } else if reason.contains(BELOW) {
            let slots = self.slots.lock().unwrap();
            let mut above = slots.range(Slot(slot.0 + 1)..);
            above.any(|(other, _)| other.watermark() == watermark)
        } else {
            reason.contains(BURNT) && Some(slot) <= self.burnt[watermark]
        }
    }

    fn known<T>(&self, slot: Slot, read: impl FnOnce(&mut Known) -> T) -> T {
        read(self.slots.lock().unwrap().entry(slot).or_default())
    }

    /// The highest slot that was released under a watermark.
    pub(crate) fn top(&self, watermark: usize) -> Option<(Slot, u8)> {
        self.released_below(watermark, Slot(u32::MAX), 0)
    }

    /// The one that was released before it, and `back` before that.
    pub(crate) fn released_below(
        &self,
        watermark: usize,
        slot: Slot,
        back: usize,
    ) -> Option<(Slot, u8)> {
        let slots = self.slots.lock().unwrap();
        let below = slots.range(..slot).rev();
        let mut released = below
            .filter(|(slot, _)| slot.watermark() == watermark)
            .filter_map(|(slot, known)| Some((*slot, known.released?.0)));
        released.nth(back)
    }

    /// Whether the mark may have moved on for a slot whose answer was lost.
    pub(crate) fn may_have_moved(&self, top: Slot) -> bool {
        let slots = self.slots.lock().unwrap();
        let mut above = slots.range(Slot(top.0 + 1)..);
        above.any(|(slot, known)| slot.watermark() == top.watermark() && !known.lost.is_empty())
    }

    /// The messages of late whose answers were lost.
    pub(crate) fn lost(&self) -> Vec<(Slot, u8)> {
        let slots = self.slots.lock().unwrap();
        let recent = slots.range(self.recent(HORIZON)..);
        recent
            .flat_map(|(slot, known)| known.lost.iter().map(|salt| (*slot, *salt)))
            .collect()
    }
}

/// Another message for the same slot.
pub(crate) const fn other(salt: u8) -> u8 {
    (salt + 1) % SALTS
}
