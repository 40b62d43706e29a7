//! The whole signer between two clients, a device and a disk.
//!
//! One key on one device, one watermark. Bounded: requests, two of them open at a time, for two messages
//! of one slot or one of the next; clients that hang up; faults of the device or the line, closings of
//! the port among them; deadlines that pass while the device or the disk has something to do; faults of
//! the disk; crashes. A record that was not synced may be there or not after a fault or a crash. How
//! many of each there are, a [`Bounds`] says. The order of all this is any.
//!
//! What must hold: [`Releases`], signatures that verify, one reply for each request whose client stayed,
//! packets that the device can read, no two requests for the watermark at a timely device. From every
//! state, once nothing goes wrong any more, everybody is answered and the next level is signed.

mod bounds;
mod driver;

use core::fmt::Debug;

use tezio_core::policy::{HsmId, WithoutHsm};
use tezio_core::signer::{Input, RequestId, Signer, Times};
use tezio_core::time::Instant;
use tezio_core::watermark::{Ledger, Mark, Marks, Record};
use tezio_simulation::messages::{Wanted, consensus, mark, watermark};
use tezio_simulation::policy;
use tezio_simulation::toy::Toy;

pub use bounds::{Bounded, Bounds, DeviceFaults, DiskFaults};

use crate::device::{Carry, Device, KEY, Work};
use crate::explore::World;
use crate::fingerprint;
use crate::releases::Releases;

type Core = Signer<Toy, 3, 1>;

const HSM: HsmId = HsmId(0);
/// The attestations of the device's key.
const WATERMARK: usize = 8;
/// Messages: level and salt.
const WANTED: [(u32, u8); 3] = [(1, 0), (1, 1), (2, 0)];
/// Requests open at a time.
const OPEN: usize = 2;
/// More steps than it takes to come to rest.
const PATIENCE: u32 = 400;

/// A signer and all around it.
pub struct SignerWorld<B> {
    signer: Core,
    device: Device,
    now: Instant,
    is_open: bool,
    left: Bounds,
    /// Who waits, and for which message.
    open: Vec<(RequestId, usize)>,
    unsynced: Vec<Record>,
    synced: Vec<Record>,
    /// Whether the disk's report is on its way, and of what.
    report: Option<Report>,
    /// Whether the signer was told that the disk had failed.
    is_sealed: bool,
    releases: Releases,
    bounds: core::marker::PhantomData<B>,
}

/// What the disk says.
#[derive(Clone, Copy, Debug)]
enum Report {
    Stored(u64),
    Failed,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// A client asks for a message.
    Ask(usize),
    /// The client that has waited longest hangs up.
    HangUp,
    /// The device does what it was asked.
    Work(Work),
    /// A reply comes.
    Carry(Carry),
    /// The port goes; what was on its way from the device may come later.
    Close,
    /// It is opened.
    Open,
    /// The next deadline passes.
    Timeout,
    /// The disk syncs what waits.
    Sync,
    /// It fails to; whether that is there all the same.
    Fail(bool),
    /// The signer hears what the disk did.
    Report,
    /// The signer starts again; whether what was not synced is there, and whether the device was off.
    Crash(bool, bool),
}

impl<B> Debug for SignerWorld<B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Everything but the time.
        let inner = (
            &self.signer,
            &self.device,
            self.is_open,
            &self.left,
            &self.open,
        );
        let disk = (
            &self.unsynced,
            &self.synced,
            self.report,
            self.is_sealed,
            &self.releases,
        );
        write!(f, "{inner:?} {disk:?}")
    }
}

impl<B: Bounded> World for SignerWorld<B> {
    type Action = Action;

