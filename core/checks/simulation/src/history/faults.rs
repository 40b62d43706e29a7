//! What goes wrong: devices, the disk, the power, the clock; and what operators do after it.

use tezio_core::time::UnixSeconds;

use super::History;
use crate::device::Fault;
use crate::messages::{WATERMARKS, mark};
use crate::order::Order;
use crate::platter::Survival;
use crate::tally::Event;
use crate::world::Crash;

impl History {
    /// After how many points the process ends, if it does.
    pub(super) fn plan_end(&mut self) {
        let scale = *self.prng.pick(&[10, 40, 160, 640]);
        let points = 1 + self.prng.below(scale);
        let fuel = (!self.prng.one_in(4)).then_some(points);
        self.world.machine.borrow_mut().power.fuel = fuel;
    }

    pub(super) fn some_crash(&mut self) -> Crash {
        match self.prng.below(12) {
            0..4 => Crash::Kill,
            4 => Crash::PowerCut(Survival::Nothing),
            5 => Crash::PowerCut(Survival::Everything),
            _ => Crash::PowerCut(Survival::Some),
        }
    }

    pub(super) fn crash(&mut self) {
        let how = self.some_crash();
        self.world.crash(how);
    }

    pub(super) fn give_orders(&mut self) {
        if !self.prng.one_in(4) {
            return;
        }
        for _ in 0..*self.prng.pick(&[1, 1, 4]) {
            let order = self.some_order();
            let mut others = self.world.orders.iter();
            if others.all(|other| other.place() != order.place()) {
                self.world.orders.push(order);
            }
        }
    }

    fn some_order(&mut self) -> Order {
        let at = self.prng.index(WATERMARKS);
        let known = self.world.witness.highest(at);
        let (level, round) = (known.level.number(), known.round.number());
        match self.prng.below(8) {
            0..3 => Order::Raise(at, mark(level + self.prng.below(2), round + 1)),
            3..7 => Order::Import(at, mark(level.saturating_sub(self.prng.below(3)), round)),
            _ => Order::HandOver(at, known.level.saturating_add(self.prng.below(4))),
        }
    }

    pub(super) fn break_device(&mut self) {
        let late = 100 + self.prng.below(6_000);
        let faults = [
            Fault::Status(0xaf),
            Fault::Status(0xd4),
            Fault::Status(0xa7),
            Fault::Silent,
            Fault::Garbled,
            Fault::Cut,
            Fault::Halves,
            Fault::Longer,
            Fault::OtherKey,
            Fault::Previous,
            Fault::OldNonce,
            Fault::Late(late),
            Fault::Late(late),
            Fault::Vanish,
        ];
        let fault = *self.prng.pick(&faults);
        let at = self.prng.index(self.world.hsms.len());
        self.world.note(format_args!("HSM {at} will be {fault:?}"));
        self.world.machine.borrow_mut().count(Event::DeviceFault);
        self.world.hsms[at].faults.push_back(fault);
    }

    pub(super) fn unplug(&mut self) {
        let at = self.prng.index(self.world.hsms.len());
        let absence = *self.prng.pick(&[10, 1_000, 8_000]);
        self.world.unplug(at, absence);
    }

    pub(super) fn break_disk(&mut self) {
        let mut machine = self.world.machine.borrow_mut();
        let faults = &mut machine.faults;
        match self.prng.below(6) {
            0 => faults.write = true,
            1 | 2 => faults.sync = true,
            3 => faults.room = true,
            4 => faults.rename = true,
            _ => faults.directory = true,
        }
    }

    pub(super) fn let_time_pass(&mut self) {
        let millis = self.prng.below(6_000);
        if self.prng.one_in(8) {
            self.world.stall(millis);
        } else {
            self.world.pass_time(millis);
        }
    }

    /// The clock is set, forwards or back.
    pub(super) fn change_date(&mut self) {
        let by = u64::from(self.prng.below(60));
        let UnixSeconds(date) = self.world.date;
        self.world.date = UnixSeconds(if self.prng.one_in(2) {
            date + by
        } else {
            date - by
        });
        self.latest_date.0 = self.latest_date.0.max(self.world.date.0);
    }
}
