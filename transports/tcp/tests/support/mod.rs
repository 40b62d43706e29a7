//! Listeners on loopback and clients that connect to them.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(
    clippy::allow_attributes,
    reason = "which parts go unused differs by test file"
)]

use core::net::SocketAddr;
use core::time::Duration;
use std::net::TcpStream;

use async_io::Timer;
use futures_lite::future::{self, FutureExt};
use rustix::net::{self, AddressFamily, SocketType};
use tezio_transport_tcp::{Connection, Limits, Listener};

/// A listener on a free port of every loopback address.
pub(crate) fn listener(connections: usize, per_address: usize) -> (Listener, SocketAddr) {
    let any = SocketAddr::from(([0, 0, 0, 0], 0));
    let limits = Limits {
        connections,
        per_address,
    };
    let listener = Listener::bind(any, limits).expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    (listener, SocketAddr::from(([127, 0, 0, 1], port)))
}

/// A connected client, queued at the listener when this returns.
pub(crate) fn client(to: SocketAddr) -> TcpStream {
    client_from([127, 0, 0, 1], to)
}

/// The same, from another of the loopback addresses.
pub(crate) fn client_from(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    net::bind(&socket, &SocketAddr::from((from, 0))).expect("a loopback address");
    net::connect(&socket, &to).expect("a listener");
    TcpStream::from(socket)
}

/// Accepts one; fails rather than hangs.
pub(crate) async fn accept(listener: &Listener) -> Connection {
    accept_one(listener).or(hung()).await
}

async fn accept_one(listener: &Listener) -> Connection {
    listener.accept().await.expect("a connection")
}

async fn hung<T>() -> T {
    Timer::after(Duration::from_secs(20)).await;
    panic!("nothing was accepted");
}

/// Whether the listener would take a connection now.
pub(crate) async fn takes_one(listener: &Listener) -> bool {
    future::poll_once(listener.accept()).await.is_some()
}
