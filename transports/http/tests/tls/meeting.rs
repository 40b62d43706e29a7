//! One connection over loopback: the server shakes hands and serves, the client does as it is told.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use futures_rustls::pki_types::pem::PemObject;
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer};
use futures_rustls::rustls::crypto::ring;
use futures_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use smol::Timer;
use smol::future::{self, FutureExt};
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::{TcpListener, TcpStream};
use tezio_transport_http::tls::Acceptor;
use tezio_transport_http::{Answer, Exchange, Limits, StatusCode, serve};

use crate::authority::{Authority, Identity};

/// How long a whole test may take before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// A time limit short enough for a test to wait for.
pub(crate) const SOON: Duration = Duration::from_millis(50);

/// Every version a peer may speak with us.
pub(crate) const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

/// Has a client meet the server. What the server says is whom it met, or why it did not.
pub(crate) fn meet<T>(
    acceptor: &Acceptor,
    client: impl AsyncFnOnce(TcpStream) -> T,
) -> (io::Result<Vec<String>>, T) {
    let meeting = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let near = TcpStream::connect(address).await.expect("a connection");
        let (far, _) = listener.accept().await.expect("the same connection");
        future::zip(answer(acceptor, far), client(near)).await
    };
    let hung = async {
        Timer::after(PATIENCE).await;
        panic!("the connection did not end");
    };
    future::block_on(meeting.or(hung))
}

async fn answer(acceptor: &Acceptor, stream: TcpStream) -> io::Result<Vec<String>> {
    let stream = acceptor.accept(stream).await?;
    let names = stream.client_names().to_vec();
    serve(stream, Limits::default(), echo, future::pending()).await?;
    Ok(names)
}

async fn echo(exchange: Exchange) -> Answer {
    Answer::new(StatusCode::OK, "text/plain", exchange.target)
}

/// A client that trusts an authority, and shows its own identity if it has one.
pub(crate) fn config(
    trusted: &Authority,
    own: Option<&Identity>,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&trusted.pem)).expect("a root");
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots);
    Arc::new(match own {
        Some(own) => {
            let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key");
            builder
                .with_client_auth_cert(vec![certificate(&own.certificate)], key)
                .expect("its certificate")
        }
        None => builder.with_no_client_auth(),
    })
}

/// The one certificate in this text.
pub(crate) fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// The client's handshake.
pub(crate) async fn connect(
    config: Arc<ClientConfig>,
    stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let name = "localhost".try_into().expect("a name");
    TlsConnector::from(config).connect(name, stream).await
}

/// Shakes hands, asks for `/a` and reads to the end, which must be told (`close_notify`).
pub(crate) async fn ask(config: Arc<ClientConfig>, stream: TcpStream) -> io::Result<String> {
    let mut stream = connect(config, stream).await?;
    stream
        .write_all(b"GET /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await?;
    stream.flush().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
