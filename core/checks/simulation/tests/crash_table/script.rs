//! A script: one signer whose process ends at a chosen point, and the questions asked after it.

use tezio_core::octez::Reply;
use tezio_core::signer::RequestId;
use tezio_core::tezos::Signature;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::WatermarkRefusal;
use tezio_simulation::machine::{Point, Step};
use tezio_simulation::messages::{Wanted, consensus, mark, watermark};
use tezio_simulation::platter::Survival;
use tezio_simulation::{Crash, Setup, World};

/// Enough seeds for every subset of what can be lost.
pub(crate) const SEEDS: u64 = 200;

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A signature, made by a device just now.
    Signed(Signature),
    /// A signature, without any device.
    FromRecord(Signature),
    /// A refusal by the mark.
    Refused,
    /// Nothing.
    None,
}

/// The signer and what happened to it.
pub(crate) struct Script {
    pub(crate) world: World,
}

/// The message of all rows, a block.
pub(crate) fn first() -> Wanted {
    block(5, 0)
}

/// Other bytes at its level and round.
pub(crate) fn other() -> Wanted {
    block(5, 1)
}

pub(crate) fn block(level: u32, salt: u8) -> Wanted {
    consensus(watermark(0), mark(level, 0), salt)
}

/// A preattestation or attestation, for watermarks of their own.
pub(crate) fn vote(kind: usize, level: u32) -> Wanted {
    consensus(watermark(kind), mark(level, 0), 0)
}

impl Script {
    /// A signer that is ready, with all marks at zero.
    pub(crate) fn begin(seed: u64) -> Self {
        Self::with(Setup {
            seed,
            ..Setup::default()
        })
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let mut script = Self::cold(setup);
        script.world.boot();
        script.world.settle();
        script.check();
        script
    }

    /// A machine on which the signer was never started.
    pub(crate) fn cold(setup: Setup) -> Self {
        Self {
            world: World::new(setup),
        }
    }

    /// The process will end at this point.
    pub(crate) fn end_at(&self, point: Point) {
        self.end_at_passing(point, 0);
    }

    /// The process will end when this point is passed after so many times.
    pub(crate) fn end_at_passing(&self, point: Point, times: u32) {
        self.world.machine.borrow_mut().power.cut = Some((point, times));
    }

    /// Asks, and waits until it is answered or the process has ended.
    pub(crate) fn ask(&mut self, wanted: &Wanted) -> Answer {
        let asked = self.world.asked();
        let id = self.world.ask(wanted);
        self.world.settle();
        self.check();
        match self.world.reply(id) {
            Some(Reply::Signature(release)) if self.world.asked() > asked => {
                Answer::Signed(*release.signature())
            }
            Some(Reply::Signature(release)) => Answer::FromRecord(*release.signature()),
            Some(Reply::Refused(Refusal::Watermark(
                WatermarkRefusal::Conflict { .. } | WatermarkRefusal::Below { .. },
            ))) => Answer::Refused,
            Some(other) => panic!("{other:?}"),
            None => Answer::None,
        }
    }

    /// Asks, and takes the answer for a signature of a device.
    pub(crate) fn sign(&mut self, wanted: &Wanted) -> Signature {
        let answer = self.ask(wanted);
        let Answer::Signed(signature) = answer else {
            panic!("{wanted}: {answer:?}");
        };
        signature
    }

    /// Asks for the first message; the process must end on the way, with or without an answer.
    pub(crate) fn end_on_the_way(&mut self) -> Answer {
        let answer = self.ask(&first());
        assert!(self.world.is_off(), "the point was not reached");
        answer
    }

    /// Asks for all of these at once, and waits until they are answered or the process has ended.
    pub(crate) fn ask_all(&mut self, wanted: &[Wanted]) {
        for wanted in wanted {
            self.world.ask(wanted);
        }
        self.world.settle();
        self.check();
    }

    /// The journal's thread takes its time from the next start on, which is now: records gather.
    pub(crate) fn hold_the_journal(&mut self) {
        self.world.slow_the_journal(2_000);
        self.restart(Crash::Kill);
    }

    /// A request was refused because the disk had failed.
    pub(crate) fn expect_sealed(&self, id: RequestId) {
        let reply = self.world.reply(id);
        let sealed = Refusal::Watermark(WatermarkRefusal::Sealed);
        assert_eq!(reply, Some(&Reply::Refused(sealed)));
    }

    /// What ended is started again.
    pub(crate) fn restart(&mut self, how: Crash) {
        self.world.crash(how);
        self.world.boot();
        self.world.settle();
        assert!(!self.world.is_off() || self.world.witness.violation().is_some());
        self.check();
    }

    /// No promise is broken.
    pub(crate) fn check(&self) {
        assert_eq!(self.world.witness.violation(), None);
    }
}

/// How a process can end when nothing is on its way to the disk, or none of it arrives.
pub(crate) const LOSING: [Crash; 1] = [Crash::PowerCut(Survival::Nothing)];

/// How it can end with all that was written still there.
pub(crate) const KEEPING: [Crash; 2] = [Crash::Kill, Crash::PowerCut(Survival::Everything)];

/// All of them.
pub(crate) const ANY: [Crash; 4] = [
    Crash::Kill,
    Crash::PowerCut(Survival::Nothing),
    Crash::PowerCut(Survival::Everything),
    Crash::PowerCut(Survival::Some),
];

/// Whether all is as if the first message had never been asked for: it can be signed, and so can another.
pub(crate) fn nothing_is_kept(point: Point, crashes: &[Crash]) {
    for crash in crashes {
        let again = |wanted: &Wanted| {
            let mut script = Script::begin(0);
            script.end_at(point);
            assert_eq!(script.end_on_the_way(), Answer::None);
            script.restart(*crash);
            script.sign(wanted);
        };
        again(&first());
        again(&other());
    }
}

/// Whether the signature is kept, and `released` or not: a retry gets it, another message nothing.
pub(crate) fn the_signature_is_kept(point: Point, crashes: &[Crash], released: bool) {
    for crash in crashes {
        let mut script = Script::begin(0);
        script.end_at(point);
        let before = script.end_on_the_way();
        assert_eq!(before != Answer::None, released, "{crash:?}");
        script.restart(*crash);
        assert_eq!(script.ask(&other()), Answer::Refused, "{crash:?}");
        let Answer::FromRecord(again) = script.ask(&first()) else {
            panic!("{crash:?}: not from the record");
        };
        assert!(!released || before == Answer::Signed(again), "{crash:?}");
        assert_eq!(script.ask(&block(4, 0)), Answer::Refused, "{crash:?}");
        script.sign(&block(6, 0));
    }
}

/// Right before a step.
pub(crate) const fn before(step: Step) -> Point {
    Point::Before(step)
}

/// Right after it.
pub(crate) const fn after(step: Step) -> Point {
    Point::After(step)
}
