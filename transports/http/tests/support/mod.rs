//! A server for one connection and the client that tries it, over a real loopback socket.
//!
//! Both run in one future: a test ends when both have ended, or fails when its patience does.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(
    clippy::allow_attributes,
    reason = "which parts go unused differs by test file"
)]

use core::time::Duration;
use std::io;

use smol::Timer;
use smol::future::{self, FutureExt};
use smol::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use smol::net::{TcpListener, TcpStream};
use tezio_transport_http::{Answer, Body, Exchange, Limits, StatusCode, serve};

/// How long a whole test may take before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// A time limit short enough for a test to wait for.
pub(crate) const SOON: Duration = Duration::from_millis(50);

/// One answer, as read from the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn closes(&self) -> bool {
        self.head.contains("connection: close\r\n")
    }
}

/// The client's end.
pub(crate) struct Client(pub(crate) BufReader<TcpStream>);

impl Client {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0
            .get_mut()
            .write_all(bytes.as_ref())
            .await
            .expect("the server reads");
    }

    /// Reads one answer; fails if it has no length of its own.
    pub(crate) async fn reply(&mut self) -> Reply {
        let head = self.head().await;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap_or_else(|| panic!("an answer without a length: {head}"));
        let mut body = vec![0; length.parse().expect("a number")];
        self.0.read_exact(&mut body).await.expect("the whole body");
        Reply {
            status: head[9..12].parse().expect("a status"),
            body: String::from_utf8(body).expect("text"),
            head,
        }
    }

    /// Reads up to an empty line.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let mut line = String::new();
            let count = self.0.read_line(&mut line).await.expect("an answer");
            assert_ne!(count, 0, "the connection ended after {head:?}");
            head += &line;
        }
        head
    }

    /// Reads to the end: what came before it. A reset fails the test.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0
            .read_to_string(&mut rest)
            .await
            .expect("an orderly end");
        rest
    }
}

/// Serves one connection until `stop`, with `client` at its other end; the result is the server's.
pub(crate) fn meet_until<H, F>(
    limits: Limits,
    handler: H,
    stop: impl Future<Output = ()>,
    client: impl AsyncFnOnce(Client),
) -> io::Result<()>
where
    H: Fn(Exchange) -> F,
    F: Future<Output = Answer>,
{
    let meeting = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let near = TcpStream::connect(address).await.expect("a connection");
        let (far, _) = listener.accept().await.expect("the same connection");
        let server = serve(far, limits, handler, stop);
        future::zip(server, client(Client(BufReader::new(near))))
            .await
            .0
    };
    let hung = async {
        Timer::after(PATIENCE).await;
        panic!("the connection did not end");
    };
    future::block_on(meeting.or(hung))
}

/// Serves one connection until it ends by itself.
pub(crate) fn meet<H, F>(
    limits: Limits,
    handler: H,
    client: impl AsyncFnOnce(Client),
) -> io::Result<()>
where
    H: Fn(Exchange) -> F,
    F: Future<Output = Answer>,
{
    meet_until(limits, handler, future::pending(), client)
}

/// A handler that says what it was asked: `METHOD target body`.
pub(crate) async fn echo(exchange: Exchange) -> Answer {
    let body = match exchange.body {
        Body::Complete(bytes) => String::from_utf8(bytes).expect("text"),
        Body::TooLong { limit, announced } => format!("over {limit}, announced {announced:?}"),
    };
    let text = format!("{} {} {body}", exchange.method, exchange.target);
    Answer::new(StatusCode::OK, "text/plain", text)
}

/// A handler that must not be reached.
pub(crate) async fn unreachable(exchange: Exchange) -> Answer {
    panic!("the handler was asked {exchange:?}");
}
