//! One accepted connection: a byte stream that knows its peer and keeps its place.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;

use async_io::{Async, IoSafe};
use futures_lite::{AsyncRead, AsyncWrite};

use crate::Place;

/// A connection on a socket `S` with a peer `P`, and its place among the listener's limits, given back
/// when this drops.
///
/// Closing, as opposed to dropping, ends our sending side alone: the peer reads to the end and may
/// still be read from.
#[derive(Debug)]
pub struct Connection<S, P, K: Ord> {
    stream: Async<S>,
    peer: P,
    _place: Place<K>,
}

/// A socket whose sending side can end by itself.
pub trait EndSending {
    /// Tells the peer that nothing more comes.
    ///
    /// # Errors
    ///
    /// What the system says; `NotConnected` when the peer is gone.
    fn end_sending(&self) -> io::Result<()>;
}

impl EndSending for TcpStream {
    fn end_sending(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl EndSending for UnixStream {
    fn end_sending(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl<S, P: Copy, K: Ord> Connection<S, P, K> {
    /// The connection that a gate gave this place to.
    #[must_use]
    pub const fn new(stream: Async<S>, peer: P, place: Place<K>) -> Self {
        Self {
            stream,
            peer,
            _place: place,
        }
    }

    /// Who is at the other end.
    #[must_use]
    pub const fn peer(&self) -> P {
        self.peer
    }
}

/// Nothing in it is ever pinned in its place.
impl<S, P, K: Ord> Unpin for Connection<S, P, K> {}

impl<S, P, K: Ord> AsyncRead for Connection<S, P, K>
where
    S: IoSafe + io::Read,
{
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S, P, K: Ord> AsyncWrite for Connection<S, P, K>
where
    S: IoSafe + io::Write + EndSending,
{
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
        Poll::Ready(match self.stream.get_ref().end_sending() {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            closed => closed,
        })
    }
}
