//! No more connections than allowed, in all and from one address; places come back.

mod support;

use std::io::{ErrorKind, Read};
use std::net::TcpStream;

use futures_lite::future::block_on;
use support::{accept, client, client_from, listener, takes_one};

fn assert_closed(client: &mut TcpStream) {
    match client.read(&mut [0]) {
        Ok(count) => assert_eq!(count, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

#[test]
fn when_all_places_are_taken_the_next_waits_for_one() {
    let (listener, address) = listener(2, 9);
    block_on(async {
        let clients = [client(address), client(address), client(address)];
        let first = accept(&listener).await;
        let _second = accept(&listener).await;
        assert!(!takes_one(&listener).await);
        drop(first);
        let third = accept(&listener).await;
        assert_eq!(third.peer(), clients[2].local_addr().expect("its address"));
        assert_eq!(listener.turned_away(), 0);
    });
}

#[test]
fn one_address_cannot_take_every_place() {
    let (listener, address) = listener(9, 1);
    block_on(async {
        let _clients = [client(address)];
        let held = accept(&listener).await;
        let mut excess = client(address);
        let other = client_from([127, 0, 0, 2], address);
        let from_other = accept(&listener).await;
        assert_eq!(from_other.peer(), other.local_addr().expect("its address"));
        assert_eq!(listener.turned_away(), 1);
        assert_closed(&mut excess);
        drop(held);
        let again = client(address);
        let accepted = accept(&listener).await;
        assert_eq!(accepted.peer(), again.local_addr().expect("its address"));
    });
}

#[test]
fn those_turned_away_take_no_place() {
    let (listener, address) = listener(2, 1);
    block_on(async {
        let clients: Vec<_> = (0..5).map(|_| client(address)).collect();
        let _held = accept(&listener).await;
        let _other = client_from([127, 0, 0, 2], address);
        accept(&listener).await;
        assert_eq!(listener.turned_away(), 4);
        drop(clients);
    });
}

#[test]
fn an_accept_that_is_given_up_loses_no_place() {
    let (listener, address) = listener(1, 9);
    block_on(async {
        for _ in 0..3 {
            assert!(!takes_one(&listener).await);
        }
        let _client = client(address);
        let held = accept(&listener).await;
        for _ in 0..3 {
            assert!(!takes_one(&listener).await);
        }
        drop(held);
        let _next = client(address);
        accept(&listener).await;
    });
}

#[test]
fn a_place_follows_its_connection_into_another_thread() {
    let (listener, address) = listener(1, 1);
    block_on(async {
        let clients = [client(address), client(address)];
        let held = accept(&listener).await;
        let elsewhere = std::thread::spawn(move || held);
        assert!(!takes_one(&listener).await);
        drop(elsewhere.join().expect("no panic"));
        accept(&listener).await;
        drop(clients);
    });
}
