//! Where a running daemon's process number stands: a file in the state directory, locked for as long
//! as the daemon lives. A number in a file that nobody holds means nothing and is not used.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// The file of this process; the lock goes with it.
#[derive(Debug)]
pub(crate) struct PidFile(#[expect(dead_code, reason = "held for its lock")] File);

impl PidFile {
    /// Writes the number of this process into the state directory `state`, which it owns.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or another process holds it.
    pub(crate) fn write(state: &Path) -> Result<Self> {
        let path = path(state);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let written = options.open(&path).and_then(|mut file| {
            file.try_lock().map_err(io::Error::from)?;
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())?;
            Ok(file)
        });
        let file = written.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self(file))
    }
}

/// Sends SIGHUP to the daemon on the state directory `state`; its process number.
///
/// # Errors
///
/// When there is none, or it is not ours to ask.
pub(crate) fn hang_up(state: &Path) -> Result<i32> {
    let pid = running(state)?;
    let process = Pid::from_raw(pid).with_context(|| format!("no process has number {pid}"))?;
    kill_process(process, Signal::HUP)
        .with_context(|| format!("cannot signal process {pid}: run this as its user"))?;
    Ok(pid)
}

fn running(state: &Path) -> Result<i32> {
    let path = path(state);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("no signer runs on {}", state.display());
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    match file.try_lock_shared() {
        Ok(()) => bail!("no signer runs on {}", state.display()),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let pid = text.trim().parse();
    pid.with_context(|| format!("{} holds no process number yet: try again", path.display()))
}

fn path(state: &Path) -> PathBuf {
    state.join("daemon.pid")
}
