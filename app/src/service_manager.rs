//! What systemd, or whoever supervises the daemon in its place, is told.
//!
//! ```text
//! listening -> READY=1     every half watchdog period, while work is on time -> WATCHDOG=1
//! told to end -> STOPPING=1
//! listening socket -> FDSTORE=1, kept open while the daemon is started again; see [`crate::handed`]
//! ```
//!
//! Without a service manager nothing is said.

use core::time::Duration;
use std::io;
use std::os::fd::BorrowedFd;
use std::rc::Rc;

use sd_notify::NotifyState;

use crate::driver::Driver;

/// How late the signer's own deadlines may be kept before the watchdog hears nothing any more.
const LATE: Duration = Duration::from_secs(5);

/// The daemon accepts requests.
pub(crate) fn tell_ready() {
    tell(&[NotifyState::Ready]);
}

/// The daemon ends by itself.
pub(crate) fn tell_stopping() {
    tell(&[NotifyState::Stopping]);
}

/// A socket to be kept under this name for the next start.
pub(crate) fn keep(name: &str, socket: BorrowedFd<'_>) {
    let state = [NotifyState::FdStore, NotifyState::FdName(name)];
    warn_of(sd_notify::notify_with_fds(&state, &[socket]));
}

/// What is kept under this name is of no more use.
pub(crate) fn forget(name: &str) {
    tell(&[NotifyState::FdStoreRemove, NotifyState::FdName(name)]);
}

/// Shows the watchdog that the daemon's one thread turns and keeps its deadlines, for as long as it
/// does. A daemon that does not is restarted by the service manager; its marks are on the disk.
pub(crate) async fn keep_watchdog_quiet(driver: Rc<Driver>) {
    let Some(period) = sd_notify::watchdog_enabled() else {
        return;
    };
    loop {
        if driver.lateness() < LATE {
            tell(&[NotifyState::Watchdog]);
        }
        smol::Timer::after(period / 2).await;
    }
}

fn tell(state: &[NotifyState<'_>]) {
    warn_of(sd_notify::notify(state));
}

fn warn_of(told: io::Result<()>) {
    if let Err(error) = told {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
