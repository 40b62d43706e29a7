//! Bytes both ways, and an end the peer can tell from a break.

mod support;

use std::io::{Read, Write};

use futures_lite::future::block_on;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use support::{accept, client, limits, listener};

#[test]
fn bytes_go_both_ways() {
    let (_folder, path, listener) = listener(limits(1, 1));
    block_on(async {
        let mut client = client(&path);
        let mut connection = accept(&listener).await;
        client.write_all(b"\x00\x01\x02").expect("sent");
        let mut heard = [0; 3];
        connection.read_exact(&mut heard).await.expect("heard");
        assert_eq!(heard, [0, 1, 2]);
        connection
            .write_all(b"\x00\x01\x03")
            .await
            .expect("answered");
        client.read_exact(&mut heard).expect("heard");
        assert_eq!(heard, [0, 1, 3]);
    });
}

#[test]
fn closing_tells_the_peer_and_still_listens() {
    let (_folder, path, listener) = listener(limits(1, 1));
    block_on(async {
        let mut client = client(&path);
        let mut connection = accept(&listener).await;
        connection.write_all(b"bye").await.expect("sent");
        connection.close().await.expect("closed");
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).expect("an orderly end");
        assert_eq!(heard, b"bye");
        client.write_all(b"too").expect("still open this way");
        drop(client);
        heard.clear();
        connection
            .read_to_end(&mut heard)
            .await
            .expect("an orderly end");
        assert_eq!(heard, b"too");
    });
}

#[test]
fn closing_twice_is_no_error() {
    let (_folder, path, listener) = listener(limits(1, 1));
    block_on(async {
        drop(client(&path));
        let mut connection = accept(&listener).await;
        connection.close().await.expect("closed");
        connection.close().await.expect("closed already");
    });
}
