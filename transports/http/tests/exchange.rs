//! What goes in comes to the handler as sent, and what it answers goes out with its length.

mod support;

use support::{Client, echo, meet};
use tezio_transport_http::{Answer, Exchange, Limits, StatusCode};

#[test]
fn a_connection_carries_one_exchange_after_another() {
    let served = meet(Limits::default(), echo, async |mut client: Client| {
        client
            .send("GET /authorized_keys HTTP/1.1\r\nhost: a\r\n\r\n")
            .await;
        assert_eq!(client.reply().await.body, "GET /authorized_keys ");
        client
            .send("POST /keys/tz1 HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n\"03\"")
            .await;
        let second = client.reply().await;
        assert_eq!(second.body, "POST /keys/tz1 \"03\"");
        assert!(!second.closes());
    });
    served.expect("a client may leave between requests");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let served = meet(Limits::default(), echo, async |mut client: Client| {
        let requests: String = (0..40)
            .map(|n| format!("POST /{n} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{n:02}"))
            .collect();
        client.send(requests).await;
        for n in 0..40 {
            assert_eq!(client.reply().await.body, format!("POST /{n} {n:02}"));
        }
    });
    served.expect("an orderly end");
}

#[test]
fn chunks_are_joined() {
    let served = meet(Limits::default(), echo, async |mut client: Client| {
        client
            .send("POST /keys/tz1?version=3 HTTP/1.1\r\nhost: a\r\n")
            .await;
        client
            .send("content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        client.send("d\r\n\"03deadbeef\"\n\r\n0\r\n\r\n").await;
        assert_eq!(
            client.reply().await.body,
            "POST /keys/tz1?version=3 \"03deadbeef\"\n"
        );
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        for chunk in ["1\r\na\r\n", "2\r\nbc\r\n", "0\r\n\r\n"] {
            client.send(chunk).await;
        }
        assert_eq!(client.reply().await.body, "POST / abc");
    });
    served.expect("an orderly end");
}

#[test]
fn the_target_is_left_as_it_was_sent() {
    let served = meet(Limits::default(), echo, async |mut client: Client| {
        for (line, seen) in [
            ("GET //keys/%74z1?a=%20&a=/", "GET //keys/%74z1?a=%20&a=/ "),
            ("GET http://host:1/p?q", "GET /p?q "),
            ("OPTIONS *", "OPTIONS * "),
            ("BREW /pot", "BREW /pot "),
        ] {
            client
                .send(format!("{line} HTTP/1.1\r\nhost: a\r\n\r\n"))
                .await;
            assert_eq!(client.reply().await.body, seen);
        }
    });
    served.expect("an orderly end");
}

#[test]
fn an_answer_to_head_has_its_length_and_no_body() {
    let served = meet(Limits::default(), echo, async |mut client: Client| {
        client.send("HEAD /a HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let head = client.head().await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(head.contains("content-length: 8\r\n"));
        client.send("GET /b HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(client.reply().await.body, "GET /b ");
    });
    served.expect("an orderly end");
}

#[test]
fn status_and_fields_are_sent_as_given() {
    let handler = async |exchange: Exchange| match exchange.header("content-type") {
        Some("application/json") => Answer {
            allow: Some("GET, POST"),
            more: &[("cache-control", "no-store"), ("x-more", "a b")],
            ..Answer::empty(StatusCode::METHOD_NOT_ALLOWED)
        },
        _ => Answer::new(StatusCode::NOT_FOUND, "text/plain", "none"),
    };
    let served = meet(Limits::default(), handler, async |mut client: Client| {
        client
            .send("PUT / HTTP/1.1\r\nhost: a\r\nContent-Type: application/json\r\n\r\n")
            .await;
        let refused = client.reply().await;
        assert_eq!((refused.status, refused.body.as_str()), (405, ""));
        for field in ["allow: GET, POST", "cache-control: no-store", "x-more: a b"] {
            assert!(refused.head.contains(&format!("{field}\r\n")), "{field}");
        }
        client.send("PUT / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let absent = client.reply().await;
        assert_eq!((absent.status, absent.body.as_str()), (404, "none"));
        assert!(absent.head.contains("content-type: text/plain\r\n"));
    });
    served.expect("an orderly end");
}

#[test]
fn a_client_that_asks_to_close_is_obeyed() {
    let served = meet(Limits::default(), echo, async |mut client: Client| {
        client
            .send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await;
        assert!(client.reply().await.closes());
        assert_eq!(client.rest().await, "");
    });
    served.expect("an orderly end");
}

#[test]
fn http_1_0_is_answered_with_a_length_and_closed() {
    let served = meet(Limits::default(), echo, async |mut client: Client| {
        client.send("GET /old HTTP/1.0\r\n\r\n").await;
        assert_eq!(client.reply().await.body, "GET /old ");
        assert_eq!(client.rest().await, "");
    });
    served.expect("an orderly end");
}

#[test]
fn a_refused_connect_is_an_exchange_like_any_other() {
    let handler = async |exchange: Exchange| {
        assert_eq!(exchange.target, "");
        Answer::empty(StatusCode::METHOD_NOT_ALLOWED)
    };
    let served = meet(Limits::default(), handler, async |mut client: Client| {
        for _ in 0..2 {
            client
                .send("CONNECT host:1 HTTP/1.1\r\nhost: a\r\n\r\n")
                .await;
            assert_eq!(client.reply().await.status, 405);
        }
    });
    served.expect("an orderly end");
}
