//! The path of a socket: what fits into an address, and what every error says.

use std::io;
use std::path::Path;

use rustix::net::SocketAddrUnix;

/// The longest, in bytes: 108 with the zero at its end (Linux, `unix(7)`).
const LONGEST: usize = 107;

/// A path that can be bound and connected to.
#[derive(Debug)]
pub(crate) struct SocketPath<'a> {
    pub(crate) path: &'a Path,
    pub(crate) address: SocketAddrUnix,
}

impl<'a> SocketPath<'a> {
    pub(crate) fn new(path: &'a Path) -> io::Result<Self> {
        let invalid = |text: &str| fault(io::ErrorKind::InvalidInput, path, text);
        match path.as_os_str().len() {
            0 => Err(invalid("it needs a path")),
            length if length > LONGEST => Err(invalid(&format!(
                "the path has {length} bytes, and a socket's has at most {LONGEST}"
            ))),
            _ => {
                let address = SocketAddrUnix::new(path)
                    .map_err(|error| invalid(&io::Error::from(error).to_string()))?;
                Ok(Self { path, address })
            }
        }
    }

    /// An error of ours.
    pub(crate) fn fault(&self, kind: io::ErrorKind, text: &str) -> io::Error {
        fault(kind, self.path, text)
    }

    /// The system's error, with what it stopped.
    pub(crate) fn stopped(&self, what: &str, error: impl Into<io::Error>) -> io::Error {
        let error = error.into();
        self.fault(error.kind(), &format!("cannot {what}: {error}"))
    }
}

fn fault(kind: io::ErrorKind, path: &Path, text: &str) -> io::Error {
    io::Error::new(kind, format!("Unix socket {}: {text}", path.display()))
}
