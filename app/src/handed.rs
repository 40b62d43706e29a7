//! Sockets that a service manager has kept open while the signer was started again.
//!
//! ```text
//! LISTEN_FDS -> sockets, by address -> listeners of the configuration
//!                                   -> forgotten, where it names them no more
//! ```
//!
//! A client that comes between two runs waits in the socket's queue instead of being refused. What is
//! spoken at an address is for the configuration alone to say, so the names of the sockets mean nothing.
//!
//! The manager keeps them for a restart, and closes them when the service is stopped, or ends by a
//! fault: no request ever starts a signer, and none waits for one that cannot start. Left to others: Unix sockets, whose files go with their listener.

use core::net::SocketAddr;
use std::net::TcpListener;
use std::os::fd::AsFd as _;

use tezio_transport_tcp as tcp;

use crate::config::Listen;
use crate::service_manager;

/// What the manager calls the sockets that it hands over, between colons.
const NAMES: &str = "LISTEN_FDNAMES";

/// The sockets handed over and not taken yet.
#[derive(Debug)]
pub(crate) struct Handed(Vec<(SocketAddr, TcpListener)>);

impl Handed {
    /// Takes over what was handed to this very process, and has the manager forget what no entry of
    /// `wanted` listens on.
    pub(crate) fn take_over(wanted: &[Listen]) -> Self {
        let wanted: Vec<_> = wanted.iter().filter_map(Listen::address).collect();
        let mut kept = Vec::new();
        for (name, address, socket) in received() {
            if wanted.contains(&address) {
                kept.push((address, socket));
            } else {
                tracing::info!(%address, "no longer listened on");
                drop(socket);
                service_manager::forget(&name);
            }
        }
        Self(kept)
    }

    /// The socket that listens on `address`, if there is one.
    pub(crate) fn take(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let place = self.0.iter().position(|(there, _)| *there == address)?;
        Some(self.0.swap_remove(place).1)
    }
}

/// Has the manager close all that it handed over: a signer that cannot start is tried again and again,
/// and its clients had better be refused than wait for it.
pub(crate) fn give_up() {
    let names = std::env::var(NAMES).unwrap_or_default();
    for name in names.split(':').filter(|name| !name.is_empty()) {
        service_manager::forget(name);
    }
}

/// Has the service manager keep a listener's socket for the next start.
///
/// # Errors
///
/// What the system says of its address.
pub(crate) fn keep(listener: &tcp::Listener) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    service_manager::keep(&name(address), listener.as_fd());
    Ok(())
}

/// The TCP sockets of the environment, with the names that the manager has for them.
fn received() -> Vec<(String, SocketAddr, TcpListener)> {
    let handed = sd_listen_fds::get().unwrap_or_else(|error| {
        tracing::warn!(%error, "no socket is taken over");
        Vec::new()
    });
    let mut sockets = Vec::new();
    for (name, socket) in handed {
        let socket = TcpListener::from(socket);
        match socket.local_addr() {
            Ok(address) => sockets.push((name.unwrap_or_default(), address, socket)),
            Err(error) => tracing::warn!(%error, "a socket that was handed over cannot be used"),
        }
    }
    sockets
}

/// What the manager calls it; a colon would end the name.
fn name(address: SocketAddr) -> String {
    address.to_string().replace(':', "-")
}
