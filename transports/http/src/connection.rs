//! One connection, from its first byte to its last: hyper for the framing, the handler for meaning.

use core::convert::Infallible;
use core::error::Error;
use core::pin::pin;
use std::io;

use futures_lite::{AsyncRead, AsyncWrite, future};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use smol_hyper::rt::{FuturesIo, SmolTimer};

use crate::linger::linger;
use crate::patient::Patient;
use crate::{Answer, Body, Exchange, Limits, body};

/// The least hyper accepts as the size of its buffers.
const SMALLEST_BUFFER: usize = 8192;

/// Serves the requests of one connection until either side ends it, then closes it.
///
/// When `stop` completes, the exchange in flight is finished and the connection ends; requests
/// that have not begun are not looked at. Dropping the future ends everything at once.
///
/// # Errors
///
/// By kind: `TimedOut` if the peer sent no complete head in time (an idle connection ends so) or
/// did not take an answer; `InvalidData` if it sent something that is not HTTP/1; `UnexpectedEof`
/// if it left before its request was answered; otherwise what the stream reported. The connection
/// is over in every case, and the peer has been told what it can be told.
pub async fn serve<S, H, F>(
    mut stream: S,
    limits: Limits,
    handler: H,
    stop: impl Future<Output = ()>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Fn(Exchange) -> F,
    F: Future<Output = Answer>,
{
    let ended = converse(&mut stream, &limits, &handler, stop).await;
    if ended
        .as_ref()
        .map_or_else(hyper::Error::is_parse, |()| true)
    {
        linger(&mut stream).await;
    }
    ended.map_err(as_io)
}

async fn converse<S, H, F>(
    stream: &mut S,
    limits: &Limits,
    handler: &H,
    stop: impl Future<Output = ()>,
) -> hyper::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Fn(Exchange) -> F,
    F: Future<Output = Answer>,
{
    let stream = FuturesIo::new(Patient::new(stream, limits.write_timeout));
    let service =
        service_fn(async |request| Ok::<_, Infallible>(respond(request, limits, handler).await));
    let mut connection = pin!(builder(limits).serve_connection(stream, service));
    let stopped = async {
        stop.await;
        None
    };
    let ended = future::or(async { Some(connection.as_mut().await) }, stopped).await;
    if let Some(ended) = ended {
        return ended;
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

/// `half_close` stays off: only then does hyper listen for the peer's leaving while the handler works.
fn builder(limits: &Limits) -> Builder {
    let mut builder = Builder::new();
    builder
        .timer(SmolTimer::new())
        .half_close(false)
        .header_read_timeout(limits.header_timeout)
        .max_header_size(limits.header_bytes)
        .max_buf_size(limits.header_bytes.max(SMALLEST_BUFFER));
    builder
}

async fn respond<H, F>(
    request: Request<Incoming>,
    limits: &Limits,
    handler: &H,
) -> Response<Full<Bytes>>
where
    H: Fn(Exchange) -> F,
    F: Future<Output = Answer>,
{
    let (head, incoming) = request.into_parts();
    match body::receive(incoming, limits).await {
        Ok(body) => {
            let last = matches!(body, Body::TooLong { .. });
            handler(Exchange::new(head, body)).await.into_response(last)
        }
        Err(broken) => Answer::empty(broken.status()).into_response(true),
    }
}

fn as_io(error: hyper::Error) -> io::Error {
    let kind = if error.is_timeout() {
        io::ErrorKind::TimedOut
    } else if error.is_parse() {
        io::ErrorKind::InvalidData
    } else if error.is_incomplete_message() {
        io::ErrorKind::UnexpectedEof
    } else {
        source_kind(&error).unwrap_or(io::ErrorKind::Other)
    };
    io::Error::new(kind, error)
}

fn source_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    error
        .source()?
        .downcast_ref::<io::Error>()
        .map(io::Error::kind)
}
