//! The pseudo-terminal: master side for the device, slave side for hosts.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use async_io::Async;
use futures_lite::AsyncReadExt as _;
use rustix::fs::inotify;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, ioctl_tiocnxcl, tcgetattr, tcsetattr};

/// Room for the notices that are waiting; one is 16 bytes.
const NOTICES: usize = 256;

/// Both sides of the line.
#[derive(Debug)]
pub(crate) struct Terminal {
    /// The device's end.
    pub(crate) master: Async<File>,
    /// Held open so that the master neither fails nor hangs up while no host is there.
    slave: OwnedFd,
    /// Tells when a host closes the slave side.
    closings: Async<File>,
    path: PathBuf,
}

impl Terminal {
    /// A new line, raw on both sides.
    pub(crate) fn open() -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = PathBuf::from(OsString::from_vec(
            ptsname(&master, Vec::new())?.into_bytes(),
        ));
        let slave = ioctl_tiocgptpeer(&master, flags)?;
        make_raw(&slave)?;
        Ok(Self {
            master: Async::new(File::from(master))?,
            slave,
            closings: Async::new(File::from(closings_of(&path)?))?,
            path,
        })
    }

    /// The slave side's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until a host closes the slave side, and gives the line free.
    ///
    /// A real serial port ends exclusive use at its last close. This one is never closed for the
    /// last time, since we hold it, so what a host leaves behind would lock all later ones out.
    pub(crate) async fn host_left(&self) -> io::Result<()> {
        let mut notices = [0; NOTICES];
        (&self.closings).read(&mut notices).await?;
        ioctl_tiocnxcl(&self.slave)?;
        Ok(())
    }
}

fn make_raw(slave: &OwnedFd) -> io::Result<()> {
    let mut settings = tcgetattr(slave)?;
    settings.make_raw();
    tcsetattr(slave, OptionalActions::Now, &settings)?;
    Ok(())
}

fn closings_of(path: &Path) -> io::Result<OwnedFd> {
    let flags = inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK;
    let notices = inotify::init(flags)?;
    inotify::add_watch(&notices, path, inotify::WatchFlags::CLOSE)?;
    Ok(notices)
}
