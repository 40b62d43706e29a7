//! Faults of the line and of the board, hundreds of them under load: after each one honest requests are
//! served again, nothing unverified and nothing contradictory leaves, and no request hangs.
//!
//! Several daemons, each with a board behind a line of its own, meet their faults side by side; most
//! of the time is waiting. `FAULTS=10000 cargo test -p tezio-signer --test daemon faulty_line --
//! --nocapture` has ten times as many, and prints what they cost.

use core::time::Duration;
use std::path::PathBuf;
use std::time::Instant;

use tempfile::TempDir;

use crate::support::faulty_line::{Fault, FaultyLine, Way};
use crate::support::messages::{attestation, operation};
use crate::support::{
    Chance, Client, Configuration, Daemon, Home, Simulator, TZ1, TZ3, assert_signed,
};

const LINES: u64 = 16;
const REQUEST_MS: u64 = 3_000;
const BOARD: &str = "latency: Instant, kinds: (ed25519: [3, 17, 18, 19])";
const STRANGER: &str = "latency: Instant, \
     keys: (p256: \"0101010101010101010101010101010101010101010101010101010101010101\")";
/// Requests that an honest client makes for one signature before it counts as lost.
const TRIES: u32 = 10;

/// One daemon, its board, and what it lived through.
struct Campaign {
    chance: Chance,
    board: Simulator,
    line: FaultyLine,
    daemon: Daemon,
    level: u32,
    strangers: usize,
    cost: Cost,
    _home: Home,
    _folder: TempDir,
}

/// What faults cost.
#[derive(Debug, Default)]
struct Cost {
    faults: u32,
    signatures: u32,
    refusals: u32,
    levels_lost: u32,
    longest_recovery: Duration,
    longest_overrun: Duration,
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.faults += other.faults;
        self.signatures += other.signatures;
        self.refusals += other.refusals;
        self.levels_lost += other.levels_lost;
        self.longest_recovery = self.longest_recovery.max(other.longest_recovery);
        self.longest_overrun = self.longest_overrun.max(other.longest_overrun);
    }
}

