//! What a failed accept means for the next one.

use std::io;

/// Whose trouble a failed accept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setback {
    /// One connection's: on to the next at once, or a peer could slow the listener down by failing.
    Peer,
    /// The host's: no descriptors, no memory, or anything unheard of.
    Host,
    /// The listener's own.
    Listener,
}

impl Setback {
    pub(crate) fn of(error: &io::Error) -> Self {
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
