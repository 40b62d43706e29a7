//! HTTPS: the HTTP front end behind TLS, with the names of a client's certificate as a further
//! condition.

use core::net::IpAddr;
use core::time::Duration;
use std::io;
use std::rc::Rc;
use std::time::SystemTime;

use smol::future::FutureExt as _;
use smol::io::{AsyncRead, AsyncWrite};
use tezio_core::policy::Peer;
use tezio_transport_http::tls::Acceptor;

use super::guest::Guest;
use super::{Hall, http};
use crate::asked::{Client, FrontEnd};

/// A certificate that ends within this time is spoken of.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// What one HTTPS listener shows, and asks for.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(super) acceptor: Acceptor,
    pub(super) asks_for_certificates: bool,
}

/// Serves one connection to its end.
pub(super) async fn converse<S>(hall: Rc<Hall>, connection: S, address: IpAddr, tls: Rc<Tls>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Counted while the handshake lasts: it is the dear part.
    let guest = Guest::receive(&hall, FrontEnd::Https, &Peer::Address(address));
    if matches!(guest, Guest::OneTooMany) {
        return;
    }
    let stopped = async {
        hall.stopped().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    };
    match tls.acceptor.accept(connection).or(stopped).await {
        Ok(stream) => {
            let peer = if tls.asks_for_certificates {
                hall.driver.certified(address, stream.client_names())
            } else {
                Peer::Address(address)
            };
            drop(guest);
            let front = FrontEnd::Https;
            http::converse(hall, stream, Client { front, peer }).await;
        }
        Err(error) => tracing::debug!(%address, %error, "no TLS connection"),
    }
}

/// What all HTTPS listeners show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Certificates(pub(super) Vec<Rc<Tls>>);

impl Certificates {
    /// How long the first of them to expire has left: `None` where nothing need be said, and nothing
    /// once it has expired.
    pub(crate) fn little_left(&self) -> Option<Duration> {
        let ends = self.0.iter().map(|tls| tls.acceptor.validity().until);
        let left = ends.min()?.duration_since(SystemTime::now());
        Some(left.unwrap_or_default()).filter(|left| *left <= SOON)
    }

    /// Reads certificates and keys again; what is wrong with them leaves the old ones in force. What
    /// came of each.
    pub(crate) fn read_again(&self) -> impl Iterator<Item = Result<String, String>> {
        self.0.iter().map(|tls| match tls.acceptor.reload() {
            Ok(()) => {
                tls.warn_of_expiry();
                Ok("certificate and key read again".to_owned())
            }
            Err(error) => Err(format!(
                "certificate or key cannot be used: those read before stay in force: {error}"
            )),
        })
    }
}

impl Tls {
    /// Says so when the certificate has ended, or will soon.
    pub(super) fn warn_of_expiry(&self) {
        let now = SystemTime::now();
        match self.acceptor.validity().until.duration_since(now) {
            Ok(left) if left > SOON => {}
            Ok(left) => {
                let days = left.as_secs() / (24 * 60 * 60);
                tracing::warn!(days, "the HTTPS certificate expires soon");
            }
            Err(_) => tracing::warn!("the HTTPS certificate has expired: clients will refuse it"),
        }
    }
}
