//! HTTPS: the HTTP front end behind TLS, with the names of a client's certificate as a further
//! condition.

use core::net::IpAddr;
use std::io;
use std::rc::Rc;

use smol::future::FutureExt as _;
use smol::io::{AsyncRead, AsyncWrite};
use tezio_core::policy::Peer;

use super::guest::Guest;
use super::{Hall, http};
use crate::asked::{Client, FrontEnd};
use crate::certificates::Tls;

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
