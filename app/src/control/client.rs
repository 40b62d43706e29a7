//! A command's side of the control socket.

use core::time::Duration;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::frame::{self, Body};
use super::{Answer, Question};

/// How long a daemon may be silent whose one thread turns.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer, and how to get one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody listens.
    #[error(
        "no signer runs here: nobody listens on {path}. Start it (tezio-signer run, or systemctl start \
         tezio-signer), or say with --config which one is meant"
    )]
    Nobody {
        /// The socket.
        path: String,
    },
    /// The socket's file, or a folder on the way, is closed to us.
    #[error(
        "{path} is closed to this user: ask as the signer's user or as root (sudo -u tezio-signer \
         tezio-signer …), or give your group to control_group in the configuration"
    )]
    Closed {
        /// The socket.
        path: String,
    },
    /// Somebody listens and says nothing.
    #[error(
        "the signer at {path} does not answer within {} s: it is stopped, or this machine is overloaded",
        PATIENCE.as_secs()
    )]
    Silent {
        /// The socket.
        path: String,
    },
    /// It says why not.
    #[error("{0}")]
    Refused(String),
    /// Anything else.
    #[error("cannot ask the signer at {path}: {error}")]
    Other {
        /// The socket.
        path: String,
        /// What the system says.
        error: io::Error,
    },
}

/// Asks the daemon whose control socket is at `path`.
///
/// # Errors
///
/// [`Failure`], by what an operator can do about it.
pub(crate) fn ask(path: &Path, question: Question) -> Result<Answer, Failure> {
    match exchange(path, question) {
        Ok(Body::Value(answer)) => Ok(answer),
        Ok(Body::Text(text)) => Err(Failure::Refused(text)),
        Err(error) => Err(failure(path, error)),
    }
}

fn exchange(path: &Path, question: Question) -> io::Result<Body<Answer>> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let sent = stream.write_all(&frame::value(&question)?);
    // One that does not want to hear us may have said why before it went.
    let mut announced = [0; 4];
    match (stream.read_exact(&mut announced), sent) {
        (Ok(()), _) => {}
        (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(error),
    }
    let mut bytes = vec![0; frame::length(announced, frame::ANSWER).map_err(invalid)?];
    stream.read_exact(&mut bytes)?;
    frame::read(&bytes).map_err(invalid)
}

fn invalid(fault: frame::Fault) -> io::Error {
    let text = format!(
        "{fault}; this is tezio-signer {}: is it the one that runs?",
        env!("CARGO_PKG_VERSION")
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}

fn failure(path: &Path, error: io::Error) -> Failure {
    use io::ErrorKind::{ConnectionRefused, NotFound, PermissionDenied, TimedOut, WouldBlock};
    let kind = error.kind();
    let path = path.display().to_string();
    if matches!(kind, NotFound | ConnectionRefused) {
        Failure::Nobody { path }
    } else if kind == PermissionDenied {
        Failure::Closed { path }
    } else if matches!(kind, TimedOut | WouldBlock) {
        Failure::Silent { path }
    } else {
        Failure::Other { path, error }
    }
}
