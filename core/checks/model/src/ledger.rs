//! The ledger between clients, a disk and crashes.
//!
//! Two clients want any of two messages for each of two slots of one watermark, as often as they like, and
//! go any number of steps of `check, reserve, record, confirm`, or give back, in any order. A message is
//! signed at most twice, each time with another signature. The disk keeps a record, fails with the record
//! there or not, or the signer crashes with the record there or not; as often as it likes.

use tezio_core::crypto::{VerifiedSignature, Verify as _};
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::{Digest, Message};
use tezio_core::time::Instant;
use tezio_core::watermark::{
    Approved, Claim, Ledger, Mark, Marks, Record, Standing, Unstored, Watermark,
};
use tezio_simulation::messages::{Wanted, consensus, mark, watermark};
use tezio_simulation::toy::{Toy, address, public_key, secret, sign};

use crate::explore::World;
use crate::fingerprint;
use crate::releases::Releases;

const CLIENTS: usize = 2;
/// Slots and messages for each.
const SLOTS: usize = 2;
const CONTENTS: usize = 2;
const WANTED: usize = SLOTS * CONTENTS;
/// Signatures that may be made of each message.
const SIGNATURES: u8 = 2;

/// A ledger and all around it.
#[derive(Debug)]
pub struct LedgerWorld {
    ledger: Ledger<1>,
    clients: [Client; CLIENTS],
    /// How many signatures were made of each message.
    made: [u8; WANTED],
    durable: Vec<Record>,
    releases: Releases,
    sealed: bool,
}

/// Where a client is.
#[derive(Debug)]
enum Client {
    Idle,
    Holds(usize, Approved),
    Waits(usize, Unstored),
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// A client wants a message signed.
    Ask(usize, usize),
    /// A client's signature comes.
    Sign(usize),
    /// What comes is a signature of another message.
    SignAnother(usize),
    /// Nothing comes.
    GiveBack(usize),
    /// The disk keeps a client's record.
    Store(usize),
    /// The disk fails; whether the records that wait are there.
    Fail(bool),
    /// The signer starts again; whether the records that wait are there.
    Crash(bool),
}

impl World for LedgerWorld {
    type Action = Action;

    fn begin() -> Self {
        let start = Record::set(0, the_watermark(), Mark::default());
        Self {
            ledger: ledger(&[start]),
            clients: [const { Client::Idle }; CLIENTS],
            made: [0; WANTED],
            durable: vec![start],
            releases: Releases::default(),
            sealed: false,
        }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = vec![Action::Crash(false), Action::Crash(true)];
        if !self.sealed {
            actions.extend([Action::Fail(false), Action::Fail(true)]);
        }
        for (at, client) in self.clients.iter().enumerate() {
            match client {
                Client::Idle => actions.extend((0..WANTED).map(|what| Action::Ask(at, what))),
                Client::Holds(what, _) => {
                    actions.extend([Action::GiveBack(at), Action::SignAnother(at)]);
                    if self.made[*what] < SIGNATURES {
                        actions.push(Action::Sign(at));
                    }
                }
                Client::Waits(..) => actions.push(Action::Store(at)),
            }
        }
        actions
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Ask(at, what) => self.ask(at, what)?,
            Action::Sign(at) | Action::SignAnother(at) => {
                self.sign(at, matches!(action, Action::Sign(_)))?;
            }
            Action::GiveBack(at) => {
                if let Client::Holds(_, approved) = self.take(at) {
                    self.ledger.give_back(approved);
                }
            }
            Action::Store(at) => self.store(at)?,
            Action::Fail(kept) => {
                self.lose(kept);
                self.ledger.seal();
                self.sealed = true;
            }
            Action::Crash(kept) => self.crash(kept),
        }
        self.check()
    }

    fn fingerprint(&self) -> u128 {
        fingerprint::of(self, Instant::default())
    }

    fn end_well(mut self) -> Result<(), String> {
        if self.sealed {
            self.crash(true);
        }
        for at in 0..CLIENTS {
            if let Client::Holds(_, approved) = self.take(at) {
                self.ledger.give_back(approved);
            }
            self.store(at)?;
        }
        let next = consensus(the_watermark(), mark(9, 0), 0);
        let approved = self.ledger.reserve(claim(&next));
        let approved = approved.map_err(|standing| format!("no progress: {standing:?}"))?;
        let unstored = self.ledger.record(approved, &signature(&next, 9));
        let unstored = unstored.map_err(|refusal| format!("no progress: {refusal}"))?;
        let stored = self.ledger.confirm(unstored);
        stored
            .map(|_| ())
            .ok_or_else(|| "no progress: not released".to_owned())
    }
}

