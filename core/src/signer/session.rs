//! A session: one HSM from the opening of its port to its loss, and which keys it serves.
//!
//! After each opening the device must come into step and show every key that the configuration
//! places on it, twice and with another exchange between: the firmware can answer a failed read with
//! bytes of the request. A device that shows another key, or none, serves nothing; it is asked again
//! every few seconds.

use crate::crypto::Verify;
use crate::hsm::extension::Features;
use crate::hsm::{Answer, Ask, KeyAlias, Link, LinkFault, Outcome, Status};
use crate::limits::{FAILING_MS, HSMS, IDENTIFY_AGAIN_MS, KEYS};
use crate::policy::{HsmId, Policy};
use crate::tezos::{PublicKey, PublicKeyHash};
use crate::time::Instant;
use crate::verdict::HsmFault;

use super::events::{Notice, Output};
use super::held_key::{HeldKey, Shown};

/// What is asked of a device that shall keep its marks.
const WANTED: Features = Features::LASTING.and(Features::CLEAR_REFUSALS);

/// One HSM.
#[derive(Debug)]
pub(super) struct Session {
    hsm: HsmId,
    link: Link,
    /// How long a reply may take to begin.
    reply_ms: u32,
    /// The keys it must hold: position in the policy and alias.
    keys: heapless::Vec<(usize, KeyAlias), KEYS>,
    phase: Phase,
    notice: Option<Notice>,
    last_notice: Option<Notice>,
    /// Whether it keeps its marks in flash, as last said by it.
    lasting_marks: Option<bool>,
    reopen: bool,
    /// Until when others go first, after it failed at a signature.
    failing_until: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The port is not open, or the line not in step for the first time.
    Absent,
    /// Asking for keys; `step` counts the exchanges.
    Identifying { step: usize },
    /// Serving.
    Ready,
    /// Showed something wrong; asked again after a while, since a chip's read can fail once.
    Unusable { fault: HsmFault, again: Instant },
}

/// The sessions of all HSMs that `policy` places keys on.
pub(super) fn sessions(policy: &Policy, reply_ms: u32) -> heapless::Vec<Session, HSMS> {
    let homes = policy.keys.iter().flat_map(|key| &key.homes);
    let count = homes
        .map(|(hsm, _)| hsm.0)
        .max()
        .map_or(0, |last| usize::from(last).saturating_add(1));
    (0..=u8::MAX)
        .take(count.min(HSMS))
        .map(|number| Session::new(HsmId(number), policy, reply_ms))
        .collect()
}

impl Session {
    fn new(hsm: HsmId, policy: &Policy, reply_ms: u32) -> Self {
        let alias = |homes: &[(HsmId, KeyAlias)]| {
            let home = homes.iter().find(|(home, _)| *home == hsm);
            home.map(|(_, alias)| *alias)
        };
        Self {
            hsm,
            link: Link::new(reply_ms),
            reply_ms,
            keys: policy
                .keys
                .iter()
                .enumerate()
                .filter_map(|(at, key)| alias(&key.homes).map(|alias| (at, alias)))
                .collect(),
            phase: Phase::Absent,
            notice: None,
            last_notice: None,
            lasting_marks: None,
            reopen: false,
            failing_until: None,
        }
    }

    /// The port is open, perhaps again without having been closed: an exchange before that is lost.
    pub(super) fn handle_opened(&mut self, now: Instant) {
        self.link.handle_closed();
        self.phase = Phase::Absent;
        self.link.handle_opened(now);
    }

