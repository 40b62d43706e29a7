//! What the signer is told, what becomes of what it wants done, and how all comes to rest.

use tezio_core::crypto::Verify as _;
use tezio_core::octez::{Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::signer::{Caller, Input, Output, RequestId};
use tezio_simulation::HOME;
use tezio_simulation::messages::Wanted;
use tezio_simulation::toy::{Toy, address, secret};

use super::{Action, Bounded, PATIENCE, Report, SignerWorld, signer, wanted};
use crate::device::{Carry, KEY, Work};
use crate::explore::World as _;

impl<B: Bounded> SignerWorld<B> {
    /// Whether nothing is on its way, so that a deadline that passes is not early.
    pub(super) fn is_in_time(&self) -> bool {
        self.device.is_quiet() && self.unsynced.is_empty() && self.report.is_none()
    }

    pub(super) fn ask(&mut self, what: usize) -> Result<(), String> {
        self.send(what, &wanted(what))
    }

    pub(super) fn send(&mut self, what: usize, wanted: &Wanted) -> Result<(), String> {
        let id = RequestId(u64::from(u8::MAX - self.left.requests));
        self.left.requests -= 1;
        self.open.push((id, what));
        let request = Request::Sign {
            key: address(KEY),
            data: &wanted.bytes,
            authentication: None,
        };
        let peer = Peer::Address(HOME);
        let from = Caller { id, peer };
        self.input(Input::Request { from, request })
    }

    pub(super) fn pass(&mut self) -> Result<(), String> {
        if let Some(due) = self.signer.poll_timeout() {
            self.now = self.now.max(due);
        }
        self.input(Input::Timeout)
    }

    pub(super) fn sync(&mut self) {
        self.synced.append(&mut self.unsynced);
        let last = self.synced.last().map_or(0, |record| record.sequence);
        self.report = Some(Report::Stored(last));
    }

    pub(super) fn lose(&mut self, kept: bool) {
        let unsynced = core::mem::take(&mut self.unsynced);
        self.synced.extend(unsynced.into_iter().filter(|_| kept));
    }

    pub(super) fn hear(&mut self) -> Result<(), String> {
        match self.report.take() {
            Some(Report::Stored(last)) => self.input(Input::Stored(last)),
            Some(Report::Failed) => {
                self.is_sealed = true;
                self.input(Input::StoreFailed)
            }
            None => Ok(()),
        }
    }

    pub(super) fn crash(&mut self, kept: bool, off: bool) {
        self.lose(kept);
        self.report = None;
        self.open.clear();
        self.is_open = false;
        if off {
            self.device.lose_power();
        }
        self.is_sealed = false;
        self.signer = signer(&self.synced);
    }

    /// Gives the signer one input and does all that it wants done.
    pub(super) fn input(&mut self, input: Input<'_>) -> Result<(), String> {
        let taken = self.signer.handle_input(self.now, input);
        taken.map_err(|misuse| misuse.to_string())?;
        loop {
            let timely = self.left.late == B::BOUNDS.late;
            match self.signer.poll_output() {
                None => return Ok(()),
                Some(Output::ToHsm(_, packet)) => {
                    if timely && !self.device.is_quiet() {
                        return Err("a packet while another was on its way".to_owned());
                    }
                    self.device.receive(packet);
                }
                Some(Output::Store(record)) => self.unsynced.push(record),
                Some(Output::Reply(id, reply)) => self.reply(id, &reply)?,
                Some(Output::Reopen(_)) => self.is_open = false,
                Some(Output::Notice(..) | Output::Authorized(..) | Output::Progress(..)) => {}
            }
        }
    }

    pub(super) fn reply(&mut self, id: RequestId, reply: &Reply) -> Result<(), String> {
        let at = self.open.iter().position(|(open, _)| *open == id);
        let (_, what) = self.open.remove(at.ok_or("a reply that nobody waits for")?);
        let Reply::Signature(release) = reply else {
            return Ok(());
        };
        let wanted = wanted(what);
        let signature = release.signature();
        let verdict = Toy.verify(&secret(KEY), &wanted.digest, signature);
        verdict.map_err(|_| "released without verifying")?;
        let slot = wanted.slot.ok_or("no slot")?;
        self.releases
            .release(slot.mark, &wanted.digest, signature, &self.synced)
    }

    /// Nothing goes wrong until nothing is left to happen.
    pub(super) fn rest(&mut self) -> Result<(), String> {
        for _ in 0..PATIENCE {
            if self.device.has_work() {
                self.device.work(Work::Right)?;
            } else if !self.is_open {
                self.act(Action::Open)?;
            } else if self.device.has_reply() {
                self.act(Action::Carry(Carry::Whole))?;
            } else if self.report.is_some() {
                self.hear()?;
            } else if !self.unsynced.is_empty() {
                self.sync();
            } else if self.signer.poll_timeout().is_some() {
                self.pass()?;
            } else {
                return Ok(());
            }
        }
        Err("does not come to rest".to_owned())
    }
}