impl LedgerWorld {
    /// What a client holds, which is idle then; one that waits for the disk goes on waiting.
    fn take(&mut self, at: usize) -> Client {
        if matches!(self.clients[at], Client::Waits(..)) {
            return Client::Idle;
        }
        core::mem::replace(&mut self.clients[at], Client::Idle)
    }

    fn ask(&mut self, at: usize, what: usize) -> Result<(), String> {
        let wanted = wanted(what);
        match self.ledger.reserve(claim(&wanted)) {
            Ok(approved) => self.clients[at] = Client::Holds(what, approved),
            Err(Ok(Standing::Repeat(stored))) => {
                let slot = wanted.slot.ok_or("no slot")?;
                let signature = stored.signature();
                self.releases
                    .release(slot.mark, &wanted.digest, signature, &self.durable)?;
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn sign(&mut self, at: usize, right: bool) -> Result<(), String> {
        let Client::Holds(what, approved) = self.take(at) else {
            return Ok(());
        };
        let signed = if right { what } else { (what + 1) % WANTED };
        self.made[what] += u8::from(right);
        let signature = signature(&wanted(signed), self.made[what]);
        match self.ledger.record(approved, &signature) {
            Ok(_) if !right => Err("recorded the signature of another message".to_owned()),
            Ok(unstored) => {
                self.clients[at] = Client::Waits(what, unstored);
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    fn store(&mut self, at: usize) -> Result<(), String> {
        let Client::Waits(what, unstored) = core::mem::replace(&mut self.clients[at], Client::Idle)
        else {
            return Ok(());
        };
        let record = *unstored.record();
        self.durable.push(record);
        let before = self
            .ledger
            .marks()
            .of(&the_watermark())
            .map(|known| known.mark);
        let stored = self
            .ledger
            .confirm(unstored)
            .ok_or("kept and not released")?;
        if before.is_some_and(|before| before >= record.mark) {
            return Err(format!("recorded {} after {before:?}", record.mark));
        }
        let digest = wanted(what).digest;
        self.releases
            .release(record.mark, &digest, stored.signature(), &self.durable)
    }

    /// Nobody hears of what waits for the disk any more.
    fn lose(&mut self, kept: bool) {
        for client in &mut self.clients {
            if let Client::Waits(_, unstored) = client {
                self.durable.extend(kept.then_some(*unstored.record()));
                *client = Client::Idle;
            }
        }
    }

    fn crash(&mut self, kept: bool) {
        self.lose(kept);
        self.clients = [const { Client::Idle }; CLIENTS];
        self.ledger = ledger(&self.durable);
        self.sealed = false;
    }

    /// One watermark is kept for one message at most.
    fn check(&self) -> Result<(), String> {
        let held = self
            .clients
            .iter()
            .filter(|client| !matches!(client, Client::Idle));
        if held.count() > 1 {
            return Err("two messages approved for one watermark".to_owned());
        }
        Ok(())
    }
}

fn the_watermark() -> Watermark {
    watermark(0)
}

/// The ledger that a start makes of these records.
fn ledger(durable: &[Record]) -> Ledger<1> {
    let mut marks = Marks::new();
    for record in durable {
        marks.apply(record).expect("one watermark");
    }
    let next = durable.last().map_or(0, |record| record.sequence + 1);
    Ledger::new(marks, next)
}

fn wanted(what: usize) -> Wanted {
    let level = u32::try_from(what / CONTENTS).expect("few") + 1;
    let salt = u8::try_from(what % CONTENTS).expect("few");
    consensus(the_watermark(), mark(level, 0), salt)
}

fn claim(wanted: &Wanted) -> Claim {
    let message = Message::parse(&wanted.bytes).expect("a message");
    let consensus = message.consensus().expect("of consensus");
    Claim::new(address(wanted.key), consensus, wanted.digest)
}

fn signature(wanted: &Wanted, number: u8) -> VerifiedSignature {
    let key: KeyAlias = wanted.key;
    let prepared = Toy.prepare(&public_key(key)).expect("a key");
    let digest: Digest = wanted.digest;
    let made = sign(secret(key), &digest, u64::from(number));
    VerifiedSignature::check(&Toy, address(key), &prepared, digest, made).expect("sound")
}
