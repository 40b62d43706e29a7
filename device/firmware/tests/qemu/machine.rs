//! The image in QEMU's `microbit`: its profile in flash, its UART on a pseudo-terminal.
//!
//! The image's path is in the environment, `TEZIO_FIRMWARE_IMAGE`; `device/firmware/check` sets it.

use core::time::Duration;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use tempfile::TempDir;
use tezio_firmware::{PROFILE_PAGE, emit_profile};
use tezio_soft_hsm::Profile;

/// Where the image looks for its profile.
const PROFILE_AT: u32 = 0x3_f000;
/// Where it keeps its marks.
const MARKS_AT: u32 = 0x2_0000;
const MARKS: u32 = 124 * 1024;

/// How long any single thing may take before something is broken.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it takes at most until something comes, if something does.
const SOON: Duration = Duration::from_millis(300);
/// No machine outlives this, whatever becomes of the test.
const LIFETIME_S: &str = "900";

/// The board's time goes by its instructions, 2^2 ns each: a machine that is busy with other things
/// makes the board slow and does not run its budgets out.
const CLOCK: &str = "shift=2";

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
        let page = emit_profile(profile).unwrap();
        Self::with_flash(&page, &[0xff; MARKS as usize])
    }

    /// Cuts the power, and starts another board with the same flash.
    pub(crate) fn restart(mut self) -> Self {
        let page = self.memory(PROFILE_AT, u32::try_from(PROFILE_PAGE).unwrap());
        let marks = self.memory(MARKS_AT, MARKS);
        drop(self);
        Self::with_flash(&page, &marks)
    }

    fn with_flash(page: &[u8], marks: &[u8]) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let parts = [("profile", PROFILE_AT, page), ("marks", MARKS_AT, marks)];
        let loads = parts.map(|(name, at, bytes)| {
            let file = folder.path().join(name);
            fs::write(&file, bytes).unwrap();
            format!("{},addr={at:#x}", file.display())
        });
        let qemu = spawn(folder.path(), &loads);
        let mut control = connect(&folder.path().join("control"));
        let path = line_of(&mut control);
        let line = open_raw(&path);
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

    /// The line, as a host opens it.
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

fn spawn(folder: &Path, loads: &[String]) -> Child {
    let image = std::env::var_os("TEZIO_FIRMWARE_IMAGE").expect("TEZIO_FIRMWARE_IMAGE is not set");
    let mut command = Command::new("timeout");
    command.args([LIFETIME_S, "qemu-system-arm", "-M", "microbit"]);
    command.args(["-icount", CLOCK]);
    command.args([
        "-display",
        "none",
        "-chardev",
        "pty,id=line",
        "-serial",
        "chardev:line",
    ]);
    command.arg("-kernel").arg(image).arg("-qmp").arg(format!(
        "unix:{},server=on,wait=off",
        folder.join("control").display()
    ));
    for load in loads {
        let device = format!("loader,force-raw=on,file={load}");
        command.arg("-device").arg(device);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().unwrap()
}

/// The control socket, as soon as it is there.
fn connect(path: &Path) -> BufReader<UnixStream> {
    let begun = Instant::now();
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let mut control = BufReader::new(stream);
                control.read_line(&mut String::new()).unwrap();
                execute(&mut control, &json!({"execute": "qmp_capabilities"}));
                return control;
            }
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Has QEMU do something; its answer, with what else it tells meanwhile passed over.
fn execute(control: &mut BufReader<UnixStream>, command: &Value) -> Value {
    let text = format!("{command}\n");
    control.get_mut().write_all(text.as_bytes()).unwrap();
    loop {
        let mut line = String::new();
        assert_ne!(control.read_line(&mut line).unwrap(), 0, "QEMU has gone");
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
        if let Some(result) = answer.get("return") {
            return result.clone();
        }
    }
}

fn line_of(control: &mut BufReader<UnixStream>) -> PathBuf {
    let devices = execute(control, &json!({"execute": "query-chardev"}));
    let devices = devices.as_array().unwrap();
    let line = devices.iter().find(|device| device["label"] == "line");
    let name = line.unwrap()["filename"].as_str().unwrap();
    PathBuf::from(name.strip_prefix("pty:").unwrap())
}

fn open_raw(path: &Path) -> File {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let line = open(path, flags, Mode::empty()).unwrap();
    let mut settings = tcgetattr(&line).unwrap();
    settings.make_raw();
    tcsetattr(&line, OptionalActions::Now, &settings).unwrap();
    File::from(line)
}
