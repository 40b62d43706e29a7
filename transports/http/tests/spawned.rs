//! A connection can be given to an executor: what `serve` returns is `Send` and owns what it needs.

mod support;

use smol::Executor;
use smol::future;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::unix::UnixStream;
use support::echo;
use tezio_transport_http::{Limits, serve};

#[test]
fn a_connection_runs_as_a_task_on_any_stream() {
    let executor = Executor::new();
    future::block_on(executor.run(async {
        let (mut near, far) = UnixStream::pair().expect("a pair");
        let task = executor.spawn(serve(far, Limits::default(), echo, future::pending()));
        near.write_all(b"GET /a HTTP/1.1\r\nconnection: close\r\n\r\n")
            .await
            .expect("sent");
        let mut answer = String::new();
        near.read_to_string(&mut answer).await.expect("answered");
        assert!(answer.ends_with("\r\n\r\nGET /a "));
        drop(near);
        task.await.expect("an orderly end");
    }));
}
