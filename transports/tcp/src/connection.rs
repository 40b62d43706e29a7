//! One accepted connection: a byte stream that knows its peer and keeps its place.

use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::net::{Shutdown, TcpStream};

use async_io::Async;
use futures_lite::{AsyncRead, AsyncWrite};
use rustix::net::sockopt;
use tezio_transport_listen::Place;

/// Silence after which the peer's host is asked whether it is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
/// From one such question to the next.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// Unanswered questions after which the connection fails.
const KEEPALIVE_PROBES: u32 = 4;

/// A connection and its place among the listener's limits, given back when this drops.
///
/// Small messages go out at once (`TCP_NODELAY`). A peer whose host has vanished without a word is
/// found out after two minutes (`SO_KEEPALIVE`). Closing, as opposed to dropping, ends our sending
/// side alone: the peer reads to the end and may still be read from.
#[derive(Debug)]
pub struct Connection {
    stream: Async<TcpStream>,
    peer: SocketAddr,
    _place: Place<IpAddr>,
}

impl Connection {
    pub(crate) fn new(stream: Async<TcpStream>, peer: SocketAddr, place: Place<IpAddr>) -> Self {
        // A socket that refuses these is dead or odd; either shows at its first read.
        let _settled = settle(stream.get_ref());
        Self {
            stream,
            peer,
            _place: place,
        }
    }

    /// The peer's address and port.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }
}

fn settle(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    sockopt::set_tcp_keepidle(socket, KEEPALIVE_IDLE)?;
    sockopt::set_tcp_keepintvl(socket, KEEPALIVE_INTERVAL)?;
    sockopt::set_tcp_keepcnt(socket, KEEPALIVE_PROBES)?;
    Ok(sockopt::set_socket_keepalive(socket, true)?)
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
    //! What the kernel says of a settled socket.

    use super::*;

    #[test]
    fn small_messages_go_at_once_and_the_dead_are_found_out() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let socket = TcpStream::connect(address).expect("a connection");
        settle(&socket).expect("settled");
        assert!(socket.nodelay().expect("an answer"));
        assert!(sockopt::socket_keepalive(&socket).expect("an answer"));
        let idle = sockopt::tcp_keepidle(&socket).expect("an answer");
        assert_eq!(idle, KEEPALIVE_IDLE);
    }
}
