//! A free path: taking turns, and clearing away what a dead process has left.
//!
//! # Why there is a lock
//!
//! Whether a file is stale is seen by connecting, and stale files are removed before binding. Two
//! processes that do so in step would each remove what the other has just made. So all of it, up to
//! `listen`, happens under a lock on the folder, which leaves no file behind and ends with its holder.
//! It stops those who use this crate; a program that binds the same path without the lock, and is
//! caught between its own `bind` and `listen`, loses its file.

use core::time::Duration;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::thread::sleep;

use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use crate::path::SocketPath;

/// Attempts at the folder's lock, and the time between them: one second in all.
const LOCK_ATTEMPTS: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The right to change who listens in a folder, held while it lives.
#[derive(Debug)]
pub(crate) struct Turn {
    _folder: Option<File>,
}

impl Turn {
    /// Waits for those who have it, up to a second, and then goes on without: anybody who may read
    /// the folder can keep its lock, and must not keep a signer from starting.
    pub(crate) fn take(place: &SocketPath<'_>) -> io::Result<Self> {
        let folder = match place.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let folder = File::open(folder).map_err(|error| place.stopped("open its folder", error))?;
        for _ in 0..LOCK_ATTEMPTS {
            match folder.try_lock() {
                Ok(()) => {
                    let _folder = Some(folder);
                    return Ok(Self { _folder });
                }
                Err(TryLockError::WouldBlock) => sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => {
                    return Err(place.stopped("lock its folder", error));
                }
            }
        }
        Ok(Self { _folder: None })
    }
}

/// Makes way: removes a socket that nobody listens on, and nothing else.
pub(crate) fn clear(place: &SocketPath<'_>) -> io::Result<()> {
    let there = match fs::symlink_metadata(place.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        there => there.map_err(|error| place.stopped("look at what is there", error))?,
    };
    if !there.file_type().is_socket() {
        let text = "something else is there; it is left alone";
        return Err(place.fault(io::ErrorKind::AlreadyExists, text));
    }
    match net::connect(stream_socket()?, &place.address) {
        Err(Errno::CONNREFUSED) => fs::remove_file(place.path)
            .map_err(|error| place.stopped("remove what a dead process has left", error)),
        Err(Errno::NOENT) => Ok(()),
        // It answers; its queue is full; it is another kind of socket.
        Ok(()) | Err(Errno::AGAIN | Errno::PROTOTYPE) => {
            let text = "another program listens there";
            Err(place.fault(io::ErrorKind::AddrInUse, text))
        }
        Err(error) => Err(place.stopped("find out whether somebody listens there", error)),
    }
}

/// One that never waits: a listener whose queue is full would keep a connect waiting for ever.
pub(crate) fn stream_socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(net::socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        flags,
        None,
    )?)
}