impl Campaign {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let link: PathBuf = folder.path().join("board");
        let board = Simulator::start(BOARD);
        let line = FaultyLine::new(board.path(), &link);
        let times = format!("(request_ms: {REQUEST_MS}, hsm_reply_ms: 400)");
        let home = Home::new(&Configuration::serial(&link).with("timeouts", &times));
        home.init();
        let daemon = home.start();
        daemon.wait_ready(1);
        Self {
            chance: Chance::new(seed),
            strangers: 0,
            board,
            line,
            daemon,
            level: 0,
            cost: Cost::default(),
            _home: home,
            _folder: folder,
        }
    }

    /// One fault while two requests are made, and the way back.
    fn suffer(&mut self) {
        self.level += 1;
        self.cost.faults += 1;
        let vote = attestation(self.level, 0, 1);
        let mut clients = [self.daemon.client(), self.daemon.client()];
        let begun = Instant::now();
        if self.chance.below(2) == 0 {
            self.strike();
        }
        let load = operation(u8::try_from(self.level % 251).unwrap());
        clients[0].ask_to_sign(&TZ1, &load);
        clients[1].ask_to_sign(&TZ3, &vote);
        let asked = Instant::now();
        self.strike();
        let first = self.answer(&mut clients[1], &vote, asked);
        let _ = self.answer(&mut clients[0], &load, asked);
        let signature = first.or_else(|refusal| self.recover(refusal, begun));
        let signature = signature.unwrap_or_else(|refusal| {
            let log = self.daemon.log().text();
            panic!("lost at level {}: {refusal}\n{log}", self.level)
        });
        let (vote, other) = (attestation(self.level, 0, 1), attestation(self.level, 0, 2));
        let mut client = self.daemon.client();
        let again = assert_signed(&TZ3, &vote, &client.sign(&TZ3, &vote));
        assert_eq!(again, signature, "one signature for level {}", self.level);
        client
            .sign(&TZ3, &other)
            .assert_refused(409, "different data");
    }

    /// The answer to a request made at `asked`: a signature that verifies, or the refusal.
    fn answer(
        &mut self,
        client: &mut Client,
        message: &[u8],
        asked: Instant,
    ) -> Result<String, String> {
        let answer = client.receive();
        let allowed = Duration::from_millis(REQUEST_MS);
        let overrun = asked.elapsed().saturating_sub(allowed);
        self.cost.longest_overrun = self.cost.longest_overrun.max(overrun);
        if answer.status == 200 {
            self.cost.signatures += 1;
            let key = if message[0] == 0x03 { TZ1 } else { TZ3 };
            return Ok(assert_signed(&key, message, &answer));
        }
        self.cost.refusals += 1;
        Err(answer.refusal(500))
    }

    /// An honest client asks again, as often as one would. A level that the board has signed while its
    /// answer was lost it never signs again: the client goes on with the next.
    fn recover(&mut self, first: String, begun: Instant) -> Result<String, String> {
        let mut refusal = first;
        for _ in 0..TRIES {
            if refusal.contains("status 0xd4") {
                self.level += 1;
                self.cost.levels_lost += 1;
            }
            let vote = attestation(self.level, 0, 1);
            let mut client = self.daemon.client();
            client.ask_to_sign(&TZ3, &vote);
            match self.answer(&mut client, &vote, Instant::now()) {
                Ok(signature) => {
                    let took = begun.elapsed();
                    self.cost.longest_recovery = self.cost.longest_recovery.max(took);
                    return Ok(signature);
                }
                Err(other) => refusal = other,
            }
        }
        Err(refusal)
    }

    fn strike(&mut self) {
        let way = self
            .chance
            .pick(&[Way::ToBoard, Way::ToDaemon, Way::ToDaemon]);
        let count = 1 + usize::try_from(self.chance.below(60)).unwrap();
        // Longer than the daemon waits for a reply: what comes then is late, or lost.
        let pause = Duration::from_millis(5 + self.chance.below(600));
        match self.chance.below(12) {
            0..2 => self.line.fault(way, Fault::Drop(count)),
            2 => self.line.fault(way, Fault::Duplicate(count)),
            3..5 => self.line.fault(way, Fault::Corrupt(count)),
            5 => self.line.fault(way, Fault::Delay(pause)),
            6 => self.line.fault(way, Fault::Split),
            7 => self.line.fault(way, Fault::Merge(count)),
            8 => self.line.fault(way, Fault::Hang(pause)),
            9 => {
                self.line.vanish();
                self.line.bring_back(self.board.path());
            }
            10 => self.be_replaced_for_a_while(),
            _ => self.restart_board(),
        }
    }

    /// Another board with other keys, which must sign nothing, and then the right one again.
    fn be_replaced_for_a_while(&mut self) {
        let stranger = Simulator::start(STRANGER);
        self.line.bring_back(stranger.path());
        self.strangers += 1;
        let told = "is it the right device?";
        self.daemon.log().wait_for_nth(told, self.strangers);
        self.line.bring_back(self.board.path());
    }

    /// The board loses power, and its marks with it.
    fn restart_board(&mut self) {
        self.line.vanish();
        self.board = Simulator::start(BOARD);
        self.line.bring_back(self.board.path());
    }
}

fn wanted() -> u32 {
    let text = std::env::var("FAULTS").unwrap_or_else(|_| "1000".to_owned());
    text.parse().expect("FAULTS is a number")
}

#[test]
fn after_every_fault_honest_requests_are_served_again() {
    let each = wanted().div_ceil(u32::try_from(LINES).unwrap());
    let mut total = Cost::default();
    std::thread::scope(|scope| {
        let live = |seed| {
            let mut campaign = Campaign::new(seed);
            for _ in 0..each {
                campaign.suffer();
            }
            campaign.cost
        };
        let campaigns: Vec<_> = (1..=LINES)
            .map(|seed| scope.spawn(move || live(seed)))
            .collect();
        for campaign in campaigns {
            total.add(&campaign.join().unwrap());
        }
    });
    assert!(total.signatures > total.faults, "{total:?}");
    eprintln!("{total:?}");
}
