//! An open port: bytes both ways, waiting for readiness.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use async_io::Async;
use futures_lite::{AsyncRead, AsyncWrite};
use rustix::fs::{Mode, OFlags};
use serialport::{ClearBuffer, SerialPort, TTYPort};

use crate::hold::hold;

/// A serial port, held by nobody else. Dropping it gives it back.
///
/// Reading 0 bytes means that the device is gone for good: a board that comes back is a new one,
/// to be opened anew. Writing to it then fails.
#[derive(Debug)]
pub struct Port {
    // Dropped first: the lock outlives the bytes it guards.
    bytes: Async<File>,
    held: TTYPort,
}

impl Port {
    /// Opens the port at a path, which may be a link such as those in `/dev/serial/by-id`, and sets
    /// it up. What the device sent before stays to be read, see [`discard_input`](Self::discard_input).
    ///
    /// # Errors
    ///
    /// By kind: `NotFound` if there is no such path, `PermissionDenied` if this user may not use it,
    /// `ResourceBusy` if another owner holds it, `InvalidInput` if it is no serial port or its path
    /// is not UTF-8; otherwise what the system reports.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let held = hold(path, &file)?;
        ensure_still_there(path, &file)?;
        let bytes = Async::new(file)?;
        Ok(Self { bytes, held })
    }

    /// Drops the bytes that have come and were not read. A Tezio HSM keeps a short reply that nobody
    /// fetched, and a new conversation must not begin with it.
    ///
    /// # Errors
    ///
    /// If the device is gone.
    pub fn discard_input(&self) -> io::Result<()> {
        Ok(self.held.clear(ClearBuffer::Input)?)
    }
}

/// A board that is plugged in again may take the place of another between two looks at one path, and
/// settings and bytes must not be those of two boards.
fn ensure_still_there(path: &Path, file: &File) -> io::Result<()> {
    let (opened, found) = (file.metadata()?, std::fs::metadata(path)?);
    if (opened.dev(), opened.ino()) == (found.dev(), found.ino()) {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::NotFound,
            "another device took its place while it was opened",
        ))
    }
}

impl Drop for Port {
    /// Drops what the device has not taken: closing would wait for it, with the whole program.
    fn drop(&mut self) {
        let _ = self.held.clear(ClearBuffer::Output);
    }
}

impl AsyncRead for Port {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Port {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_write(cx, bytes)
    }

    /// Nothing is kept back here; what was written is the kernel's to send.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// A serial line has no end to announce: closing is dropping.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