    pub(super) fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        self.link.handle_bytes(now, bytes);
    }

    pub(super) fn handle_closed(&mut self) {
        self.link.handle_closed();
        self.announce(Notice::Unusable(HsmFault::Link(LinkFault::NotConnected)));
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.link.handle_timeout(now);
        if self.link.is_hopeless() {
            self.reopen = true;
            self.handle_closed();
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let again = match self.phase {
            Phase::Unusable { again, .. } if self.link.is_idle() => Some(again),
            Phase::Unusable { .. } | Phase::Absent | Phase::Identifying { .. } | Phase::Ready => {
                None
            }
        };
        [self.link.poll_timeout(), again]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) const fn has_output(&self) -> bool {
        self.reopen || self.notice.is_some() || self.link.wants_transmit()
    }

    pub(super) fn poll_output(&mut self) -> Option<Output<'_>> {
        if core::mem::take(&mut self.reopen) {
            return Some(Output::Reopen(self.hsm));
        }
        if let Some(notice) = self.notice.take() {
            return Some(Output::Notice(self.hsm, notice));
        }
        let packet = self.link.poll_transmit()?;
        Some(Output::ToHsm(self.hsm, packet))
    }

    /// Which HSM it is.
    pub(super) const fn number(&self) -> HsmId {
        self.hsm
    }

    /// Whether the next signing exchange can begin.
    pub(super) const fn is_free(&self) -> bool {
        matches!(self.phase, Phase::Ready) && self.link.is_idle()
    }

    /// Whether the configuration places the key at `key` here.
    pub(super) fn houses(&self, key: usize) -> bool {
        self.alias(key).is_some()
    }

    /// Whether a key that the configuration places here can be used.
    pub(super) fn serves(&self, key: usize) -> bool {
        matches!(self.phase, Phase::Ready) && self.link.is_open() && self.houses(key)
    }

    /// Why nothing comes from here, if that is so.
    pub(super) const fn trouble(&self) -> Option<HsmFault> {
        match self.phase {
            Phase::Unusable { fault, .. } => Some(fault),
            Phase::Absent | Phase::Identifying { .. } => {
                Some(HsmFault::Link(LinkFault::NotConnected))
            }
            Phase::Ready if self.link.is_open() => None,
            Phase::Ready => Some(HsmFault::Link(LinkFault::NotConnected)),
        }
    }

    pub(super) fn sign(&mut self, now: Instant, key: usize, message: &[u8]) {
        if let Some(alias) = self.alias(key) {
            self.link.ask(now, Ask::Sign { alias, message });
        }
    }

    /// The device gave something that was not what it seemed: resynchronise before the next exchange.
    pub(super) fn doubt(&mut self, now: Instant) {
        self.link.resynchronise(now);
    }

    /// Passes on the end of a signing exchange; until the device has shown its keys, asks for them.
    pub(super) fn identify<V: Verify>(
        &mut self,
        now: Instant,
        policy: &Policy,
        verifier: &V,
        held: &mut [HeldKey<V::Key>],
    ) -> Option<Outcome> {
        let outcome = self.link.poll_outcome();
        if let Phase::Identifying { step } = self.phase {
            let shown = outcome?;
            self.note_extension(&shown, policy);
            match self.judge(step, shown, policy, verifier, held) {
                Ok(()) => self.next_step(now, step, policy),
                Err(fault) => self.reject(now, fault),
            }
            return None;
        }
        if self.wants_keys(now) && self.link.is_idle() {
            self.phase = Phase::Identifying { step: 0 };
            self.ask_key(now, 0, policy);
        }
        outcome
    }

    /// Whether it is time to ask for the keys.
    fn wants_keys(&self, now: Instant) -> bool {
        match self.phase {
            Phase::Absent => true,
            Phase::Unusable { again, .. } => now >= again,
            Phase::Identifying { .. } | Phase::Ready => false,
        }
    }

    fn next_step(&mut self, now: Instant, step: usize, policy: &Policy) {
        let step = step.saturating_add(1);
        if step < self.steps() {
            self.phase = Phase::Identifying { step };
            self.ask_key(now, step, policy);
        } else {
            self.phase = Phase::Ready;
            self.announce(Notice::Ready);
        }
    }

    /// All keys, a probe or an offer, all keys again.
    fn steps(&self) -> usize {
        self.keys.len().saturating_mul(2).saturating_add(1)
    }

    /// The key asked for in a step; `None` for what is asked in the middle.
    fn step_key(&self, step: usize) -> Option<(usize, KeyAlias)> {
        let count = self.keys.len();
        let at = match step.checked_sub(count) {
            None => step,
            Some(second) => second.checked_sub(1)?,
        };
        self.keys.get(at).copied()
    }

    fn ask_key(&mut self, now: Instant, step: usize, policy: &Policy) {
        let ask = match self.step_key(step) {
            Some((_, alias)) => Ask::PublicKey(alias),
            None if policy.lasting_marks => Ask::Offer(WANTED),
            None => Ask::Probe,
        };
        self.link.ask(now, ask);
    }

    /// Tells the operator whether an offer was taken, when that is new.
    fn note_extension(&mut self, shown: &Outcome, policy: &Policy) {
        let lasting = match shown {
            Ok(Answer::Extension(extension)) => extension.features.have(Features::LASTING),
            Ok(Answer::Status(Status::UnknownOpcode)) if policy.lasting_marks => false,
            Ok(
                Answer::Key(_)
                | Answer::Address(_)
                | Answer::Signature(_)
                | Answer::Verified(_)
                | Answer::Status(_),
            )
            | Err(_) => return,
        };
        if self.lasting_marks != Some(lasting) {
            self.lasting_marks = Some(lasting);
            self.notice = Some(Notice::LastingMarks(lasting));
        }
    }

    /// Compares what the device showed in a step with what the configuration expects.
    fn judge<V: Verify>(
        &self,
        step: usize,
        shown: Outcome,
        policy: &Policy,
        verifier: &V,
        held: &mut [HeldKey<V::Key>],
    ) -> Result<(), HsmFault> {
        let shown = shown.map_err(HsmFault::Link)?;
        let Some((at, _)) = self.step_key(step) else {
            return Ok(());
        };
        let public = match shown {
            Answer::Key(public) => public,
            Answer::Status(status) => return Err(HsmFault::Status(status)),
            Answer::Address(_)
            | Answer::Signature(_)
            | Answer::Verified(_)
            | Answer::Extension(_) => return Err(HsmFault::Unexpected),
        };
        let Some(expected) = policy.keys.get(at).map(|key| key.hash) else {
            return Err(HsmFault::Unexpected);
        };
        check_hash(expected, &public)?;
        let prepared = verifier
            .prepare(&public)
            .map_err(|_| HsmFault::InvalidKey(expected))?;
        if step > self.keys.len()
            && let Some(slot) = held.get_mut(at)
        {
            slot.shown = Some(Shown { public, prepared });
        }
        Ok(())
    }

    /// A device that failed on the line is asked again as soon as it is in step; one that showed
    /// something wrong, after a while.
    fn reject(&mut self, now: Instant, fault: HsmFault) {
        self.phase = if matches!(fault, HsmFault::Link(_)) {
            Phase::Absent
        } else {
            // Not before a late reply would have come: a device that is one behind is then caught.
            let again = now.plus_millis(IDENTIFY_AGAIN_MS.max(self.reply_ms));
            Phase::Unusable { fault, again }
        };
        self.announce(Notice::Unusable(fault));
    }

    /// It has signed, or failed to.
    pub(super) fn signed(&mut self, now: Instant, verdict: Result<(), HsmFault>) {
        self.failing_until = verdict.err().map(|_| now.plus_millis(FAILING_MS));
    }

    /// Whether another HSM with the same key goes first: this one failed at its last signature, not
    /// long ago.
    pub(super) fn is_failing(&self, now: Instant) -> bool {
        self.failing_until.is_some_and(|until| now < until)
    }

    /// Tells the operator of a failure that no client may ever hear of.
    pub(super) fn pass_over(&mut self, fault: HsmFault) {
        self.notice.get_or_insert(Notice::PassedOver(fault));
    }

    /// Tells the operator what has changed, and nothing twice.
    fn announce(&mut self, notice: Notice) {
        if self.last_notice != Some(notice) {
            self.last_notice = Some(notice);
            self.notice = Some(notice);
        }
    }

    fn alias(&self, key: usize) -> Option<KeyAlias> {
        let home = self.keys.iter().find(|(at, _)| *at == key);
        home.map(|(_, alias)| *alias)
    }
}

fn check_hash(expected: PublicKeyHash, public: &PublicKey) -> Result<(), HsmFault> {
    let found = public.hash();
    if found == expected {
        Ok(())
    } else {
        Err(HsmFault::WrongKey { expected, found })
    }
}
