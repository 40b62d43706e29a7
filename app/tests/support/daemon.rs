//! A running daemon.

use core::net::SocketAddr;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::http::Client;
use super::process::{Ended, Lines, Process};

/// A daemon that listens.
#[derive(Debug)]
pub(crate) struct Daemon {
    process: Process,
    address: SocketAddr,
}

impl Daemon {
    /// Starts `command` and learns from its log where it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::listening(Process::start(command))
    }

    /// The same with a socket for its standard input.
    pub(crate) fn start_with(command: &mut Command, input: impl Into<Stdio>) -> Self {
        Self::listening(Process::start_with(command, input))
    }

    fn listening(process: Process) -> Self {
        let address = listens(&process, "http");
        Self { process, address }
    }

    /// Waits until the HSM has shown its keys for the `nth` time.
    pub(crate) fn wait_ready(&self, nth: usize) {
        self.process.log.wait_for_nth("HSM ready", nth);
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for this scheme.
    pub(crate) fn listens(&self, scheme: &str) -> SocketAddr {
        listens(&self.process, scheme)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// A client on a connection of its own.
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// What it prints on standard output.
    pub(crate) const fn out(&self) -> &Lines {
        &self.process.out
    }

    pub(crate) const fn log(&self) -> &Lines {
        &self.process.log
    }

    /// Asks it to read its certificates again.
    pub(crate) fn ask_to_reload(&self) {
        self.process.send(Signal::HUP);
    }

    /// Asks it to end, without waiting.
    pub(crate) fn ask_to_end(&self) {
        self.process.send(Signal::TERM);
    }

    /// Waits until it has ended.
    pub(crate) fn wait(mut self) -> Ended {
        self.process.wait()
    }

    /// Asks it to end, and waits.
    pub(crate) fn terminate(self) -> Ended {
        self.ask_to_end();
        self.wait()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.process.kill();
    }
}

fn listens(process: &Process, scheme: &str) -> SocketAddr {
    // In text or in JSON.
    let url = format!("{scheme}://");
    let line = process.log.wait_for(&url);
    let (_, address) = line.rsplit_once(&url).unwrap();
    let end = address.find(['"', ' ']).unwrap_or(address.len());
    address[..end].parse().unwrap()
}
