//! What an operator does to the marks while no signer runs, as entries of the same log.

use std::io;
use std::time::SystemTime;

use super::entry::{Event, MarkNow, Note};
use super::folder::Folder;
use super::log::Log;
use crate::config::Config;

/// Notes marks that a command has changed. Whoever calls this holds the state directory. A log that
/// cannot be written is said, and nothing else: the marks are changed.
pub(crate) fn note_by_hand(config: &Config, command: &'static str, marks: Vec<MarkNow>) {
    let Some(bounds) = config.audit else {
        return;
    };
    let note = Note {
        at: SystemTime::now(),
        event: Event::Marks {
            command,
            user: rustix::process::getuid().as_raw(),
            marks,
        },
    };
    let write = || -> io::Result<()> {
        let mut log = Log::open(Folder::of(&config.state), bounds, note.at)?;
        log.make_place()?;
        log.seal(&note);
        log.sync()
    };
    if let Err(error) = write() {
        tracing::error!(%error, "this is not in the audit log, which cannot be written");
    }
}
