//! Damage that no crash makes: a start must notice it, and never take it for a torn tail.
//!
//! A copy of the journal loses a bit, a synced record, or a place in between; the original stays as it
//! is.

use tezio_core::watermark::{RECORD_BYTES, Recovered};

use crate::journal::Extent;
use crate::messages::WATERMARKS;
use crate::prng::Prng;
use crate::tally::Event;
use crate::world::World;

impl World {
    /// Damages a copy of the journal as it is now, if nothing of it is being written.
    pub fn check_damage(&mut self, prng: &mut Prng) {
        let Some(extent) = self.life.as_ref().and_then(|life| life.journal.extent()) else {
            return;
        };
        let mut copy = {
            let machine = self.machine.borrow();
            let journal = machine.platter.journal();
            journal.map_or_else(Vec::new, |file| machine.platter.bytes(file).to_vec())
        };
        let room = usize::try_from(self.setup.room).unwrap_or(0);
        let Some(what) = damage(&mut copy, extent, room, prng) else {
            return;
        };
        self.note(format_args!("a copy of the journal with {what}"));
        match Recovered::<WATERMARKS>::read(&copy) {
            Ok(_) => self
                .witness
                .blame(format_args!("a journal with {what} was read")),
            Err(_) => self.machine.borrow_mut().count(Event::Damage),
        }
    }
}

/// Damages a journal with this in it, that was put in its place with room for `room` records.
fn damage(
    journal: &mut Vec<u8>,
    extent: Extent,
    room: usize,
    prng: &mut Prng,
) -> Option<&'static str> {
    let count = extent.records;
    let synced = count - extent.last;
    match prng.below(4) {
        0 => {
            let at = prng.index((count + 1) * RECORD_BYTES);
            journal[at] ^= 1 << prng.below(8);
            Some("a flipped bit")
        }
        1 if synced > 0 => {
            let start = RECORD_BYTES * (1 + prng.index(synced));
            let kept = prng.index(2) * prng.index(RECORD_BYTES / 4) * 4;
            journal[start + kept..start + RECORD_BYTES].fill(0);
            Some("a hole in a synced batch")
        }
        2 if count > 2 => {
            let start = RECORD_BYTES * (2 + prng.index(count - 2));
            journal.drain(start..start + RECORD_BYTES);
            Some("a missing record")
        }
        3 => {
            journal.truncate(prng.index((1 + extent.settled + room) * RECORD_BYTES));
            Some("its end cut off")
        }
        _ => None,
    }
}
