//! Handshakes that succeed, and those that never become one.

use std::io::ErrorKind;
use std::net::Shutdown;
use std::sync::Arc;

use futures_rustls::rustls::HandshakeKind;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::TcpStream;

use crate::authority::server;
use crate::meeting::{SOON, VERSIONS, ask, config, connect, meet};

/// Everything until the end, which must be an orderly one.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("no reset");
    rest
}

/// The fatal alert in a record of its own: its description (RFC 8446, section 6).
fn alert(record: &[u8]) -> u8 {
    match *record {
        [21, 3, _, 0, 2, 2, description] => description,
        _ => panic!("no fatal alert: {record:02x?}"),
    }
}

#[test]
fn an_exchange_goes_through_and_ends_in_order() {
    let (authority, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    for version in VERSIONS {
        let config = config(&authority, None, version);
        let (served, answer) = meet(&acceptor, async |stream| ask(config, stream).await);
        let answer = answer.expect("an orderly end");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n/a"), "{answer}");
        assert_eq!(served.expect("an orderly end"), [""; 0]);
    }
}

#[test]
fn both_versions_are_spoken_and_http_is_agreed_on() {
    let (authority, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    for version in VERSIONS {
        let mut config = config(&authority, None, version);
        let offered = Arc::get_mut(&mut config).expect("ours alone");
        offered.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let (_, agreed) = meet(&acceptor, async |stream| {
            let mut stream = connect(config, stream).await.expect("a handshake");
            stream.close().await.expect("closed");
            let (_, session) = stream.get_ref();
            let protocol = session.alpn_protocol().map(<[u8]>::to_vec);
            (session.protocol_version(), protocol)
        });
        let expected = (Some(version.version), Some(b"http/1.1".to_vec()));
        assert_eq!(agreed, expected);
    }
}

/// A `ClientHello` that goes up to TLS 1.1: version, random, no session, one cipher suite, no
/// compression, and `signature_algorithms` as the one extension that is looked for first.
fn old_hello() -> Vec<u8> {
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
    hello.extend([0, 8, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).expect("short");
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    record
}

#[test]
fn older_versions_are_refused_by_name() {
    let (_, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    let (served, answer) = meet(&acceptor, async |mut stream| {
        stream.write_all(&old_hello()).await.expect("sent");
        rest(&mut stream).await
    });
    assert_eq!(alert(&answer), 70, "protocol_version");
    assert_eq!(served.expect_err("refused").kind(), ErrorKind::InvalidData);
}

#[test]
fn plain_http_is_told_off_and_parted_from_in_order() {
    let (_, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    let (served, answer) = meet(&acceptor, async |mut stream| {
        let mut request =
            b"POST /keys/tz1 HTTP/1.1\r\nhost: a\r\ncontent-length: 99999\r\n\r\n".to_vec();
        request.resize(99_999, b'0');
        stream.write_all(&request).await.expect("sent");
        rest(&mut stream).await
    });
    alert(&answer);
    assert_eq!(served.expect_err("refused").kind(), ErrorKind::InvalidData);
}

#[test]
fn silence_is_waited_for_so_long_and_no_longer() {
    let (_, folder) = server();
    let acceptor = folder.acceptor().expect("whole").handshake_timeout(SOON);
    for begun in [0, 3, 20] {
        let (served, ()) = meet(&acceptor, async |mut stream| {
            stream.write_all(&old_hello()[..begun]).await.expect("sent");
            rest(&mut stream).await;
        });
        assert_eq!(
            served.expect_err("no handshake").kind(),
            ErrorKind::TimedOut
        );
    }
}

#[test]
fn a_peer_that_leaves_is_not_waited_for() {
    let (_, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    let (served, ()) = meet(&acceptor, async |mut stream| {
        stream.write_all(&old_hello()[..20]).await.expect("sent");
        stream.shutdown(Shutdown::Write).expect("open so far");
        rest(&mut stream).await;
    });
    let error = served.expect_err("no handshake");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn sessions_are_not_resumed() {
    let (authority, folder) = server();
    let acceptor = folder.acceptor().expect("whole");
    for version in VERSIONS {
        let config = config(&authority, None, version);
        for _ in 0..2 {
            let config = Arc::clone(&config);
            let (_, kind) = meet(&acceptor, async |stream| {
                let mut stream = connect(config, stream).await.expect("a handshake");
                stream.close().await.expect("closed");
                let mut end = Vec::new();
                stream.read_to_end(&mut end).await.expect("an orderly end");
                stream.get_ref().1.handshake_kind()
            });
            assert_eq!(kind, Some(HandshakeKind::Full));
        }
    }
}
