//! A log that nobody reads, or whose reader has gone: lines are lost and counted, and nothing waits for
//! them.

use core::net::SocketAddr;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Stdio};

use crate::monitor::{HERE, samples};
use crate::support::messages::attestation;
use crate::support::{Client, Configuration, Home, TZ3, assert_signed};

/// More lines than a pipe of 64 KiB and a queue of 4096 lines hold.
const LINES: usize = 6_000;

/// A daemon whose log is in the test's hands; killed at the end.
struct Unread {
    child: Child,
    address: SocketAddr,
    monitor: SocketAddr,
    log: Option<BufReader<ChildStderr>>,
    _home: Home,
}

impl Unread {
    /// Reads the log as far as the line that tells where the daemon listens, and no further.
    fn start() -> Self {
        let home = Home::new(&Configuration::simulated().with("monitor", HERE));
        let mut child = home
            .command(&["run"])
            .env_remove("TEZIO_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let [monitor, address] = ["monitor=", "url=http://"].map(|name| address(&mut log, name));
        Self {
            child,
            address,
            monitor,
            log: Some(log),
            _home: home,
        }
    }

    /// Makes the daemon write a line for each of many refused requests, then asks for a signature.
    fn flood_and_sign(&mut self) {
        let mut client = Client::connect(self.address);
        for _ in 0..LINES {
            client.get("/nowhere").assert_refused(404, "no such path");
        }
        let message = attestation(1, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        assert_eq!(self.child.try_wait().unwrap(), None, "it has ended");
        let samples = samples(&mut Client::connect(self.monitor));
        assert!(samples["tezio_log_lines_lost_total"] > 0.0);
    }
}

/// The address behind `name` in the next line that has one.
fn address(log: &mut impl BufRead, name: &str) -> SocketAddr {
    let mut line = String::new();
    while !line.contains(name) {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it has ended");
    }
    let (_, address) = line.rsplit_once(name).unwrap();
    address.trim().parse().unwrap()
}

impl Drop for Unread {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has then said.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_log_that_nobody_reads_stops_nobody() {
    Unread::start().flood_and_sign();
}

#[test]
fn a_log_whose_reader_has_gone_stops_nobody() {
    let mut daemon = Unread::start();
    drop(daemon.log.take());
    daemon.flood_and_sign();
}
