//! Certificates as an operator has them made, and clients that speak TLS.

use core::net::SocketAddr;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use futures_rustls::pki_types::pem::PemObject as _;
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer};
use futures_rustls::rustls::crypto::ring;
use futures_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};

use super::http::Client;
use super::process::PATIENCE;

/// TLS on a TCP socket.
pub(crate) type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// One that issues certificates.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, in PEM.
#[derive(Debug)]
pub(crate) struct Identity {
    certificate: String,
    key: String,
}

impl Authority {
    /// A new one. Two of one name are told apart by their keys alone.
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = named("authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// A certificate for whoever is called `name`, as DNS name and as common name.
    pub(crate) fn issue(&self, name: &str) -> Identity {
        self.sign(name, CertificateParams::new([name.to_owned()]).unwrap())
    }

    /// The same, and it expired when the century began.
    pub(crate) fn issue_expired(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        self.sign(name, params)
    }

    fn sign(&self, name: &str, mut params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        params.distinguished_name = named(name).distinguished_name;
        Identity {
            certificate: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }

    /// Writes its own certificate, by which others are known.
    pub(crate) fn write(&self, file: &Path) {
        std::fs::write(file, &self.pem).unwrap();
    }

    /// A client that trusts it, and shows `own` to those who ask.
    pub(crate) fn client(&self, own: Option<&Identity>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&self.pem)).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match own {
            Some(own) => builder
                .with_client_auth_cert(vec![own.shown()], own.key())
                .unwrap(),
            None => builder.with_no_client_auth(),
        })
    }
}

impl Identity {
    /// The certificate as it is shown in a handshake.
    pub(crate) fn shown(&self) -> CertificateDer<'static> {
        certificate(&self.certificate)
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap()
    }

    /// Writes `certificate.pem` and `key.pem`.
    pub(crate) fn write(&self, folder: &Path) {
        std::fs::write(folder.join("certificate.pem"), &self.certificate).unwrap();
        std::fs::write(folder.join("key.pem"), &self.key).unwrap();
    }
}

fn named(common: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// Connects; the handshake comes with the first byte sent.
pub(crate) fn tls_stream(config: &Arc<ClientConfig>, address: SocketAddr) -> TlsStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let name = "localhost".try_into().unwrap();
    let session = ClientConnection::new(Arc::clone(config), name).unwrap();
    StreamOwned::new(session, stream)
}

/// An HTTP client behind TLS.
pub(crate) fn tls_client(config: &Arc<ClientConfig>, address: SocketAddr) -> Client<TlsStream> {
    Client::on(tls_stream(config, address))
}

/// Asks for `/` and reads to the end; why that failed, if it did.
pub(crate) fn try_tls(config: &Arc<ClientConfig>, address: SocketAddr) -> Result<String, String> {
    let attempt = || {
        let mut stream = tls_stream(config, address);
        stream.write_all(b"GET / HTTP/1.1\r\nhost: signer\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer)
    };
    attempt().map_err(|error| error.to_string())
}

/// The certificate that a server shows.
pub(crate) fn shown(config: &Arc<ClientConfig>, address: SocketAddr) -> CertificateDer<'static> {
    let mut stream = tls_stream(config, address);
    stream.conn.complete_io(&mut stream.sock).unwrap();
    let certificates = stream.conn.peer_certificates().unwrap();
    certificates[0].clone().into_owned()
}
