//! The server's side of the handshake, with certificates that can be changed while it runs.

use core::fmt;
use core::time::Duration;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_io::Timer;
use futures_lite::{AsyncRead, AsyncWrite, future};
use futures_rustls::TlsAcceptor;
use futures_rustls::rustls::ServerConfig;

use super::files::{Files, Loaded};
use super::{TlsStream, Validity};
use crate::linger::close_and_linger;

/// How long a handshake may take. A client that needs longer has a network no signature gets
/// through in time.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Whose certificates let clients in.
#[derive(Debug, Clone, Copy)]
pub struct ClientAuthority<'a> {
    /// A PEM file with one or more certificates; a client's must have been issued under one of them.
    pub roots: &'a Path,
}

/// What is needed to answer a handshake.
pub struct Acceptor {
    files: Files,
    handshake_timeout: Duration,
    loaded: Mutex<Loaded>,
}

impl Acceptor {
    /// Reads the certificate, with the chain that leads to its root if there is one, its private
    /// key, and the roots of the clients' certificates. Without `clients`, nobody is asked for one.
    ///
    /// # Errors
    ///
    /// With the file in the text: what the system says of reading it, or `InvalidData` if it is not
    /// PEM, holds nothing of the kind that is wanted, or the key is not the certificate's. A
    /// certificate that has expired is none: see [`validity`](Self::validity).
    pub fn new(
        certificate: &Path,
        key: &Path,
        clients: Option<ClientAuthority<'_>>,
    ) -> io::Result<Self> {
        let files = Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            roots: clients.map(|clients| clients.roots.to_owned()),
        };
        Ok(Self {
            loaded: Mutex::new(files.load()?),
            files,
            handshake_timeout: HANDSHAKE_TIMEOUT,
        })
    }

    /// Allows a handshake this long, instead of 10 s.
    #[must_use]
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// Reads the files again, for the connections from now on.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); then all stays as it was.
    pub fn reload(&self) -> io::Result<()> {
        let loaded = self.files.load()?;
        *self.loaded() = loaded;
        Ok(())
    }

    /// When the certificate in use is valid, with its chain.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.loaded().validity
    }

    /// Shakes hands with a peer that has just connected.
    ///
    /// # Errors
    ///
    /// By kind: `TimedOut` if it took too long; `InvalidData` if the peer spoke something else or
    /// nothing that both know, or has no certificate that lets it in; `UnexpectedEof` if it left;
    /// otherwise what the stream reported. The connection is over in every case.
    pub async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = Arc::clone(&self.loaded().config);
        let too_late = async {
            Timer::after(self.handshake_timeout).await;
            None
        };
        match future::or(shake_hands(config, stream), too_late).await {
            Some(Ok(stream)) => TlsStream::new(stream),
            Some(Err((error, mut stream))) => {
                close_and_linger(&mut stream).await;
                Err(error)
            }
            None => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "no TLS handshake in time",
            )),
        }
    }

    /// What is loaded is replaced as a whole, so a panic elsewhere spoils nothing.
    fn loaded(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Shaken<S> = Result<futures_rustls::server::TlsStream<S>, (io::Error, S)>;

/// A handshake that fails gives the stream back, to part from the peer in order.
async fn shake_hands<S>(config: Arc<ServerConfig>, stream: S) -> Option<Shaken<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let handshake = TlsAcceptor::from(config).accept(stream).into_fallible();
    Some(handshake.await)
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("files", &self.files)
            .field("validity", &self.validity())
            .finish_non_exhaustive()
    }
}
