//! The record of what an operator has taken away from the marks' protection.
//!
//! ```text
//! <state>/lowered.log   <date>Z user <number>: <what>
//! ```
//!
//! A line is on the disk before what it tells of is done. Nothing reads it but people.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use rustix::fs::OFlags;

use super::StateDirectory;
use crate::wall_clock::{date, now};

impl StateDirectory {
    /// Adds lines with today's date and the user's number.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn note_by_hand(&self, what: &[String]) -> io::Result<()> {
        let user = rustix::process::getuid().as_raw();
        let date = date(now());
        let lines = what
            .iter()
            .map(|what| format!("{date} user {user}: {what}\n"));
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(self.journal.with_file_name("lowered.log"))?;
        file.write_all(lines.collect::<String>().as_bytes())?;
        file.sync_all()?;
        self.sync()
    }
}
