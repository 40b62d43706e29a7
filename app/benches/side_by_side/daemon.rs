//! The daemon of this project, started for a run and ended after it.

use core::fmt::Write as _;
use core::time::Duration;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::PublicKeyHash;

use crate::message::CHAIN;
use crate::wire::Door;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the log is looked at for the end of the start.
const LOOK: Duration = Duration::from_millis(1);

/// A configured state directory, for any number of starts.
pub(crate) struct Home {
    folder: PathBuf,
}

/// A running daemon; ended when dropped.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) http: Door,
    pub(crate) tcp: Door,
    pub(crate) unix: Door,
}

impl Home {
    /// Makes configuration and marks for the board at `port` in `folder`.
    pub(crate) fn create(
        folder: PathBuf,
        port: &Path,
        keys: &[(KeyAlias, PublicKeyHash)],
    ) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join("config.ron"),
            configuration(&folder, port, keys),
        )?;
        let home = Self { folder };
        let made = home.command(&["watermarks", "init"])?.status()?;
        if made.success() {
            Ok(home)
        } else {
            Err(io::Error::other("watermarks init failed, see its log"))
        }
    }

    /// The program with its log in the folder.
    fn command(&self, words: &[&str]) -> io::Result<Command> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tezio-signer"));
        command
            .args(words)
            .arg("--config")
            .arg(self.folder.join("config.ron"))
            .env_remove("TEZIO_LOG")
            .env_remove("TEZIO_LOG_FORMAT")
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.log())?);
        Ok(command)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Starts a daemon and waits until it listens.
    pub(crate) fn start(&self) -> io::Result<Daemon> {
        let child = self.command(&["run"])?.spawn()?;
        let http = self.wait_for("url=http://", |text| door(text, "url=http://", "http://"))?;
        let tcp = self.wait_for("url=tcp://", |text| door(text, "url=tcp://", "tcp://"))?;
        Ok(Daemon {
            child,
            http,
            tcp,
            unix: Door::Unix(self.folder.join("socket")),
        })
    }

    /// Waits until the daemon says that its HSM is ready.
    pub(crate) fn wait_until_ready(&self) -> io::Result<()> {
        self.wait_for("HSM ready", |text| text.contains("HSM ready").then_some(()))
    }

    fn wait_for<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> io::Result<T> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(found) = find(&fs::read_to_string(self.log())?) {
                return Ok(found);
            }
            std::thread::sleep(LOOK);
        }
        let log = fs::read_to_string(self.log())?;
        Err(io::Error::other(format!(
            "no \"{what}\" in the log:\n{log}"
        )))
    }
}

fn door(text: &str, before: &str, scheme: &str) -> Option<Door> {
    let address = text.split_once(before)?.1.split_whitespace().next()?;
    Door::parse(&format!("{scheme}{address}"))
}

impl Daemon {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

/// A load goes through the levels of days in a minute, which the guard against jumps is there to stop.
fn configuration(folder: &Path, port: &Path, keys: &[(KeyAlias, PublicKeyHash)]) -> String {
    let (folder, port) = (folder.display(), port.display());
    let mut text = format!(
        r#"(
            listen: [Http("127.0.0.1:0"), Tcp("127.0.0.1:0"), Unix(path: "{folder}/socket")],
            hsm: Serial(port: "{port}"),
            state: "state",
            allowed_ips: ["127.0.0.1"],
            security: (level_jump_check: false),
            timeouts: (request_ms: 20000, hsm_reply_ms: 3000),
            high_water_marks: [(chain: "{CHAIN}", level: 0)],
            keys: ["#
    );
    for (alias, hash) in keys {
        let alias = alias.number();
        // Writing to a string does not fail.
        let _ = write!(
            text,
            r#"(hash: "{hash}", curve_alias: {alias}, allowed_ops: [0x03, 0x11, 0x12, 0x13],
                auth_req: false),"#
        );
    }
    text + "])"
}
