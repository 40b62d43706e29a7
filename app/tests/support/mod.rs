//! A daemon, the boards it drives and the clients that ask it: all of them real processes on real
//! sockets and pseudo-terminals.
//!
//! Every wait ends: with what is waited for, with the end of the process, or after [`PATIENCE`].
//! What is started here is ended here, by its own handle.

mod chance;
mod configuration;
mod daemon;
pub(crate) mod doors;
pub(crate) mod faulty_line;
mod home;
pub(crate) mod hostile;
pub(crate) mod http;
mod keys;
pub(crate) mod messages;
pub(crate) mod process;
mod simulator;
pub(crate) mod socket_client;
pub(crate) mod tls_client;
mod tz4;
mod underway;
mod wallet;

pub(crate) use chance::Chance;
pub(crate) use configuration::Configuration;
pub(crate) use daemon::Daemon;
pub(crate) use home::{Home, PROGRAM, RECORD};
pub(crate) use http::{Client, Response, quoted};
pub(crate) use keys::{HsmKey, TZ1, TZ2, TZ3, assert_signed};
pub(crate) use process::{Ended, PATIENCE, Process, wait_until};
pub(crate) use simulator::Simulator;
pub(crate) use tz4::Tz4;
pub(crate) use underway::Underway;
pub(crate) use wallet::Wallet;

/// A daemon on a software HSM of its own, which answers at once and signs every kind with every
/// key; ready.
pub(crate) fn ready() -> (Home, Daemon) {
    ready_with(&Configuration::simulated())
}

/// The same with another configuration.
pub(crate) fn ready_with(configuration: &Configuration) -> (Home, Daemon) {
    let home = Home::new(configuration);
    let daemon = home.start();
    daemon.wait_ready(1);
    (home, daemon)
}

/// A daemon on a board of its own with this profile; marks initialised, not waited for.
pub(crate) fn on_board(profile: &str) -> (Simulator, Home, Daemon) {
    let simulator = Simulator::start(profile);
    let home = Home::new(&Configuration::serial(simulator.path()));
    home.init();
    let daemon = home.start();
    (simulator, home, daemon)
}
