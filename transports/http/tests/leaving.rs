//! Who leaves before the end: the client during the handler's work, or the server when told to stop.

mod support;

use std::io::ErrorKind;

use async_channel::{Receiver, Sender, bounded};
use smol::future;
use support::{Client, echo, meet, meet_until};
use tezio_transport_http::{Answer, Exchange, Limits};

const REQUEST: &str = "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi";

/// A handler that reports its start and then waits for ever, holding a sender that drops with it.
fn stuck() -> (impl AsyncFn(Exchange) -> Answer, Receiver<()>, Receiver<()>) {
    let (started, has_started) = bounded(1);
    let (held, gone) = bounded::<()>(1);
    let held = std::sync::Mutex::new(Some(held));
    let handler = async move |_| {
        let _held: Option<Sender<()>> = held.lock().expect("no panic").take();
        started.send(()).await.expect("the test listens");
        future::pending().await
    };
    (handler, has_started, gone)
}

#[test]
fn a_client_that_leaves_drops_the_work_for_it() {
    let (handler, started, gone) = stuck();
    let served = meet(
        Limits::default(),
        |exchange| handler(exchange),
        async |mut client: Client| {
            client.send(REQUEST).await;
            started.recv().await.expect("the handler runs");
            drop(client);
            assert!(
                gone.recv().await.is_err(),
                "the handler's future is dropped"
            );
        },
    );
    let error = served.expect_err("nobody was answered");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn a_client_that_closes_its_sending_side_counts_as_gone() {
    let (handler, started, gone) = stuck();
    let served = meet(
        Limits::default(),
        |exchange| handler(exchange),
        async |mut client: Client| {
            client.send(REQUEST).await;
            started.recv().await.expect("the handler runs");
            client
                .0
                .get_ref()
                .shutdown(std::net::Shutdown::Write)
                .expect("open so far");
            assert!(
                gone.recv().await.is_err(),
                "the handler's future is dropped"
            );
        },
    );
    served.expect_err("nobody was answered");
}

#[test]
fn a_client_that_leaves_within_its_body_reaches_no_handler() {
    let served = meet(
        Limits::default(),
        support::unreachable,
        async |mut client: Client| {
            client
                .send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n01234")
                .await;
        },
    );
    // Whether the 400 could still be written is the network's to say; that the end comes is ours.
    drop(served);
}

#[test]
fn stopping_ends_an_idle_connection() {
    let (stop, stopped) = bounded::<()>(1);
    let stopped = async move { assert!(stopped.recv().await.is_err()) };
    let served = meet_until(
        Limits::default(),
        echo,
        stopped,
        async |mut client: Client| {
            client.send(REQUEST).await;
            assert_eq!(client.reply().await.body, "POST /a hi");
            drop(stop);
            assert_eq!(client.rest().await, "");
        },
    );
    served.expect("an orderly end");
}

#[test]
fn stopping_ends_a_connection_that_never_spoke() {
    let served = meet_until(
        Limits::default(),
        echo,
        future::ready(()),
        async |mut client: Client| {
            assert_eq!(client.rest().await, "");
        },
    );
    served.expect("an orderly end");
}

#[test]
fn stopping_finishes_the_exchange_in_flight_and_no_other() {
    let (stop, stopped) = bounded::<()>(1);
    let (started, has_started) = bounded(1);
    let (go, may_go) = bounded(1);
    let handler = |exchange| async {
        started.send(()).await.expect("the test listens");
        may_go.recv().await.expect("the test says when");
        echo(exchange).await
    };
    let stopped = async move { assert!(stopped.recv().await.is_err()) };
    let served = meet_until(
        Limits::default(),
        handler,
        stopped,
        async |mut client: Client| {
            client.send(format!("{REQUEST}{REQUEST}")).await;
            has_started.recv().await.expect("the handler runs");
            drop(stop);
            future::yield_now().await;
            go.send(()).await.expect("the handler waits");
            let reply = client.reply().await;
            assert_eq!(reply.body, "POST /a hi");
            assert!(reply.closes());
            assert_eq!(client.rest().await, "");
            assert!(
                has_started.try_recv().is_err(),
                "the second request was not begun"
            );
        },
    );
    served.expect("an orderly end");
}
