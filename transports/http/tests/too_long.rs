//! A body over the limit: the handler says so, the peer gets to read it, the connection closes.

mod support;

use support::{Client, Reply, echo, meet};
use tezio_transport_http::Limits;

fn limits() -> Limits {
    Limits {
        body_bytes: 10,
        ..Limits::default()
    }
}

fn assert_refused(reply: &Reply, body: &str) {
    assert_eq!(reply.body, body);
    assert!(reply.closes());
}

#[test]
fn a_body_of_just_the_limit_passes() {
    let served = meet(limits(), echo, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n0123456789")
            .await;
        assert_eq!(client.reply().await.body, "POST / 0123456789");
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        client.send("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n").await;
        assert_eq!(client.reply().await.body, "POST / 0123456789");
    });
    served.expect("an orderly end");
}

#[test]
fn an_announced_length_is_refused_before_the_body_comes() {
    let served = meet(limits(), echo, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n")
            .await;
        assert_refused(&client.reply().await, "POST / over 10, announced Some(11)");
        assert_eq!(client.rest().await, "");
    });
    served.expect("an orderly end");
}

#[test]
fn an_absurd_length_costs_nothing() {
    let served = meet(limits(), echo, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 18446744073709551613\r\n\r\n")
            .await;
        let announced = "POST / over 10, announced Some(18446744073709551613)";
        assert_refused(&client.reply().await, announced);
    });
    served.expect("an orderly end");
}

#[test]
fn a_chunked_body_is_refused_once_it_is_too_long() {
    let served = meet(limits(), echo, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        client.send("6\r\n012345\r\n5\r\n6789a\r\n").await;
        assert_refused(&client.reply().await, "POST / over 10, announced None");
        assert_eq!(client.rest().await, "");
    });
    served.expect("an orderly end");
}

/// A chunk size is a promise, not a reason to wait or to make room.
#[test]
fn an_absurd_chunk_size_costs_nothing() {
    let served = meet(limits(), echo, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        client.send("fffffffffffffff0\r\n0123456789abcdef").await;
        assert_refused(&client.reply().await, "POST / over 10, announced None");
    });
    served.expect("an orderly end");
}

/// Closing with the body unread would break the peer's next write, and many a client that cannot
/// write never gets to reading the answer.
#[test]
fn a_client_may_go_on_sending_after_the_answer() {
    let served = meet(limits(), echo, async |mut client: Client| {
        let part = "x".repeat(100_000);
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 500000\r\n\r\n")
            .await;
        client.send(&part).await;
        let refused = "POST / over 10, announced Some(500000)";
        assert_refused(&client.reply().await, refused);
        assert_eq!(client.rest().await, "");
        for _ in 0..4 {
            client.send(&part).await;
        }
    });
    served.expect("an orderly end");
}

#[test]
fn expect_continue_is_granted_for_a_body_that_fits() {
    let served = meet(limits(), echo, async |mut client: Client| {
        client
            .send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
            .await;
        assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("ok").await;
        assert_eq!(client.reply().await.body, "POST / ok");
    });
    served.expect("an orderly end");
}

#[test]
fn expect_continue_is_answered_without_the_body_when_it_is_too_long() {
    let served = meet(limits(), echo, async |mut client: Client| {
        client
            .send(
                "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n",
            )
            .await;
        assert_refused(&client.reply().await, "POST / over 10, announced Some(11)");
        assert_eq!(client.rest().await, "");
    });
    served.expect("an orderly end");
}
