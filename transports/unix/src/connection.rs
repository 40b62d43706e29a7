//! One accepted connection: a byte stream that knows its peer and keeps its place.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use async_io::Async;
use futures_lite::{AsyncRead, AsyncWrite};
use nix::sys::socket::{getsockopt, sockopt};
use tezio_transport_listen::Place;

/// Who is at the other end: the process that connected, as it was when it did (`SO_PEERCRED`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// Its effective user; one that has no number in our user namespace is 65534.
    pub uid: u32,
    /// Its effective group, likewise. Further groups are not told.
    pub gid: u32,
    /// The process, for a log: it may have ended since, and its number may be another's. None if it
    /// cannot be seen from here, as with a client in another container.
    pub pid: Option<u32>,
}

impl Credentials {
    /// Asked through `nix`, because `rustix` 1.1 has no word for a process that cannot be seen: it
    /// reports "error 0" for every peer from another PID namespace.
    pub(crate) fn of(stream: &Async<UnixStream>) -> io::Result<Self> {
        let peer = getsockopt(stream, sockopt::PeerCredentials)?;
        Ok(Self {
            uid: peer.uid(),
            gid: peer.gid(),
            pid: visible(peer.pid()),
        })
    }
}

/// The kernel says 0 of a process in a PID namespace that is not below ours.
fn visible(pid: i32) -> Option<u32> {
    u32::try_from(pid).ok().filter(|pid| *pid > 0)
}

/// A connection and its place among the listener's limits, given back when this drops.
///
/// Closing, as opposed to dropping, ends our sending side alone: the peer reads to the end and may
/// still be read from.
#[derive(Debug)]
pub struct Connection {
    stream: Async<UnixStream>,
    peer: Credentials,
    _place: Place<u32>,
}

impl Connection {
    pub(crate) fn new(stream: Async<UnixStream>, peer: Credentials, place: Place<u32>) -> Self {
        Self {
            stream,
            peer,
            _place: place,
        }
    }

    /// Who connected.
    #[must_use]
    pub fn peer(&self) -> Credentials {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// A peer that is gone already has been told enough.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match self.stream.get_ref().shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            closed => closed,
        })
    }
}

#[cfg(test)]
mod tests {
    //! Process numbers as the kernel gives them.

    use super::*;

    #[test]
    fn a_process_that_cannot_be_seen_has_no_number() {
        assert_eq!(visible(0), None);
        assert_eq!(visible(1), Some(1));
        assert_eq!(visible(i32::MAX), Some(2_147_483_647));
    }
}
