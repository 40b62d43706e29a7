//! The files: from PEM to a configuration that is whole, or to the file that is wrong and why.
//!
//! The cryptography is `ring`'s, named here instead of being found in the process: no other part of
//! the program can change it.

use core::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use futures_rustls::pki_types::pem::{self, PemObject};
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer};
use futures_rustls::rustls::crypto::{CryptoProvider, ring};
use futures_rustls::rustls::server::danger::ClientCertVerifier;
use futures_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use futures_rustls::rustls::version::{TLS12, TLS13};
use futures_rustls::rustls::{Error, RootCertStore, ServerConfig};

use super::Validity;

/// The protocol inside, for clients that name those they know.
const HTTP_1_1: &[u8] = b"http/1.1";

/// What is wrong with PEM that begins well. The reader's own words would quote the file.
const DAMAGED: &str = "its PEM is damaged";

/// Where everything is.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) roots: Option<PathBuf>,
}

/// All of it, read and found to fit together.
pub(crate) struct Loaded {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) validity: Validity,
}

impl Files {
    pub(crate) fn load(&self) -> io::Result<Loaded> {
        let chain = certificates(&self.certificate)?;
        let validity = validity(&chain, &self.certificate)?;
        let key = key(&self.key)?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(io::Error::other)?;
        let builder = match &self.roots {
            Some(roots) => builder.with_client_cert_verifier(verifier(roots, provider)?),
            None => builder.with_no_client_auth(),
        };
        let config = builder
            .with_single_cert(chain, key)
            .map_err(|error| self.unfit(&error))?;
        Ok(Loaded {
            config: Arc::new(settle(config)),
            validity,
        })
    }

    fn unfit(&self, error: &Error) -> io::Error {
        if matches!(error, Error::InconsistentKeys(_)) {
            let certificate = self.certificate.display();
            wrong(
                &self.key,
                format_args!("it is not the key of the certificate in {certificate}"),
            )
        } else {
            wrong(&self.key, format_args!("it cannot be used: {error}"))
        }
    }
}

/// No session is kept: a resumed one would skip the look at the client's certificate.
fn settle(mut config: ServerConfig) -> ServerConfig {
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config
}

fn verifier(path: &Path, provider: Arc<CryptoProvider>) -> io::Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots
            .add(certificate)
            .map_err(|error| wrong(path, format_args!("a root cannot be used: {error}")))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map(|verifier| verifier as Arc<dyn ClientCertVerifier>)
        .map_err(|error| wrong(path, error))
}

/// At least one.
fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let text = read(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong(path, DAMAGED))?;
    if certificates.is_empty() {
        return Err(wrong(path, "it holds no certificate in PEM"));
    }
    Ok(certificates)
}

/// When all of the chain is valid.
fn validity(chain: &[CertificateDer<'_>], path: &Path) -> io::Result<Validity> {
    let unreadable = |error: x509_cert::der::Error| {
        wrong(path, format_args!("a certificate cannot be read: {error}"))
    };
    let mut all = Validity::of(&chain[0]).map_err(unreadable)?;
    for certificate in &chain[1..] {
        all = all.and(Validity::of(certificate).map_err(unreadable)?);
    }
    Ok(all)
}

fn key(path: &Path) -> io::Result<PrivateKeyDer<'static>> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        let what = if !matches!(error, pem::Error::NoItemsFound) {
            DAMAGED
        } else if is_encrypted(&text) {
            "its key is under a passphrase, which nobody could type in"
        } else {
            "it holds no private key in PEM"
        };
        wrong(path, what)
    })
}

fn is_encrypted(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).contains("BEGIN ENCRYPTED PRIVATE KEY")
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
        .map_err(|error| io::Error::new(error.kind(), format!("TLS {}: {error}", path.display())))
}

fn wrong(path: &Path, what: impl Display) -> io::Error {
    let text = format!("TLS {}: {what}", path.display());
    io::Error::new(io::ErrorKind::InvalidData, text)
}
