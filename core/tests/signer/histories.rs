//! Long histories of clients, conflicts, repeats, faults and power cuts, drawn from fixed seeds; the
//! witness looks at every step.
//!
//! That it can fail was shown by taking out one guard at a time. The seed is the first that noticed:
//!
//! | guard taken out | seed |
//! |---|---|
//! | below the mark is refused | 0 |
//! | other bytes at the mark are refused | 2 |
//! | the same bytes at the mark are not signed again | 0 |
//! | a mark is raised when its record is stored | 0 |
//! | a mark is raised by the records of the journal | 0 |
//! | a watermark is reserved while its message is signed | 0 |
//! | it stays so until the record is stored | 0 |
//! | chains have marks of their own | 0 |
//! | every signature is verified | 1 |
//! | a failed disk seals the ledger | 0 |
//! | a signature that comes after the disk failed is dropped | 0 |
//! | a client that waits is not forgotten when outputs are polled | 1 |
//! | an exchange ends when its port is opened again | 4 |
//!
//! Taken out unnoticed here and noticed by the scripts beside this one: rounds within a level, giving a
//! reservation back, draining after silence, dropping records on their way when the disk fails, the
//! number in a confirmation, the refusal of conflicts on arrival.

use tezio_core::octez::Reply;
use tezio_core::signer::{Input, RequestId};
use tezio_core::tezos::ConsensusKind;

use crate::support::{
    Fault, GHOSTNET, Holder, MAINNET, Pair, Prng, Setup, Wanted, dal_attestation, on_chain,
    operation, vote_or_block,
};

const HISTORIES: u64 = 300;
const STEPS: u32 = 200;
/// Two of the keys, so that requests meet.
const KEYS: [Holder; 2] = [Holder::Tz2, Holder::Tz3];

/// One history and what has been asked in it.
struct History {
    seed: u64,
    pair: Pair,
    prng: Prng,
    asked: Vec<(RequestId, Holder, Wanted)>,
    base: u32,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut prng = Prng::new(seed);
        let mut setup = Setup::on(&[&KEYS, &KEYS]);
        setup.times.request_ms = *prng.pick(&[500, 5_000, 60_000]);
        for hsm in &mut setup.hsms {
            hsm.latency_ms = *prng.pick(&[5, 300, 1_500]);
        }
        Self {
            seed,
            pair: setup.start_closed(),
            prng,
            asked: Vec::new(),
            base: 1,
        }
    }

    fn play(&mut self) {
        self.pair.open_all();
        for step in 0..STEPS {
            self.base = 1 + step / 25;
            self.happen();
        }
    }

    fn happen(&mut self) {
        match self.prng.below(100) {
            0..24 => self.ask_new(),
            24..34 => self.ask_again(),
            34..40 => self.ask(Holder::Tz2, operation(1)),
            40..44 => self.hang_up(),
            44..50 => self.break_device(),
            50..53 => self.replug(),
            53..56 => self.pair.store.held ^= true,
            56..60 => self.pair.sync(),
            60..61 => self.lose_disk(),
            61..63 => self.cut_power(),
            63..65 => self.jump(),
            65..66 => self.noise(),
            _ => self.let_go_on(),
        }
    }

    fn ask(&mut self, holder: Holder, wanted: Wanted) {
        let id = self.pair.ask(holder, &wanted);
        self.asked.push((id, holder, wanted));
    }

    fn ask_new(&mut self) {
        let holder = *self.prng.pick(&KEYS);
        let level = self.base + self.prng.below(3);
        let (round, salt) = (self.prng.below(2), self.prng.below(2));
        let salt = u8::try_from(salt).unwrap();
        let wanted = if self.prng.below(6) == 0 {
            dal_attestation(level, round, salt)
        } else {
            vote_or_block(*self.prng.pick(&ConsensusKind::ALL), level, round, salt)
        };
        let chain = *self.prng.pick(&[MAINNET, MAINNET, GHOSTNET]);
        self.ask(holder, on_chain(chain, wanted));
    }

    fn ask_again(&mut self) {
        let recent = self.asked.len().saturating_sub(12);
        if self.asked.len() > recent {
            let (_, holder, wanted) = self.prng.pick(&self.asked[recent..]).clone();
            self.ask(holder, wanted);
        }
    }

    fn hang_up(&mut self) {
        if let Some(id) = self.pair.witness.unanswered().first() {
            self.pair.hang_up(*id);
        }
    }

    fn break_device(&mut self) {
        let late = 1_000 + self.prng.below(4_000);
        let faults = [
            Fault::Status(0xaf),
            Fault::Status(0xd4),
            Fault::Silent,
            Fault::Garbled,
            Fault::Cut,
            Fault::Longer,
            Fault::OtherKey,
            Fault::Previous,
            Fault::Late(late),
            Fault::Late(late),
        ];
        let fault = self.prng.pick(&faults).clone();
        let hsm = self.prng.pick(&[0, 1]);
        self.pair.hsms[*hsm].faults.push_back(fault);
    }

    fn replug(&mut self) {
        let at = *self.prng.pick(&[0, 1]);
        if self.pair.hsms[at].open && self.prng.below(3) > 0 {
            self.pair.unplug(at);
        } else {
            self.pair.open(at);
        }
    }

    /// The disk fails, and the supervisor starts the signer again some time later.
    fn lose_disk(&mut self) {
        let kept = self.some_bytes();
        self.pair.fail_store(kept);
        for _ in 0..5 {
            self.ask_again();
            self.let_go_on();
        }
        self.cut_power();
    }

    fn cut_power(&mut self) {
        let kept = self.some_bytes();
        self.pair.restart(kept);
        self.pair.open_all();
    }

    fn some_bytes(&mut self) -> usize {
        *self.prng.pick(&[0, 17, 255, 256, 400, 4_096])
    }

    fn jump(&mut self) {
        let millis = self.prng.below(4_000);
        self.pair.jump(millis);
    }

    fn noise(&mut self) {
        let at = *self.prng.pick(&[0, 1]);
        if self.pair.hsms[at].open {
            self.pair
                .input(Input::FromHsm(crate::support::number(at), &[0x55]));
        }
    }

    fn let_go_on(&mut self) {
        for _ in 0..self.prng.below(6) {
            self.pair.step();
        }
    }

    /// Everything comes back, and everybody who still waits is answered.
    fn end(&mut self) {
        self.pair.store.held = false;
        for at in [0, 1] {
            self.pair.hsms[at].faults.clear();
            self.pair.open(at);
        }
        self.pair.settle();
        assert_eq!(self.pair.witness.unanswered(), []);
        assert!(self.pair.signer.is_settled());
    }

    fn signatures(&self) -> usize {
        let replies = self.pair.replies.iter();
        replies
            .filter(|(_, reply)| matches!(reply, Reply::Signature(_)))
            .count()
    }
}

impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the history of seed {}", self.seed);
        }
    }
}

#[test]
fn no_history_breaks_a_promise() {
    let mut signatures = 0;
    for seed in 0..HISTORIES {
        let mut history = History::new(seed);
        history.play();
        history.end();
        signatures += history.signatures();
    }
    assert!(
        signatures > 3_000,
        "{signatures}: too quiet to prove anything"
    );
}
