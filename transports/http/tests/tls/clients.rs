//! Certificates asked of clients: who gets in, and under which names.

use std::io::ErrorKind;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType, date_time_ymd};
use tezio_transport_http::tls::Acceptor;

use crate::authority::{Authority, Identity, dns, named, server};
use crate::meeting::{VERSIONS, ask, config, meet};

/// A server that lets in those with a certificate of the authority.
fn strict() -> (Authority, Acceptor) {
    let (authority, folder) = server();
    folder.write("roots.pem", &authority.pem);
    let acceptor = folder.strict_acceptor().expect("whole");
    (authority, acceptor)
}

/// Asserts that this client is refused and gets to read why, whatever version it speaks.
fn assert_refused(own: Option<&Identity>, server: &(Authority, Acceptor), alert: &str) {
    let (authority, acceptor) = server;
    for version in VERSIONS {
        let config = config(authority, own, version);
        let (served, answer) = meet(acceptor, async |stream| ask(config, stream).await);
        assert_eq!(served.expect_err("refused").kind(), ErrorKind::InvalidData);
        let told = answer.expect_err("refused").to_string();
        assert!(told.contains(alert), "{told}");
    }
}

/// The names of a client with a certificate like this.
fn names(params: &CertificateParams) -> Vec<String> {
    let (authority, acceptor) = strict();
    let own = authority.issue(params);
    let [one, other] = VERSIONS.map(|version| {
        let config = config(&authority, Some(&own), version);
        let (served, answer) = meet(&acceptor, async |stream| ask(config, stream).await);
        answer.expect("an answer");
        served.expect("an orderly end")
    });
    assert_eq!(one, other);
    one
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    assert_refused(None, &strict(), "CertificateRequired");
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let stranger = Authority::called("another").issue(&named("baker"));
    assert_refused(Some(&stranger), &strict(), "UnknownCA");
    let namesake = Authority::new().issue(&named("baker"));
    assert_refused(Some(&namesake), &strict(), "DecryptError");
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    let server = strict();
    let mut params = named("baker");
    params.not_after = date_time_ymd(2001, 1, 1);
    let expired = server.0.issue(&params);
    assert_refused(Some(&expired), &server, "CertificateExpired");
}

#[test]
fn a_certificate_for_servers_is_none_for_clients() {
    let server = strict();
    let mut params = named("baker");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let misused = server.0.issue(&params);
    assert_refused(Some(&misused), &server, "alert");
}

#[test]
fn a_client_goes_by_all_its_names() {
    let text = |name: &str| name.try_into().expect("ASCII");
    let mut params = named("Baker Ünal");
    params.subject_alt_names = vec![
        dns("baker.example"),
        SanType::URI(text("spiffe://example/baker")),
        SanType::IpAddress([192, 0, 2, 1].into()),
        SanType::Rfc822Name(text("baker@example.com")),
    ];
    let expected = [
        "baker.example",
        "spiffe://example/baker",
        "baker@example.com",
        "Baker Ünal",
    ];
    assert_eq!(names(&params), expected);
}

#[test]
fn a_name_given_twice_is_one() {
    let mut params = named("baker.example");
    params.subject_alt_names = vec![dns("baker.example")];
    assert_eq!(names(&params), ["baker.example"]);
}

#[test]
fn a_certificate_may_do_without_alternatives() {
    assert_eq!(names(&named("baker")), ["baker"]);
}
