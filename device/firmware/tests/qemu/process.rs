//! QEMU as a process: how it is started, told things, and spoken with over the board's line.

use core::time::Duration;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use rustix::fs::{Mode, OFlags, open};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde_json::{Value, json};

/// How long any single thing may take before something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// No machine outlives this, whatever becomes of the test.
const LIFETIME_S: &str = "900";

/// The board's time goes by its instructions, 2^4 ns each: a machine that is busy with other things
/// makes the board slow and does not run its budgets out. An idle one takes about 300 ms for a
/// budget of 100; with shorter instructions QEMU takes longer for everything.
const CLOCK: &str = "shift=4";

/// Where the board's line ends. QEMU looks once a second whether somebody has a pseudo-terminal
/// open, so that a socket is there sooner.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Socket,
    Terminal,
}

/// Starts QEMU with what `loads` names in its memory.
pub(crate) fn spawn(folder: &Path, end: End, loads: &[String]) -> Child {
    let image = std::env::var_os("TEZIO_FIRMWARE_IMAGE").expect("TEZIO_FIRMWARE_IMAGE is not set");
    let socket = |name: &str| format!("{},server=on,wait=off", folder.join(name).display());
    let line = match end {
        End::Socket => format!("socket,id=line,path={}", socket("line")),
        End::Terminal => "pty,id=line".to_owned(),
    };
    let mut command = Command::new("timeout");
    command.args([LIFETIME_S, "qemu-system-arm", "-M", "microbit"]);
    command.args(["-icount", CLOCK, "-display", "none"]);
    command.args(["-chardev", &line, "-serial", "chardev:line"]);
    command.args(["-qmp", &format!("unix:{}", socket("control"))]);
    command.arg("-kernel").arg(image);
    for load in loads {
        let device = format!("loader,force-raw=on,file={load}");
        command.arg("-device").arg(device);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().unwrap()
}

/// The control socket, ready for commands.
pub(crate) fn control(folder: &Path) -> BufReader<UnixStream> {
    let stream = connect(&folder.join("control"));
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut control = BufReader::new(stream);
    control.read_line(&mut String::new()).unwrap();
    execute(&mut control, &json!({"execute": "qmp_capabilities"}));
    control
}

/// A socket of QEMU's, as soon as it is there.
fn connect(path: &Path) -> UnixStream {
    let begun = Instant::now();
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => return stream,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Has QEMU do something; its answer, with what else it tells meanwhile passed over.
pub(crate) fn execute(control: &mut BufReader<UnixStream>, command: &Value) -> Value {
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

/// The host's end of the line, and its name if it is a terminal.
pub(crate) fn open_line(
    end: End,
    folder: &Path,
    control: &mut BufReader<UnixStream>,
) -> (PathBuf, File) {
    match end {
        End::Socket => {
            let stream = connect(&folder.join("line"));
            (PathBuf::new(), File::from(OwnedFd::from(stream)))
        }
        End::Terminal => {
            let path = terminal_of(control);
            let line = open_raw(&path);
            (path, line)
        }
    }
}

fn terminal_of(control: &mut BufReader<UnixStream>) -> PathBuf {
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
