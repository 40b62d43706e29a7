//! A Tezio HSM behind a pseudo-terminal, driven by one thread that does nothing else, and how long it
//! had nothing to do.
//!
//! The software HSM of this project with its blocking loop around it: no executor stands between the
//! line and the device, so that what is measured behind it is the signer's.

use core::time::Duration;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant as Clock;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tezio_core::hsm::device::Device;
use tezio_core::time::Instant;
use tezio_soft_hsm::{Latency, Profile, SoftHsm};

type Signing = Device<SoftHsm<fn() -> [u8; 32]>>;

/// A running device. Its thread lives as long as the process: a line has no end to wait for.
pub(crate) struct Board {
    path: PathBuf,
    /// Keeps the line alive between two hosts.
    _slave: OwnedFd,
    work: Arc<Mutex<Work>>,
}

/// What a device has done.
#[derive(Clone, Copy, Default)]
pub(crate) struct Work {
    /// Replies sent.
    pub(crate) replies: u32,
    /// From the end of each reply to the first byte of the next request.
    pub(crate) idle: Duration,
}

impl Board {
    pub(crate) fn start(latency: Latency) -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = ptsname(&master, Vec::new())?;
        let slave = ioctl_tiocgptpeer(&master, flags)?;
        make_raw(&slave)?;
        let work = Arc::<Mutex<Work>>::default();
        let (device, shared) = (device(latency)?, Arc::clone(&work));
        std::thread::Builder::new()
            .name("board".to_owned())
            .spawn(move || run(device, File::from(master), &shared))?;
        Ok(Self {
            path: path.to_string_lossy().into_owned().into(),
            _slave: slave,
            work,
        })
    }

    /// What a host opens.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it has done since this was last asked.
    pub(crate) fn take_work(&self) -> Work {
        self.work
            .lock()
            .map(|mut work| core::mem::take(&mut *work))
            .unwrap_or_default()
    }
}

fn make_raw(slave: &OwnedFd) -> io::Result<()> {
    let mut settings = tcgetattr(slave)?;
    settings.make_raw();
    tcsetattr(slave, OptionalActions::Now, &settings)?;
    Ok(())
}

/// All four keys sign blocks and votes, and operations.
fn device(latency: Latency) -> io::Result<Signing> {
    let mut profile = Profile {
        latency,
        ..Profile::default()
    };
    let kinds = Some([0x03, 0x11, 0x12, 0x13].into_iter().collect());
    let all = &mut profile.kinds;
    for kinds_of in [
        &mut all.authentication,
        &mut all.ed25519,
        &mut all.secp256k1,
        &mut all.p256,
    ] {
        kinds_of.clone_from(&kinds);
    }
    let operations = SoftHsm::new(&profile, entropy as fn() -> [u8; 32])
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    Ok(match latency {
        Latency::Instant => Device::without_pauses(operations),
        Latency::Measured | Latency::Board => Device::new(operations),
    })
}

/// The keys are public: a nonce needs no more than to depend on key and digest, which it does.
const fn entropy() -> [u8; 32] {
    [7; 32]
}

/// Runs until the line fails, which it does at the end of the process.
fn run(mut device: Signing, mut line: File, work: &Mutex<Work>) {
    let start = Clock::now();
    let mut chunk = [0; 1024];
    let mut waiting = 0..0;
    let mut free_since = None;
    loop {
        let now = since(start);
        let taken = device.push(now, &chunk[waiting.clone()]);
        waiting.start += taken;
        let is_due = device.poll_timeout().is_some_and(|due| due <= now);
        device.handle_timeout(now);
        if let Some(reply) = device.poll_transmit() {
            if line.write_all(reply).is_err() {
                return;
            }
            free_since = Some(Clock::now());
        }
        if taken > 0 || is_due {
            continue;
        }
        let patience = device.poll_timeout().map(|due| {
            let due = start + Duration::from_millis(due.as_millis());
            due.saturating_duration_since(Clock::now())
        });
        if !waiting.is_empty() {
            std::thread::sleep(patience.unwrap_or_default());
        } else if has_bytes(&line, patience) {
            let Ok(length) = line.read(&mut chunk) else {
                return;
            };
            waiting = 0..length;
            note(work, free_since.take());
        }
    }
}

/// Waits for bytes, no longer than `patience`.
fn has_bytes(line: &File, patience: Option<Duration>) -> bool {
    let timeout = patience.and_then(|patience| Timespec::try_from(patience).ok());
    let mut line = [PollFd::new(line, PollFlags::IN)];
    poll(&mut line, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

/// A request begins: the time since the last reply was idle.
fn note(work: &Mutex<Work>, free_since: Option<Clock>) {
    if let (Some(since), Ok(mut work)) = (free_since, work.lock()) {
        work.replies += 1;
        work.idle += since.elapsed();
    }
}

fn since(start: Clock) -> Instant {
    Instant::from_millis(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))
}
