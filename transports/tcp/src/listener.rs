//! Accepting within limits.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use async_io::{Async, Timer};
use async_lock::Semaphore;
use futures_lite::future;

use crate::Connection;
use crate::addresses::Addresses;

/// How long to leave a host alone that has run out of descriptors or memory.
const SHORTAGE_PAUSE: Duration = Duration::from_millis(100);

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
    places: Arc<Semaphore>,
    addresses: Arc<Addresses>,
    per_address: usize,
    turned_away: AtomicU64,
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
            places: Arc::new(Semaphore::new(limits.connections)),
            addresses: Arc::default(),
            per_address: limits.per_address,
            turned_away: AtomicU64::new(0),
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
        self.turned_away.load(Ordering::Relaxed)
    }

    /// The next connection within the limits, however long that takes. May be dropped at any time:
    /// no place is lost, and no connection that it would have returned later.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the socket listens no more. Nothing else ends a listener.
    pub async fn accept(&self) -> io::Result<Connection> {
        let place = self.places.acquire_arc().await;
        loop {
            let (stream, peer) = self.next().await?;
            if let Some(share) = self.addresses.share(peer.ip(), self.per_address) {
                return Ok(Connection::new(stream, peer, share, place));
            }
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            drop(stream);
            // Others get their turn even while one address floods the listener.
            future::yield_now().await;
        }
    }

    /// The next connection the kernel has, past those that failed before they were taken.
    async fn next(&self) -> io::Result<(Async<TcpStream>, SocketAddr)> {
        loop {
            match self.socket.accept().await {
                Ok(accepted) => return Ok(accepted),
                Err(error) => match Setback::of(&error) {
                    Setback::Peer => {}
                    Setback::Host => drop(Timer::after(SHORTAGE_PAUSE).await),
                    Setback::Listener => return Err(error),
                },
            }
        }
    }
}

/// Whose trouble a failed accept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setback {
    /// One connection's: on to the next at once, or a peer could slow the listener down by failing.
    Peer,
    /// The host's: no descriptors, no memory, or anything unheard of.
    Host,
    /// The listener's own.
    Listener,
}

impl Setback {
    fn of(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        let peer = matches!(
            error.kind(),
            Kind::ConnectionAborted
                | Kind::ConnectionReset
                | Kind::HostUnreachable
                | Kind::Interrupted
                | Kind::NetworkDown
                | Kind::NetworkUnreachable
                | Kind::TimedOut
        );
        if peer {
            Self::Peer
        } else if error.kind() == Kind::InvalidInput {
            Self::Listener
        } else {
            Self::Host
        }
    }
}