    fn begin() -> Self {
        let start = Record::set(0, watermark(WATERMARK), Mark::default());
        let mut world = Self {
            signer: signer(&[start]),
            device: Device::default(),
            now: Instant::default(),
            is_open: false,
            left: B::BOUNDS,
            open: Vec::new(),
            unsynced: Vec::new(),
            synced: vec![start],
            report: None,
            is_sealed: false,
            releases: Releases::default(),
            bounds: core::marker::PhantomData,
        };
        // Into step and known to one another: what can go wrong on the way is the same later.
        world.rest().expect("a good begin");
        world
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.left.requests > 0 && self.open.len() < OPEN {
            actions.extend((0..WANTED.len()).map(Action::Ask));
        }
        if self.left.hang_ups > 0 && !self.open.is_empty() {
            actions.push(Action::HangUp);
        }
        if self.signer.poll_timeout().is_some() && (self.is_in_time() || self.left.late > 0) {
            actions.push(Action::Timeout);
        }
        self.add_device(&mut actions);
        self.add_disk(&mut actions);
        if self.left.crashes > 0 {
            let kept = if self.unsynced.is_empty() {
                &[false][..]
            } else {
                &[false, true]
            };
            let crashes = kept
                .iter()
                .flat_map(|kept| [false, true].map(|off| (*kept, off)));
            actions.extend(crashes.map(|(kept, off)| Action::Crash(kept, off)));
        }
        actions
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Ask(what) => self.ask(what),
            Action::HangUp => {
                self.left.hang_ups -= 1;
                let (id, _) = self.open.remove(0);
                self.input(Input::Gone(id))
            }
            Action::Work(how) => {
                self.left.device_faults -= u8::from(how != Work::Right);
                self.device.work(how)
            }
            Action::Carry(how) => {
                self.left.device_faults -= u8::from(how != Carry::Whole);
                match self.device.carry(how) {
                    Some(bytes) => self.input(Input::FromHsm(HSM, &bytes)),
                    None => Ok(()),
                }
            }
            Action::Close => {
                self.left.device_faults -= 1;
                self.is_open = false;
                self.input(Input::HsmClosed(HSM))
            }
            Action::Open => {
                self.is_open = true;
                self.input(Input::HsmOpened(HSM))
            }
            Action::Timeout => {
                self.left.late -= u8::from(!self.is_in_time());
                self.pass()
            }
            Action::Sync => {
                self.sync();
                Ok(())
            }
            Action::Fail(kept) => {
                self.left.disk_faults -= 1;
                self.lose(kept);
                self.report = Some(Report::Failed);
                Ok(())
            }
            Action::Report => self.hear(),
            Action::Crash(kept, off) => {
                self.left.crashes -= 1;
                self.crash(kept, off);
                Ok(())
            }
        }
    }

    fn fingerprint(&self) -> u128 {
        fingerprint::of(self, self.now)
    }

    fn end_well(mut self) -> Result<(), String> {
        self.rest()?;
        if self.is_sealed {
            self.crash(true, false);
            self.rest()?;
        }
        if !self.open.is_empty() {
            return Err(format!("without a reply: {:?}", self.open));
        }
        let last = consensus(watermark(WATERMARK), mark(9, 0), 0);
        self.left.requests = u8::MAX;
        self.send(WANTED.len(), &last)?;
        self.rest()?;
        match self.synced.last() {
            Some(record) if record.mark.level.number() == 9 => Ok(()),
            other => Err(format!("no progress: {other:?}")),
        }
    }
}

impl<B: Bounded> SignerWorld<B> {
    fn add_device(&self, actions: &mut Vec<Action>) {
        let faulty = self.left.device_faults > 0;
        if self.device.has_work() {
            actions.push(Action::Work(Work::Right));
            actions.extend(Work::FAULTS.map(Action::Work).iter().filter(|_| faulty));
        }
        if self.device.has_reply() && self.is_open {
            actions.push(Action::Carry(Carry::Whole));
            actions.extend(Carry::FAULTS.map(Action::Carry).iter().filter(|_| faulty));
        }
        match self.is_open {
            true if faulty => actions.push(Action::Close),
            true => {}
            false => actions.push(Action::Open),
        }
    }

    fn add_disk(&self, actions: &mut Vec<Action>) {
        if self.report.is_some() {
            return actions.push(Action::Report);
        }
        if !self.unsynced.is_empty() {
            actions.push(Action::Sync);
            if self.left.disk_faults > 0 {
                actions.extend([Action::Fail(false), Action::Fail(true)]);
            }
        }
    }
}

/// A signer that starts from these records.
fn signer(synced: &[Record]) -> Core {
    let mut marks = Marks::new();
    for record in synced {
        marks.apply(record).expect("one watermark");
    }
    let next = synced.last().map_or(0, |record| record.sequence + 1);
    let times = Times {
        request_ms: 10_000,
        hsm_reply_ms: 3_000,
    };
    let policy = policy(&[KEY], 1, WithoutHsm::Wait);
    Signer::new(policy, times, Toy, Ledger::new(marks, next)).expect("no authorized keys")
}

/// The message of a number; the one behind them all is that of the end.
fn wanted(what: usize) -> Wanted {
    let (level, salt) = WANTED.get(what).copied().unwrap_or((9, 0));
    consensus(watermark(WATERMARK), mark(level, 0), salt)
}
