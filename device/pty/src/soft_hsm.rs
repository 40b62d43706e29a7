//! The device as one thing: a line with a path, and the future that lives on it.

use std::io;
use std::path::Path;

use ron::error::SpannedError;
use ron::extensions::Extensions;
use rustix::rand::{GetRandomFlags, getrandom};
use tezio_core::hsm::device::Device;
use tezio_soft_hsm::{Latency, Profile, SoftHsm as Operations};

use crate::drive::drive;
use crate::link::Link;
use crate::terminal::Terminal;

/// A device whose randomness is the system's.
type Running = Device<Operations<fn() -> [u8; 32]>>;

/// A Tezio HSM in software, on a pseudo-terminal of its own.
#[derive(Debug)]
pub struct SoftHsm {
    terminal: Terminal,
    device: Running,
}

impl SoftHsm {
    /// Opens a pseudo-terminal and puts a device with `profile` behind it. The path exists from now
    /// on; the device answers while [`run`](Self::run) does.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] for a profile with a secret key that is none; else what the
    /// operating system says.
    pub fn open(profile: &Profile) -> io::Result<Self> {
        let operations = Operations::new(profile, random as fn() -> [u8; 32])
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let device = match profile.latency {
            Latency::Instant => Device::without_pauses(operations),
            Latency::Measured | Latency::Board => Device::new(operations),
        };
        Ok(Self {
            terminal: Terminal::open()?,
            device,
        })
    }

    /// What a host opens: the slave side of the pseudo-terminal.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.terminal.path()
    }

    /// Gives the line a stable name: a symbolic link at `at`, replaced in one step if there is one.
    /// It is removed when the [`Link`] is dropped.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] when something that is no link is in the way.
    pub fn link(&self, at: &Path) -> io::Result<Link> {
        Link::create(self.path(), at)
    }

    /// Lives: takes requests and answers them, in real time, until the future is dropped. That cuts
    /// the power; marks are gone and the path with them.
    ///
    /// # Errors
    ///
    /// When the line fails. It does not end by itself.
    pub async fn run(self) -> io::Result<()> {
        drive(&self.terminal, self.device).await
    }
}

/// Reads a profile from RON. `Some` need not be written.
///
/// # Errors
///
/// What is wrong, with its place: not RON, an unknown field, a value out of range.
pub fn profile_from_ron(text: &str) -> Result<Profile, SpannedError> {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME)
        .from_str(text)
}

/// Fresh randomness. A draw that fails leaves zeros, which is safe: nonces depend on key and digest
/// as well.
fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    let drawn = getrandom(&mut bytes, GetRandomFlags::empty());
    debug_assert_eq!(drawn, Ok(bytes.len()));
    bytes
}
