//! The byte stream inside TLS, and who is at its other end.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use futures_lite::{AsyncRead, AsyncWrite};
use futures_rustls::server;

use super::certificate::names;

/// A byte stream that nobody else reads or writes.
///
/// Closing, as opposed to dropping, tells the peer (`close_notify`) and then closes the stream below;
/// what the peer still sends may be read. Reading ends with `UnexpectedEof` if the peer's end comes
/// without its word: somebody may have cut the connection.
#[derive(Debug)]
pub struct TlsStream<S> {
    stream: server::TlsStream<S>,
    client_names: Vec<String>,
}

impl<S> TlsStream<S> {
    /// Takes a stream whose handshake is done.
    ///
    /// # Errors
    ///
    /// `InvalidData` if the client's certificate does not say whose it is in a form we can read.
    pub(crate) fn new(stream: server::TlsStream<S>) -> io::Result<Self> {
        let (_, session) = stream.get_ref();
        let own = session.peer_certificates().and_then(<[_]>::first);
        let client_names = own.map_or_else(|| Ok(Vec::new()), names).map_err(|error| {
            let text = format!("the names in the client's certificate cannot be read: {error}");
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        Ok(Self {
            stream,
            client_names,
        })
    }

    /// What the client's certificate, found valid, calls it: DNS names, URIs and mail addresses, then
    /// the common name. Which is which is not told apart. Empty if no certificate was asked for.
    #[must_use]
    pub fn client_names(&self) -> &[String] {
        &self.client_names
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
