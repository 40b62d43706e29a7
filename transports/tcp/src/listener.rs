//! Accepting within limits.

use core::net::{IpAddr, SocketAddr};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use async_io::Async;
use rustix::net::sockopt;
use tezio_transport_listen::Gate;

use crate::Connection;
use crate::connection::settle;

/// How many connections a listener holds at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Altogether; with none, nothing is ever accepted.
    pub connections: usize,
    /// From one peer address, whatever its port.
    pub per_address: usize,
}

/// A bound, listening TCP socket.
#[derive(Debug)]
pub struct Listener {
    socket: Async<TcpListener>,
    gate: Gate<IpAddr>,
}

impl Listener {
    /// Binds and listens. The address may be taken over from sockets that are only waiting out
    /// their end (`SO_REUSEADDR`); port 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// What the system says of the address: `AddrInUse`, `AddrNotAvailable`, `PermissionDenied`.
    pub fn bind(address: SocketAddr, limits: Limits) -> io::Result<Self> {
        Ok(Self {
            socket: Async::<TcpListener>::bind(address)?,
            gate: Gate::new(limits.connections, limits.per_address),
        })
    }

    /// Takes over a socket that listens already, with the clients who wait there.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it does not listen; what the system says.
    pub fn adopt(socket: TcpListener, limits: Limits) -> io::Result<Self> {
        if !sockopt::socket_acceptconn(&socket)? {
            let text = "a socket that does not listen";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        Ok(Self {
            socket: Async::new(socket)?,
            gate: Gate::new(limits.connections, limits.per_address),
        })
    }

    /// The address and port this listens on.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get_ref().local_addr()
    }

    /// Connections closed unheard because their address had its share, since the start.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.gate.turned_away()
    }

    /// The next connection within the limits, however long that takes. May be dropped at any time:
    /// no place is lost, and no connection that it would have returned later.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the socket listens no more. Nothing else ends a listener.
    pub async fn accept(&self) -> io::Result<Connection> {
        let ((stream, peer), place) = self.gate.admit(|| self.next()).await?;
        let _settled = settle(stream.get_ref());
        Ok(Connection::new(stream, peer, place))
    }

    async fn next(&self) -> io::Result<((Async<TcpStream>, SocketAddr), IpAddr)> {
        let (stream, peer) = self.socket.accept().await?;
        Ok(((stream, peer), host(peer)))
    }
}

/// The listening socket, for those who pass it on.
impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get_ref().as_fd()
    }
}

/// Whose share a connection takes. An IPv4 address seen through an IPv6 socket counts as itself.
fn host(peer: SocketAddr) -> IpAddr {
    peer.ip().to_canonical()
}

#[cfg(test)]
mod tests {
    //! What counts as one address.

    use super::*;

    #[test]
    fn a_mapped_address_is_the_address_it_maps() {
        let plain: SocketAddr = "192.0.2.1:1".parse().expect("an address");
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:2".parse().expect("an address");
        assert_eq!(host(plain), host(mapped));
    }
}
