//! What is demanded of refusals: the reason given is so.

use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;

use super::Witness;
use crate::machine::Machine;
use crate::messages::{Slot, Wanted, position};
use crate::tally::Event;

impl Witness {
    pub(super) fn check_refusal(
        &mut self,
        wanted: &Wanted,
        refusal: &Refusal,
        machine: &mut Machine,
    ) {
        let Refusal::Watermark(refusal) = refusal else {
            let allowed = matches!(
                refusal,
                Refusal::Busy(_) | Refusal::Late(_) | Refusal::Hsm(_)
            );
            return self.require(allowed, format_args!("{wanted} refused: {refusal}"));
        };
        let Some(slot) = wanted.slot else {
            return self.blame(format_args!("an operation refused: {refusal}"));
        };
        let event = match refusal {
            WatermarkRefusal::Below { .. } => Some(Event::Below),
            WatermarkRefusal::Conflict { .. } | WatermarkRefusal::Underway { .. } => {
                Some(Event::Conflict)
            }
            WatermarkRefusal::Jump { .. } => Some(Event::Jump),
            WatermarkRefusal::HandedOver { .. } => Some(Event::HandedOver),
            WatermarkRefusal::AtStart { .. }
            | WatermarkRefusal::Unknown { .. }
            | WatermarkRefusal::Foreign
            | WatermarkRefusal::Sealed => None,
        };
        if let Some(event) = event {
            machine.count(event);
        }
        let true_refusal = self.is_true(slot, wanted, refusal);
        self.require(true_refusal, format_args!("{wanted} refused: {refusal}"));
    }

    /// Whether the reason given for a refusal is so.
    fn is_true(&self, slot: Slot, wanted: &Wanted, refusal: &WatermarkRefusal) -> bool {
        let at = position(&slot.watermark);
        let known = &self.guards[at].candidates;
        match refusal {
            WatermarkRefusal::Below { .. } => known.iter().any(|fact| fact.mark > slot.mark),
            WatermarkRefusal::Conflict { .. } => known.iter().any(|fact| {
                let other = fact
                    .released
                    .is_some_and(|made| made.digest != wanted.digest);
                fact.mark == slot.mark && other
            }),
            WatermarkRefusal::AtStart { .. } => known
                .iter()
                .any(|fact| fact.mark == slot.mark && fact.released.is_none()),
            WatermarkRefusal::Underway { .. } => self
                .asked
                .values()
                .any(|other| other.slot == Some(slot) && other.digest != wanted.digest),
            WatermarkRefusal::Jump { .. } => self.jump_limit.is_some(),
            WatermarkRefusal::HandedOver { .. } => {
                self.kept(at).1.is_some_and(|last| slot.mark.level > last)
            }
            WatermarkRefusal::Sealed => self.failed,
            WatermarkRefusal::Unknown { .. } | WatermarkRefusal::Foreign => false,
        }
    }
}
