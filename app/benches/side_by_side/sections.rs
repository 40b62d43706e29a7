//! What is measured beside the first table, one function for each further one.

use core::time::Duration;
use std::io;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::PublicKeyHash;
use tezio_soft_hsm::Latency;

use crate::board::Board;
use crate::daemon::{Daemon, Home};
use crate::floor::Floor;
use crate::load::{Latencies, Role, ask, next_level, roles, sign, together};
use crate::message::Template;
use crate::options::{Options, Rival};
use crate::process::{Usage, memory, system_calls};
use crate::table::{Table, median, micros, millis};
use crate::verifying::verifying;
use crate::wire::Ask;

/// Everything that runs.
pub(crate) struct Bench<'o> {
    pub(crate) floor: Floor,
    /// The daemon's, which answers at once.
    pub(crate) board: Board,
    pub(crate) home: Home,
    pub(crate) daemon: Daemon,
    pub(crate) keys: Vec<(KeyAlias, PublicKeyHash)>,
    pub(crate) rivals: &'o [Rival],
}

impl<'o> Bench<'o> {
    pub(crate) fn start(folder: &Path, options: &'o Options) -> Result<Self> {
        let bare = Board::start(Latency::Instant)?;
        let mut floor = Floor::open(&bare, folder)?;
        let mut keys = floor.addresses()?;
        // The P-256 key that bakes comes first.
        keys.reverse();
        let board = Board::start(Latency::Instant)?;
        let home = Home::create(folder.join("instant"), board.path(), &keys)?;
        let daemon = home.start()?;
        home.wait_until_ready()?;
        Ok(Self {
            floor,
            board,
            home,
            daemon,
            keys,
            rivals: &options.rivals,
        })
    }

    fn hashes(&self, count: usize) -> Vec<PublicKeyHash> {
        let hashes = self.keys.iter().map(|(_, hash)| *hash);
        hashes.take(count).collect()
    }

    /// Questions that need no device.
    pub(crate) fn reads(&self) -> Result<String> {
        let mut table = Table::new(
            "Questions that need no device",
            "HTTP, kept open; microseconds. The last two while another client signs without a pause.",
            &["request", "p50", "p90", "p99", "max"],
        );
        let key = self.keys[0].1;
        let asks = [
            ("authorized_keys", Ask::AuthorizedKeys),
            ("public key", Ask::PublicKey(&key)),
        ];
        let http = self.daemon.http.clone();
        for (name, question) in asks {
            percentiles(&mut table, name, &ask(&http, question, 3000)?);
        }
        let role = roles(&self.hashes(1), 1);
        for (name, question) in asks {
            let until = Instant::now() + Duration::from_millis(1500);
            let asked = std::thread::scope(|scope| {
                let signing = scope.spawn(|| together(&http, &role, until));
                let mut asked = Latencies::default();
                while Instant::now() < until {
                    asked.merge(&ask(&http, question, 200)?);
                    std::thread::sleep(Duration::from_millis(1));
                }
                signing
                    .join()
                    .map_err(|_| io::Error::other("a client ended"))??;
                io::Result::Ok(asked)
            })?;
            percentiles(&mut table, &format!("{name}, meanwhile signing"), &asked);
        }
        Ok(table.end())
    }

    /// Several clients and keys at once.
    pub(crate) fn crowds(&self) -> Result<String> {
        let mut table = Table::new(
            "Several clients, a device that answers at once",
            "HTTP, kept open; milliseconds. The clients share the machine's cores with the signer and \
             the device.",
            &[
                "clients",
                "keys",
                "signatures/s",
                "refused",
                "p50",
                "p90",
                "p99",
                "max",
            ],
        );
        for (clients, keys) in [(1, 1), (4, 1), (16, 1), (1, 4), (4, 4), (16, 4)] {
            let until = Instant::now() + Duration::from_secs(2);
            let roles = roles(&self.hashes(keys), clients);
            let begun = Instant::now();
            let (all, _) = together(&self.daemon.http, &roles, until)?;
            let per_second = all.count() as f64 / begun.elapsed().as_secs_f64();
            table.row(&[
                clients.to_string(),
                keys.to_string(),
                format!("{per_second:.0}"),
                all.refused.to_string(),
                millis(all.percentile(50)),
                millis(all.percentile(90)),
                millis(all.percentile(99)),
                millis(all.percentile(100)),
            ]);
        }
        Ok(table.end())
    }

    /// What one signature costs the machine.
    pub(crate) fn costs(&self) -> Result<String> {
        const COUNT: usize = 400;
        let role = &roles(&self.hashes(1), 1)[0];
        let (id, http) = (self.daemon.id(), &self.daemon.http);
        sign(http, role, 20, true)?;
        let before = Usage::of(id)?;
        let signed = sign(http, role, COUNT, true)?;
        anyhow::ensure!(signed.refused == 0, "{} were refused", signed.refused);
        let after = Usage::of(id)?;
        let each = |before: u64, after: u64| {
            let all = f64::from(u32::try_from(after - before).unwrap_or(u32::MAX));
            format!("{:.1}", all / COUNT as f64)
        };
        let mut table = Table::new(
            "What one signature costs",
            "HTTP, kept open, one client, a device that answers at once.",
            &["", "per signature"],
        );
        let cpu = (after.cpu - before.cpu) / u32::try_from(COUNT).unwrap_or(1);
        for (name, value) in [
            ("processor time of the daemon, us", micros(cpu)),
            ("of these: verifying the signature, us", micros(verifying())),
            ("waits (context switches)", each(before.waits, after.waits)),
            ("preempted", each(before.preempted, after.preempted)),
            ("system calls", self.system_calls(role, COUNT)?),
        ] {
            table.row(&[name.to_owned(), value]);
        }
        let program = std::fs::metadata(env!("CARGO_BIN_EXE_tezio-signer"))?;
        let program = (program.len() / 1024).to_string();
        table.row(&["the program's file, KiB".to_owned(), program]);
        let (all, own) = memory(id)?;
        table.row(&["resident memory, KiB".to_owned(), all.to_string()]);
        table.row(&[
            "of these: not the program's file, KiB".to_owned(),
            own.to_string(),
        ]);
        Ok(table.end())
    }

