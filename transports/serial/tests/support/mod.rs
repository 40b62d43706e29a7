//! A pseudo-terminal: its master end plays the board, its slave end is the port.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(
    clippy::allow_attributes,
    reason = "which parts go unused differs by test file"
)]

use core::time::Duration;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use async_io::Timer;
use futures_lite::future::{self, FutureExt};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tezio_transport_serial::Port;

/// The board's end, and the path of the port.
pub(crate) fn board() -> (File, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let name = ptsname(&master, Vec::new()).expect("its name").into_bytes();
    (File::from(master), PathBuf::from(OsString::from_vec(name)))
}

/// Why a path cannot be opened.
pub(crate) fn refusal(path: &Path) -> ErrorKind {
    Port::open(path).expect_err("refused").kind()
}

/// Runs to the end; fails rather than hangs.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let hung = async {
        Timer::after(Duration::from_secs(20)).await;
        panic!("the port did not answer");
    };
    future::block_on(test.or(hung))
}
