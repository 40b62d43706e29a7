//! Peers that are silent, slow, endless or not speaking HTTP: each ends, none reaches the handler.

mod support;

use std::io::ErrorKind;

use smol::future;
use smol::io::AsyncWriteExt;
use support::{Client, SOON, meet, unreachable};
use tezio_transport_http::{Answer, Exchange, Limits, StatusCode};

fn limits() -> Limits {
    Limits {
        header_timeout: SOON,
        body_timeout: SOON,
        write_timeout: SOON,
        ..Limits::default()
    }
}

fn kind(served: std::io::Result<()>) -> Option<ErrorKind> {
    served.err().map(|error| error.kind())
}

#[test]
fn a_silent_connection_ends() {
    let served = meet(limits(), unreachable, async |mut client: Client| {
        assert_eq!(client.rest().await, "");
    });
    assert_eq!(kind(served), Some(ErrorKind::TimedOut));
}

#[test]
fn half_a_head_ends() {
    let served = meet(limits(), unreachable, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-le")
            .await;
        assert_eq!(client.rest().await, "");
    });
    assert_eq!(kind(served), Some(ErrorKind::TimedOut));
}

/// The clock does not start anew with every byte.
#[test]
fn a_head_fed_drop_by_drop_ends() {
    let served = meet(limits(), unreachable, async |mut client: Client| {
        client.send("GET / HTTP/1.1\r\n").await;
        while client.0.get_mut().write_all(b"x").await.is_ok() {
            smol::Timer::after(SOON / 10).await;
        }
    });
    assert_eq!(kind(served), Some(ErrorKind::TimedOut));
}

#[test]
fn an_endless_head_is_refused() {
    let limits = Limits {
        header_bytes: 1000,
        ..Limits::default()
    };
    let served = meet(limits, unreachable, async |mut client: Client| {
        client.send("GET / HTTP/1.1\r\nx: ").await;
        client.send("x".repeat(100_000)).await;
        assert_eq!(client.reply().await.status, 431);
        assert_eq!(client.rest().await, "");
    });
    assert_eq!(kind(served), Some(ErrorKind::InvalidData));
}

#[test]
fn a_complete_head_over_the_limit_is_refused_too() {
    let limits = Limits {
        header_bytes: 1000,
        ..Limits::default()
    };
    let served = meet(limits, unreachable, async |mut client: Client| {
        client
            .send(format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(2000)))
            .await;
        assert_eq!(client.reply().await.status, 431);
    });
    assert_eq!(kind(served), Some(ErrorKind::InvalidData));
}

#[test]
fn half_a_body_is_told_that_it_took_too_long() {
    for framing in [
        "content-length: 10\r\n\r\n01234",
        "transfer-encoding: chunked\r\n\r\n5\r\n01234",
    ] {
        let served = meet(limits(), unreachable, async |mut client: Client| {
            client
                .send(format!("POST / HTTP/1.1\r\nhost: a\r\n{framing}"))
                .await;
            let reply = client.reply().await;
            assert_eq!(reply.status, 408);
            assert!(reply.closes());
            assert_eq!(client.rest().await, "");
        });
        served.expect("an answer was given");
    }
}

#[test]
fn a_broken_chunk_is_told_so() {
    let served = meet(limits(), unreachable, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
            .await;
        let reply = client.reply().await;
        assert_eq!(reply.status, 400);
        assert!(reply.closes());
    });
    served.expect("an answer was given");
}

#[test]
fn garbage_is_told_so_and_ends() {
    for garbage in [
        "\0\0\0\x05\x01\x02\x03",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1} hello\r\n\r\n",
    ] {
        let served = meet(
            Limits::default(),
            unreachable,
            async |mut client: Client| {
                client.send(garbage).await;
                assert_eq!(client.reply().await.status, 400);
                assert_eq!(client.rest().await, "");
            },
        );
        assert_eq!(kind(served), Some(ErrorKind::InvalidData), "{garbage:?}");
    }
}

#[test]
fn contradictory_lengths_are_refused() {
    for lengths in [
        "content-length: 3\r\ncontent-length: 4\r\n",
        "content-length: -1\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ] {
        let served = meet(limits(), unreachable, async |mut client: Client| {
            client
                .send(format!("POST / HTTP/1.1\r\nhost: a\r\n{lengths}\r\nabcd"))
                .await;
            assert_eq!(client.reply().await.status, 400);
        });
        assert_eq!(kind(served), Some(ErrorKind::InvalidData), "{lengths:?}");
    }
}

/// More than the sockets' buffers hold, so that the answer waits for the reader that never comes.
#[test]
fn an_answer_nobody_takes_ends_the_connection() {
    let (over, ended) = async_channel::bounded::<()>(1);
    let handler = move |_: Exchange| {
        assert!(!over.is_closed());
        future::ready(Answer::new(
            StatusCode::OK,
            "text/plain",
            vec![b'x'; 32 << 20],
        ))
    };
    let served = meet(limits(), handler, async |mut client: Client| {
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        // The handler owns the only sender, and goes when the server gives up.
        assert!(ended.recv().await.is_err());
    });
    assert_eq!(kind(served), Some(ErrorKind::TimedOut));
}
