//! A certificate authority, what it issues, and the folder a server reads it from.

use std::fs;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
};
use tempfile::TempDir;
use tezio_transport_http::tls::{Acceptor, ClientAuthority};

/// One that issues.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

/// A certificate and its key, in PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::called("authority")
    }

    pub(crate) fn called(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    pub(crate) fn issue(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("issued");
        Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// For a server on this host.
    pub(crate) fn server(&self) -> Identity {
        let mut params = named("signer");
        params.subject_alt_names = vec![dns("localhost")];
        self.issue(&params)
    }
}

/// Nothing but a common name.
pub(crate) fn named(common: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

pub(crate) fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("ASCII"))
}

/// A server's files.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("ours");
    }

    /// Puts a server's certificate and key in place.
    pub(crate) fn hold(&self, identity: &Identity) {
        self.write("certificate.pem", &identity.certificate);
        self.write("key.pem", &identity.key);
    }

    /// Reads them; no certificates are asked of clients.
    pub(crate) fn acceptor(&self) -> std::io::Result<Acceptor> {
        Acceptor::new(&self.path("certificate.pem"), &self.path("key.pem"), None)
    }

    /// Reads them, and `roots.pem` for the clients' certificates.
    pub(crate) fn strict_acceptor(&self) -> std::io::Result<Acceptor> {
        let roots = self.path("roots.pem");
        let clients = ClientAuthority { roots: &roots };
        let (certificate, key) = (self.path("certificate.pem"), self.path("key.pem"));
        Acceptor::new(&certificate, &key, Some(clients))
    }
}

/// A folder with a server's files, and the authority behind them.
pub(crate) fn server() -> (Authority, Folder) {
    let (authority, folder) = (Authority::new(), Folder::new());
    folder.hold(&authority.server());
    (authority, folder)
}
