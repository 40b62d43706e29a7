//! What a certificate says of itself: for whom it is, and when.

use std::time::SystemTime;

use futures_rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Result};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// When a certificate is valid. Outside of this, peers refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: SystemTime,
    /// The last.
    pub until: SystemTime,
}

impl Validity {
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Result<Self> {
        let certificate = Certificate::from_der(certificate)?;
        let validity = certificate.tbs_certificate().validity();
        Ok(Self {
            from: validity.not_before.to_system_time(),
            until: validity.not_after.to_system_time(),
        })
    }

    /// When both are valid.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        }
    }
}

/// The DNS names, URIs and mail addresses a certificate is for, then its subject's common name unless
/// it is one of them. A common name that is no text is left out.
pub(crate) fn names(certificate: &CertificateDer<'_>) -> Result<Vec<String>> {
    let certificate = Certificate::from_der(certificate)?;
    let certificate = certificate.tbs_certificate();
    let mut names = match certificate.get_extension::<SubjectAltName>()? {
        Some((_, SubjectAltName(names))) => names.iter().filter_map(text).collect(),
        None => Vec::new(),
    };
    let common = certificate.subject().common_name().ok().flatten();
    if let Some(common) = common.map(String::from)
        && !names.contains(&common)
    {
        names.push(common);
    }
    Ok(names)
}

fn text(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Rfc822Name(text)
        | GeneralName::DnsName(text)
        | GeneralName::UniformResourceIdentifier(text) => Some(text.as_str().to_owned()),
        GeneralName::OtherName(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::IpAddress(_)
        | GeneralName::RegisteredId(_) => None,
    }
}
