//! The file of a socket, from a free path to one that may be connected to.
//!
//! # Why no wider mode ever shows
//!
//! `bind` makes the file, and `listen` lets people in; until `listen`, every connect is refused,
//! whoever asks. So between the two there is time to put owner and mode in force. That the file is
//! born narrow as well (Linux takes its bits from the unbound socket, less the umask) keeps those
//! out who are let through by the file and then wait for `listen` to catch up.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf, absolute};

use rustix::fs::{AtFlags, CWD, Gid, Mode, OFlags, Uid};
use rustix::net;

use crate::path::SocketPath;
use crate::vacancy::{Turn, clear, stream_socket};

/// Connections the kernel keeps for us; what the standard library asks for.
const BACKLOG: i32 = 128;

/// Whom the file lets in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub(crate) mode: u32,
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
}

/// A file of ours at a path; removed on drop, unless another is there by then.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl SocketFile {
    /// Makes the file and listens on it.
    pub(crate) fn listen(path: &Path, access: Access) -> io::Result<(Self, UnixListener)> {
        let place = SocketPath::new(path)?;
        if access.mode > 0o777 {
            let text = "its mode has more than permission bits";
            return Err(place.fault(io::ErrorKind::InvalidInput, text));
        }
        let _turn = Turn::take(&place)?;
        clear(&place)?;
        let (file, socket) = Self::make(&place, access)?;
        access.enforce(&place)?;
        net::listen(&socket, BACKLOG)?;
        Ok((file, socket.into()))
    }

    /// Binds, and no more: the file is there, with the owner's bits alone, and refuses everybody.
    fn make(place: &SocketPath<'_>, access: Access) -> io::Result<(Self, OwnedFd)> {
        let path = absolute(place.path)?;
        let socket = stream_socket()?;
        rustix::fs::fchmod(&socket, Mode::from_raw_mode(access.mode & 0o600))?;
        net::bind(&socket, &place.address).map_err(|error| place.stopped("bind it", error))?;
        let made = fs::symlink_metadata(&path)
            .map_err(|error| place.stopped("look at what was bound", error))?;
        let file = Self {
            path,
            device: made.dev(),
            inode: made.ino(),
        };
        Ok((file, socket))
    }

    /// A file keeps its number while its socket lives, so no other can have it.
    fn is_still_there(&self) -> bool {
        fs::symlink_metadata(&self.path)
            .is_ok_and(|there| (there.dev(), there.ino()) == (self.device, self.inode))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.is_still_there() {
            // What cannot be removed is stale from now on, and the next start replaces it.
            let _removed = fs::remove_file(&self.path);
        }
    }
}

impl Access {
    /// Owner first, since it matters to whom the mode opens the file. Both go to one and the same
    /// file, whatever happens to the path meanwhile, and not through a symbolic link.
    fn enforce(self, place: &SocketPath<'_>) -> io::Result<()> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, place.path, flags, Mode::empty())
            .map_err(|error| place.stopped("open it", error))?;
        let (owner, group) = (self.owner.map(Uid::from_raw), self.group.map(Gid::from_raw));
        // Where nothing is to be given away, a sandbox may forbid even to try.
        if owner.is_some() || group.is_some() {
            rustix::fs::chownat(&file, "", owner, group, AtFlags::EMPTY_PATH)
                .map_err(|error| place.stopped("change its owner or group", error))?;
        }
        let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
        rustix::fs::chmod(itself, Mode::from_raw_mode(self.mode))
            .map_err(|error| place.stopped("set its mode", error))
    }
}

#[cfg(test)]
mod tests {
    //! The file between its making and its opening.

    use rustix::io::Errno;

    use super::*;

    const OPEN: Access = Access {
        mode: 0o666,
        owner: None,
        group: None,
    };

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("a file").mode() & 0o7777
    }

    #[test]
    fn a_file_just_made_is_narrow_and_refuses_everybody() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let place = SocketPath::new(&path).expect("short");
        let (_file, socket) = SocketFile::make(&place, OPEN).expect("made");
        assert_eq!(mode(&path) & !0o600, 0);
        let connect = || net::connect(stream_socket().expect("a socket"), &place.address);
        assert_eq!(connect(), Err(Errno::CONNREFUSED));
        OPEN.enforce(&place).expect("ours");
        assert_eq!(mode(&path), 0o666);
        assert_eq!(connect(), Err(Errno::CONNREFUSED), "still");
        net::listen(&socket, BACKLOG).expect("bound");
        assert_eq!(connect(), Ok(()));
    }

    #[test]
    fn what_fails_half_way_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let place = SocketPath::new(&path).expect("short");
        drop(SocketFile::make(&place, OPEN).expect("made"));
        assert!(!path.exists());
    }
}
