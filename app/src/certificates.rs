//! Certificates that HTTPS listeners show: when they expire, and reading them again.

use core::time::Duration;
use std::rc::Rc;
use std::time::SystemTime;

use tezio_transport_http::tls::Acceptor;

/// A certificate that ends within this time is spoken of.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// What one HTTPS listener shows, and asks for.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) acceptor: Acceptor,
    pub(crate) asks_for_certificates: bool,
}

/// What all HTTPS listeners show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Certificates(pub(crate) Vec<Rc<Tls>>);

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
    pub(crate) fn warn_of_expiry(&self) {
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
