//! The image in QEMU's `microbit`: its profile in flash, its UART on a socket, or on a pseudo-terminal
//! for those that want a serial port.
//!
//! The image's path is in the environment, `TEZIO_FIRMWARE_IMAGE`; `device/firmware/check` sets it.

use core::time::Duration;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;
use tempfile::TempDir;
use tezio_firmware::{PROFILE_PAGE, emit_profile};
use tezio_soft_hsm::Profile;

use crate::process::{End, PATIENCE, control, execute, open_line, spawn};

/// Where the image looks for its profile.
const PROFILE_AT: u32 = 0x3_f000;
/// Where it keeps its marks.
const MARKS_AT: u32 = 0x2_0000;
const MARKS: u32 = 124 * 1024;

/// How long it takes at most until something comes, if something does.
const SOON: Duration = Duration::from_millis(300);
/// A probe, and what a device answers to it.
pub(crate) const PROBE: [u8; 6] = [0x03, 0x05, 0x00, 0x00, 0x44, 0x00];
pub(crate) const ALIVE: [u8; 5] = [0x05, 0x00, 0xa2, 0x8b, 0x83];

/// One board at a time: each takes a processor.
static TURN: Mutex<()> = Mutex::new(());

/// A running board.
pub(crate) struct Machine {
    _turn: MutexGuard<'static, ()>,
    qemu: Child,
    control: BufReader<UnixStream>,
    line: File,
    unread: Vec<u8>,
    path: PathBuf,
    folder: TempDir,
}

impl Machine {
    /// Starts a board with `profile` and no marks, and waits until it answers.
    pub(crate) fn start(profile: &Profile) -> Self {
        Self::start_on(End::Socket, profile)
    }

    /// The same, with its line on `end`.
    pub(crate) fn start_on(end: End, profile: &Profile) -> Self {
        let page = emit_profile(profile).unwrap();
        Self::with_flash(end, &page, &[0xff; MARKS as usize])
    }

    /// Cuts the power, and starts another board with the same flash.
    pub(crate) fn restart(mut self) -> Self {
        let page = self.memory(PROFILE_AT, u32::try_from(PROFILE_PAGE).unwrap());
        let marks = self.memory(MARKS_AT, MARKS);
        drop(self);
        Self::with_flash(End::Socket, &page, &marks)
    }

    fn with_flash(end: End, page: &[u8], marks: &[u8]) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let parts = [("profile", PROFILE_AT, page), ("marks", MARKS_AT, marks)];
        let loads = parts.map(|(name, at, bytes)| {
            let file = folder.path().join(name);
            fs::write(&file, bytes).unwrap();
            format!("{},addr={at:#x}", file.display())
        });
        let qemu = spawn(folder.path(), end, &loads);
        let mut control = control(folder.path());
        let (path, line) = open_line(end, folder.path(), &mut control);
        let mut machine = Self {
            _turn: turn,
            qemu,
            control,
            line,
            unread: Vec::new(),
            path,
            folder,
        };
        machine.await_life();
        machine
    }

    /// The terminal, as a host opens it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Presses reset: RAM is lost, and flash is as it was loaded at the start.
    pub(crate) fn reset(&mut self) {
        let command = json!({"execute": "system_reset"}).to_string();
        self.control
            .get_mut()
            .write_all(command.as_bytes())
            .unwrap();
        // Said and done, in either order.
        let (mut is_said, mut is_done) = (false, false);
        while !(is_said && is_done) {
            let mut line = String::new();
            assert_ne!(self.control.read_line(&mut line).unwrap(), 0);
            is_said |= line.contains("\"return\"");
            is_done |= line.contains("\"RESET\"");
        }
        self.await_life();
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.line.write_all(bytes).unwrap();
    }

    /// What has come; nothing if nothing comes for long.
    pub(crate) fn read_some(&mut self) -> Vec<u8> {
        if !self.unread.is_empty() {
            return core::mem::take(&mut self.unread);
        }
        if !self.is_readable(PATIENCE) {
            return Vec::new();
        }
        let mut bytes = vec![0; 256];
        let count = self.line.read(&mut bytes).unwrap();
        bytes.truncate(count);
        bytes
    }

    /// The next reply, whole; what comes behind it is kept for the next.
    pub(crate) fn read_reply(&mut self) -> Vec<u8> {
        let mut reply = self.read_some();
        while reply.len() < length_of(&reply) {
            let more = self.read_some();
            assert!(!more.is_empty(), "only {reply:02x?}");
            reply.extend(more);
        }
        self.unread = reply.split_off(length_of(&reply));
        reply
    }

    /// The body of the reply to one request.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.write(request);
        let reply = self.read_reply();
        reply[2..reply.len() - 2].to_vec()
    }

    /// Drops what comes until nothing does, then waits for life as after a start.
    pub(crate) fn settle(&mut self) {
        while self.is_readable(SOON) {
            self.read_some();
        }
        self.await_life();
    }

    /// `size` bytes of the board's memory.
    fn memory(&mut self, at: u32, size: u32) -> Vec<u8> {
        let file = self.folder.path().join("memory");
        let arguments = json!({"val": at, "size": size, "filename": file});
        let command = json!({"execute": "memsave", "arguments": arguments});
        execute(&mut self.control, &command);
        fs::read(file).unwrap()
    }

    /// Probes until the answer comes: a board that is just starting loses what comes too early. More
    /// probes than one may have more answers than one, so that then silence is waited for.
    fn await_life(&mut self) {
        self.write(&PROBE);
        let mut seen = Vec::new();
        while self.is_readable(SOON) {
            seen.extend(self.read_some());
            if seen == ALIVE {
                return;
            }
        }
        let begun = Instant::now();
        while !seen.ends_with(&ALIVE) {
            assert!(begun.elapsed() < PATIENCE, "no life: {seen:02x?}");
            self.write(&PROBE);
            while self.is_readable(SOON) {
                seen.extend(self.read_some());
            }
        }
    }

    fn is_readable(&self, patience: Duration) -> bool {
        let timeout = Timespec::try_from(patience).unwrap();
        let mut polled = [PollFd::new(&self.line, PollFlags::IN)];
        poll(&mut polled, Some(&timeout)).unwrap() > 0
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let quit = json!({"execute": "quit"}).to_string();
        // A machine that is gone already cannot be told.
        let _ = self.control.get_mut().write_all(quit.as_bytes());
        let _ = self.qemu.wait();
    }
}

/// How long the reply is that `bytes` begin with, as soon as they say so.
fn length_of(bytes: &[u8]) -> usize {
    let length = bytes.first_chunk();
    length.map_or(2, |length| u16::from_le_bytes(*length).into())
}
