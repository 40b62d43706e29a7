//! Other certificates while the server runs: whole or not at all, and for new connections alone.

use std::io::ErrorKind;
use std::sync::Arc;

use futures_rustls::pki_types::CertificateDer;
use futures_rustls::rustls::{ClientConfig, version};
use smol::io::{AsyncReadExt, AsyncWriteExt};
use tezio_transport_http::tls::Acceptor;

use crate::authority::{Authority, named, server};
use crate::meeting::{ask, certificate, config, connect, meet};

/// The certificate a server shows.
fn shown(acceptor: &Acceptor, config: &Arc<ClientConfig>) -> CertificateDer<'static> {
    let (_, shown) = meet(acceptor, async |stream| {
        let mut stream = connect(Arc::clone(config), stream).await.expect("shaken");
        stream.close().await.expect("closed");
        let (_, session) = stream.get_ref();
        session.peer_certificates().expect("one")[0].clone()
    });
    shown.into_owned()
}

#[test]
fn a_new_certificate_is_shown_once_it_is_read() {
    let (authority, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    let config = config(&authority, None, &version::TLS13);
    let before = shown(&acceptor, &config);
    let new = authority.server();
    folder.hold(&new);
    assert_eq!(shown(&acceptor, &config), before, "not yet");
    acceptor.reload().expect("whole");
    assert_eq!(shown(&acceptor, &config), certificate(&new.certificate));
}

#[test]
fn a_fault_leaves_all_as_it_was() {
    let (authority, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    let config = config(&authority, None, &version::TLS13);
    let before = (shown(&acceptor, &config), acceptor.validity());
    folder.write("certificate.pem", &authority.server().certificate);
    let error = acceptor.reload().expect_err("its key is not there yet");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    folder.write("key.pem", "");
    acceptor.reload().expect_err("empty");
    let now = (shown(&acceptor, &config), acceptor.validity());
    assert_eq!(now, before);
}

#[test]
fn those_connected_stay_so() {
    let (authority, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    let config = config(&authority, None, &version::TLS13);
    let request = b"GET /a HTTP/1.1\r\nhost: a\r\n\r\n";
    let (served, ()) = meet(&acceptor, async |stream| {
        let mut stream = connect(config, stream).await.expect("a handshake");
        for _ in 0..2 {
            stream.write_all(request).await.expect("sent");
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n/a") {
                let mut byte = [0];
                stream.read_exact(&mut byte).await.expect("an answer");
                answer.extend(byte);
            }
            folder.hold(&Authority::new().server());
            acceptor.reload().expect("whole");
        }
        stream.close().await.expect("closed");
    });
    served.expect("an orderly end");
}

#[test]
fn other_roots_let_other_clients_in() {
    let (authority, folder) = server();
    folder.write("roots.pem", &Authority::new().pem);
    let acceptor = folder.strict_acceptor().expect("whole");
    let own = authority.issue(&named("baker"));
    let config = config(&authority, Some(&own), &version::TLS13);
    let attempt = || {
        let config = Arc::clone(&config);
        meet(&acceptor, async |stream| ask(config, stream).await).0
    };
    attempt().expect_err("not one of theirs");
    folder.write("roots.pem", &authority.pem);
    acceptor.reload().expect("whole");
    assert_eq!(attempt().expect("let in"), ["baker"]);
}
