//! What systemd, or whoever supervises the daemon in its place, is told.
//!
//! ```text
//! listening -> READY=1     every half watchdog period, while work is on time -> WATCHDOG=1
//! told to end -> STOPPING=1
//! ```
//!
//! Without a service manager nothing is said.

use core::time::Duration;
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
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
