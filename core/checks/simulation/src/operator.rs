//! The start of a life, and what an operator does to the marks before it.
//!
//! ```text
//! no journal -> create -> open -> (compact if grown) -> marks that are missing -> orders -> signer
//! ```
//!
//! As the daemon does it (`app/src/journal.rs`): each call can be the last one, and each can fail.

use tezio_core::watermark::{KeepError, Keeper, Ledger, Mark, Record, Recovered};

use crate::disk::{DiskError, SimDisk};
use crate::journal::{Extent, Journal, Kept};
use crate::messages::{WATERMARKS, watermark};
use crate::order::Order;
use crate::tally::Event;
use crate::world::{Crash, Life, World};

/// Nothing needs more attempts to start.
const MANY_STARTS: u32 = 100;

impl World {
    /// Starts the process, as often as it takes: where the disk fails, the supervisor tries again.
    /// Where the power goes on the way, it stays off.
    pub fn boot(&mut self) {
        for _ in 0..MANY_STARTS {
            self.machine.borrow_mut().start();
            let started = self.start();
            if self.machine.borrow().is_off() {
                self.machine.borrow_mut().count(Event::BrokenStart);
                return;
            }
            match started {
                Ok(life) => {
                    self.life = Some(life);
                    return;
                }
                Err(_) if self.witness.violation().is_some() => return,
                Err(error) => {
                    self.note(format_args!("does not start: {error}"));
                    self.crash(Crash::Kill);
                }
            }
        }
        self.witness.blame(format_args!("does not start any more"));
    }

    fn start(&mut self) -> Result<Life, DiskError> {
        let mut keeper = self.open_journal()?;
        let extent = self.obey(&mut keeper)?;
        self.witness.runs(keeper.marks());
        let ledger = Ledger::new(keeper.marks().clone(), keeper.next_sequence());
        let signer = self.signer(ledger);
        let (machine, pace) = (self.machine.clone(), self.setup.pace.clone());
        let journal = Journal::new(keeper, machine, pace, extent);
        Ok(Life { signer, journal })
    }

    fn open_journal(&mut self) -> Result<Kept, DiskError> {
        let room = self.setup.room;
        let Some((disk, bytes)) = SimDisk::open(self.machine.clone()) else {
            self.witness.found_none();
            let keeper = Keeper::create(SimDisk::none(self.machine.clone()), room)?;
            self.witness.created();
            return Ok(keeper);
        };
        self.machine.borrow_mut().count(Event::Start);
        let recovered = match Recovered::<WATERMARKS>::read(&bytes) {
            Ok(recovered) => recovered,
            Err(fault) => {
                self.witness
                    .blame(format_args!("a start found damage: {fault}"));
                return Err(DiskError::Failed);
            }
        };
        if recovered.torn {
            self.machine.borrow_mut().count(Event::Torn);
        }
        self.note(format_args!(
            "starts from {} records, torn: {}",
            recovered.count, recovered.torn
        ));
        self.witness.found(&recovered.marks);
        let keeper = Keeper::open(disk, recovered, room)?;
        self.witness.created();
        self.witness.runs(keeper.marks());
        Ok(keeper)
    }

    /// Sets the marks that are missing, as one command, and does what the operator wants, as another.
    /// Says what the journal has in it then.
    fn obey(&mut self, keeper: &mut Kept) -> Result<Extent, DiskError> {
        let fresh = Extent::fresh(keeper.marks().count());
        let missing = (0..WATERMARKS)
            .filter(|at| keeper.marks().of(&watermark(*at)).is_none())
            .map(|at| Order::Raise(at, Mark::default()))
            .collect();
        let orders = core::mem::take(&mut self.orders);
        let made = self.keep(keeper, missing, fresh)?;
        self.keep(keeper, orders, made)
    }

    /// Writes what one command comes to.
    fn keep(
        &mut self,
        keeper: &mut Kept,
        orders: Vec<Order>,
        extent: Extent,
    ) -> Result<Extent, DiskError> {
        let records: Vec<Record> = orders
            .iter()
            .filter_map(|order| order.record(keeper))
            .collect();
        let Some(first) = records.first() else {
            return Ok(extent);
        };
        self.note(format_args!("operator: {orders:?}"));
        for record in &records {
            self.machine.borrow_mut().count(Event::Operator);
            self.witness.set(record);
        }
        // A single record may as well be appended.
        let extent = if records.len() == 1 && self.prng.one_in(2) {
            keeper.set(*first).map_err(disk_error)?;
            extent.and(1)
        } else {
            keeper.keep_all(&records).map_err(disk_error)?;
            Extent::fresh(keeper.marks().count())
        };
        self.witness.wrote(&records, &self.machine.borrow());
        Ok(extent)
    }
}

fn disk_error(error: KeepError<DiskError>) -> DiskError {
    match error {
        KeepError::Disk(error) => error,
        KeepError::Order { .. } | KeepError::Batch(_) | KeepError::Full(_) => DiskError::Failed,
    }
}
