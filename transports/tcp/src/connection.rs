//! What a TCP connection is: its peer by address, and what is set on its socket.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::io;
use std::net::TcpStream;

use rustix::net::sockopt;

/// Silence after which the peer's host is asked whether it is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
/// From one such question to the next.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// Unanswered questions after which the connection fails.
const KEEPALIVE_PROBES: u32 = 4;

/// A connection with the peer's address and port, and its place among those of one address.
///
/// Small messages go out at once (`TCP_NODELAY`). A peer whose host has vanished without a word is
/// found out after two minutes (`SO_KEEPALIVE`).
pub type Connection = tezio_transport_listen::Connection<TcpStream, SocketAddr, IpAddr>;

/// Sets what every connection has. A socket that refuses it is dead or odd, which shows at its first
/// read.
///
/// # Errors
///
/// What the system says.
pub(crate) fn settle(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    sockopt::set_tcp_keepidle(socket, KEEPALIVE_IDLE)?;
    sockopt::set_tcp_keepintvl(socket, KEEPALIVE_INTERVAL)?;
    sockopt::set_tcp_keepcnt(socket, KEEPALIVE_PROBES)?;
    Ok(sockopt::set_socket_keepalive(socket, true)?)
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
