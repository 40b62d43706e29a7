//! Under a service manager: it is told when requests are accepted, that the daemon is alive, and that
//! it ends.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use crate::support::messages::attestation;
use crate::support::{Configuration, Daemon, Home, PATIENCE, Simulator, TZ3, assert_signed};

/// The socket of a service manager.
fn manager(folder: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(folder.join("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn told(manager: &UnixDatagram) -> String {
    let mut bytes = [0; 256];
    let length = manager.recv(&mut bytes).unwrap();
    let text = core::str::from_utf8(&bytes[..length]).unwrap();
    text.trim_end().to_owned()
}

#[test]
fn it_is_told_of_the_begin_of_life_and_of_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let manager = manager(folder.path());
    let home = Home::new(&Configuration::simulated());
    let mut command: Command = home.command(&["run"]);
    command
        .env("NOTIFY_SOCKET", folder.path().join("notify"))
        .env("WATCHDOG_USEC", "200000");
    let daemon = Daemon::start(&mut command);
    let begun =
        core::iter::repeat_with(|| told(&manager)).find(|text| !text.starts_with("FDSTORE"));
    assert_eq!(begun.as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(told(&manager), "WATCHDOG=1");
    }
    daemon.wait_ready(1);
    let message = attestation(7, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    daemon.ask_to_end();
    let last = core::iter::repeat_with(|| told(&manager)).find(|text| text != "WATCHDOG=1");
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
    assert!(daemon.wait().status.success());
}

/// Directives of the unit file that name what the program must agree with.
#[test]
fn the_unit_runs_commands_that_there_are() {
    let unit = include_str!("../../dist/tezio-signer.service");
    let home = Home::new(&Configuration::simulated());
    for directive in ["ExecStart=", "ExecReload="] {
        let line = unit.lines().find_map(|line| line.strip_prefix(directive));
        let mut words = line.unwrap().split(' ').skip(1);
        let help = home.run(&[words.next().unwrap(), "--help"]);
        assert!(help.status.success(), "{help:?}");
        assert!(help.out.contains(words.next().unwrap()), "{help:?}");
    }
    assert!(unit.contains("Type=notify") && unit.contains("WatchdogSec="));
}

/// A supervisor knows a process, SIGTERM, and its exit code.
#[test]
fn a_supervisor_that_restarts_it_finds_the_marks_as_they_were() {
    let board = Simulator::start("latency: Instant");
    let home = Home::new(&Configuration::serial(board.path()));
    home.init();
    let message = attestation(7, 0, 1);
    let life = || {
        let daemon = home.start();
        daemon.wait_ready(1);
        let signed = daemon.client().sign(&TZ3, &message);
        assert_signed(&TZ3, &message, &signed);
        let other = daemon.client().sign(&TZ3, &attestation(7, 0, 2));
        assert_eq!(other.status, 409, "{other:?}");
        let ended = daemon.terminate();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        signed.body
    };
    assert_eq!(life(), life());
}
