//! What a Unix connection is: its peer by process.

use std::io;
use std::os::unix::net::UnixStream;

use async_io::Async;
use nix::sys::socket::{getsockopt, sockopt};

/// A connection with the credentials of its peer, and its place among those of one user.
pub type Connection = tezio_transport_listen::Connection<UnixStream, Credentials, u32>;

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