    fn system_calls(&self, role: &Role, count: usize) -> Result<String> {
        let counts = system_calls(self.daemon.id(), || {
            sign(&self.daemon.http, role, count, true).map(drop)
        })?;
        Ok(counts.map_or_else(
            || "no perf here".to_owned(),
            |calls| format!("{:.1}", calls as f64 / count as f64),
        ))
    }

    /// A device that takes its time, and more clients than it can serve.
    pub(crate) fn slow_device(&self, folder: &Path) -> Result<String> {
        let board = Board::start(Latency::Measured)?;
        let home = Home::create(folder.join("measured"), board.path(), &self.keys)?;
        let daemon = home.start()?;
        home.wait_until_ready()?;
        let (mut votes, operations) = (roles(&self.hashes(1), 1), self.operations(15));
        let (resident, _) = memory(daemon.id())?;
        board.take_work();
        let begun = Instant::now();
        let until = begun + Duration::from_secs(25);
        votes.extend(operations);
        let (_, each) = together(&daemon.http, &votes, until)?;
        let took = begun.elapsed();
        let work = board.take_work();
        let idle = work.idle.as_secs_f64() / took.as_secs_f64();
        let mut table = Table::new(
            "16 clients, 4 keys, one device that takes 147 to 209 ms",
            "HTTP, kept open. 15 clients send operations, one votes; nobody pauses. A vote can wait for \
             the one request that is at the device, and for no other.",
            &["", ""],
        );
        let (now_resident, own) = memory(daemon.id())?;
        let vote = each.first().cloned().unwrap_or_default();
        let mut others = Latencies::default();
        for latencies in each.iter().skip(1) {
            others.merge(latencies);
        }
        for (name, value) in [
            ("device busy", format!("{:.2} %", 100.0 * (1.0 - idle))),
            (
                "pause of the device between two signatures, us",
                micros(work.idle / work.replies.max(1)),
            ),
            ("signatures", (vote.count() + others.count()).to_string()),
            ("refused", (vote.refused + others.refused).to_string()),
            ("vote, p50 and max, ms", two(&vote)),
            ("operation, p50 and max, ms", two(&others)),
            (
                "resident memory before, after, KiB",
                format!("{resident}, {now_resident}"),
            ),
            ("of these: not the program's file, KiB", own.to_string()),
        ] {
            table.row(&[name.to_owned(), value]);
        }
        Ok(table.end())
    }

    fn operations(&self, clients: usize) -> Vec<Role> {
        let keys = self.hashes(4);
        let role = |client: usize| Role {
            key: keys[client % keys.len()],
            template: Template::operation(),
        };
        (0..clients).map(role).collect()
    }

    /// From the start of the process to the first signature.
    pub(crate) fn start_up(self) -> Result<String> {
        let Self {
            home, daemon, keys, ..
        } = self;
        drop(daemon);
        let role = &roles(&[keys[0].1], 1)[0];
        let (mut listens, mut signs) = (Vec::new(), Vec::new());
        for _ in 0..7 {
            let begun = Instant::now();
            let daemon = home.start()?;
            listens.push(begun.elapsed());
            let message = role.template.at(next_level());
            let request = daemon.http.request(Ask::Sign(&role.key, &message));
            let granted = daemon.http.connect()?.exchange(&request)?;
            anyhow::ensure!(granted, "the first request was refused");
            signs.push(begun.elapsed());
        }
        let mut table = Table::new(
            "Start",
            "From the start of the process, on a device that answers at once. 350 ms are the silence \
             that shows that the line is in step ([wire-hsm.md](wire-hsm.md)). Medians of 7, ms.",
            &["", ""],
        );
        let silence = Duration::from_millis(350);
        let signs = median(signs);
        table.row(&["listens".to_owned(), millis(median(listens))]);
        table.row(&["first signature".to_owned(), millis(signs)]);
        table.row(&[
            "without the silence".to_owned(),
            millis(signs.saturating_sub(silence)),
        ]);
        Ok(table.end())
    }
}

fn two(latencies: &Latencies) -> String {
    let (half, most) = (latencies.percentile(50), latencies.percentile(100));
    format!("{}, {}", millis(half), millis(most))
}

fn percentiles(table: &mut Table, name: &str, latencies: &Latencies) {
    let percentile = |percent| micros(latencies.percentile(percent));
    table.row(&[
        name.to_owned(),
        percentile(50),
        percentile(90),
        percentile(99),
        percentile(100),
    ]);
}
