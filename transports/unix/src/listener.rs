//! Accepting within limits.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use async_io::Async;
use tezio_transport_listen::Gate;

use crate::file::{Access, SocketFile};
use crate::{Connection, Credentials};

/// Who may connect, and how often at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Permission bits of the socket's file, whatever the umask: to connect takes the right to
    /// write. At most `0o777`.
    pub mode: u32,
    /// The user that owns the file, if not the one this runs as. Giving files away takes root.
    pub owner: Option<u32>,
    /// The group of the file, if not the usual one. Takes root, or membership.
    pub group: Option<u32>,
    /// Connections altogether; with none, nothing is ever accepted.
    pub connections: usize,
    /// Connections of one user.
    pub per_user: usize,
}

impl Default for Options {
    /// For our own user alone; as many connections as a host's processes can want.
    fn default() -> Self {
        Self {
            mode: 0o600,
            owner: None,
            group: None,
            connections: 100,
            per_user: 32,
        }
    }
}

/// A bound, listening Unix socket and its file.
#[derive(Debug)]
pub struct Listener {
    /// Stands before the socket, so that it drops first: while we listen, nobody else takes the
    /// path over, and what is removed is ours.
    _file: SocketFile,
    socket: Async<UnixListener>,
    gate: Gate<u32>,
}

impl Listener {
    /// Makes the socket at `path` and listens. The folder must be there, and ours to write in.
    ///
    /// Waits up to one second, blocking, for others who are starting in the same folder.
    ///
    /// # Errors
    ///
    /// By kind, with the path in the text: `AddrInUse` if somebody listens there; `AlreadyExists`
    /// if what is there is no socket; `InvalidInput` if the path is empty or longer than 107 bytes,
    /// or the mode has more than permission bits; otherwise what the system says. After an error nothing of ours is left at the path.
    pub fn bind(path: impl AsRef<Path>, options: Options) -> io::Result<Self> {
        let access = Access {
            mode: options.mode,
            owner: options.owner,
            group: options.group,
        };
        let (file, socket) = SocketFile::listen(path.as_ref(), access)?;
        Ok(Self {
            _file: file,
            socket: Async::new(socket)?,
            gate: Gate::new(options.connections, options.per_user),
        })
    }

    /// Connections closed unheard because their user had its share, since the start.
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
        Ok(Connection::new(stream, peer, place))
    }

    async fn next(&self) -> io::Result<((Async<UnixStream>, Credentials), u32)> {
        let (stream, _) = self.socket.accept().await?;
        let peer = Credentials::of(&stream)?;
        Ok(((stream, peer), peer.uid))
    }
}
