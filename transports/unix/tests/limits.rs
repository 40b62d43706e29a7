//! No more connections than allowed, in all and from one user; places come back.

mod support;

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;

use futures_lite::future::block_on;
use support::{STRANGER, accept, client, is_root, limits, listener, stranger, takes_one};
use tezio_transport_unix::Options;

fn assert_closed(client: &mut UnixStream) {
    match client.read(&mut [0]) {
        Ok(count) => assert_eq!(count, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

#[test]
fn when_all_places_are_taken_the_next_waits_for_one() {
    let (_folder, path, listener) = listener(limits(2, 9));
    block_on(async {
        let _clients = [client(&path), client(&path), client(&path)];
        let first = accept(&listener).await;
        let _second = accept(&listener).await;
        assert!(!takes_one(&listener).await);
        drop(first);
        accept(&listener).await;
        assert_eq!(listener.turned_away(), 0);
    });
}

#[test]
fn a_user_has_its_share_and_gets_it_back() {
    let (_folder, path, listener) = listener(limits(9, 1));
    block_on(async {
        let _first = client(&path);
        let held = accept(&listener).await;
        let mut excess = client(&path);
        assert!(!takes_one(&listener).await);
        assert_eq!(listener.turned_away(), 1);
        assert_closed(&mut excess);
        drop(held);
        let _again = client(&path);
        accept(&listener).await;
    });
}

#[test]
fn one_user_cannot_take_every_place() {
    if !is_root() {
        return;
    }
    let (_folder, path, listener) = listener(Options {
        mode: 0o666,
        ..limits(2, 1)
    });
    block_on(async {
        let _clients: Vec<_> = (0..5).map(|_| client(&path)).collect();
        let _held = accept(&listener).await;
        let _other = stranger(&path).expect("let in");
        assert_eq!(accept(&listener).await.peer().uid, STRANGER);
        assert_eq!(listener.turned_away(), 4);
    });
}

#[test]
fn an_accept_that_is_given_up_loses_no_place() {
    let (_folder, path, listener) = listener(limits(1, 9));
    block_on(async {
        for _ in 0..3 {
            assert!(!takes_one(&listener).await);
        }
        let _client = client(&path);
        let held = accept(&listener).await;
        for _ in 0..3 {
            assert!(!takes_one(&listener).await);
        }
        drop(held);
        let _next = client(&path);
        accept(&listener).await;
    });
}

#[test]
fn a_place_follows_its_connection_into_another_thread() {
    let (_folder, path, listener) = listener(limits(1, 1));
    block_on(async {
        let _clients = [client(&path), client(&path)];
        let held = accept(&listener).await;
        let elsewhere = std::thread::spawn(move || held);
        assert!(!takes_one(&listener).await);
        drop(elsewhere.join().expect("no panic"));
        accept(&listener).await;
    });
}
