//! The socket front end: Octez' own protocol, over whatever stream carries it.
//!
//! A connection may bring any number of requests; each is answered before the next is looked at, also
//! when it is one that no Tezio HSM can serve. What is no request at all is answered too, and ends the
//! connection. A client that goes while its answer is awaited is noticed at once. What it sends
//! meanwhile is kept, up to one chunk, and from then on left in the kernel's hands.

use core::time::Duration;
use std::io;
use std::rc::Rc;

use smol::Timer;
use smol::future::{FutureExt as _, yield_now};
use smol::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tezio_core::limits::SOCKET_FRAME;
use tezio_core::malformed::Malformed;
use tezio_core::octez::socket::{FrameDecoder, Pushed, read, write};
use tezio_core::octez::{Reply, Request};
use tezio_core::verdict::Refusal;

use super::guest::STRANGERS_TIME;
use super::{Guest, Hall};
use crate::asked::Client;
use crate::driver::{Driver, Waiting};

/// How much is read at a time, in bytes.
const CHUNK: usize = 4096;

/// After its last answer a client is heard out so long and so far, in bytes, that it gets to read it:
/// closing a socket with unread bytes resets it.
const PARTING: Duration = Duration::from_secs(1);
const LAST_WORDS: usize = 1 << 20;

/// How long an answer may take to be taken; the largest is far smaller than a socket's buffer.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// Serves one connection to its end.
pub(super) async fn converse<S>(hall: Rc<Hall>, connection: S, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let peer = client.peer;
    let guest = Guest::receive(&hall, client.front, &peer);
    let driver = &hall.driver;
    let served = match guest {
        Guest::OneTooMany => return,
        Guest::Welcome => serve(connection, driver, client, hall.idle, hall.stopped()).await,
        Guest::Stranger(_) => {
            let enough = async {
                Timer::after(STRANGERS_TIME).await;
            };
            let stop = enough.or(hall.stopped());
            serve(connection, driver, client, STRANGERS_TIME, stop).await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// Serves one connection until its client ends it, has brought no whole request for `idle`, or `stop`
/// comes while nothing is asked.
///
/// # Errors
///
/// What the stream says; `TimedOut` for silence or an answer that is not taken, `UnexpectedEof` for an
/// end inside a frame or before an answer.
async fn serve<S>(
    stream: S,
    driver: &Rc<Driver>,
    client: Client,
    idle: Duration,
    stop: impl Future<Output = ()>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut conversation = Conversation::new(stream);
    let mut stop = core::pin::pin!(stop);
    loop {
        let stopped = async {
            stop.as_mut().await;
            Ok(None)
        };
        let asked = stopped.or(conversation.ask(driver, client, idle)).await?;
        let Some(waiting) = asked else {
            return Ok(());
        };
        let reply = conversation.await_reply(waiting).await?;
        conversation.answer(&reply).await?;
        if matches!(reply, Reply::Refused(Refusal::Malformed(_))) {
            return conversation.part().await;
        }
        // A client that sends faster than it is answered would keep the thread to itself.
        yield_now().await;
    }
}

/// One connection.
struct Conversation<S> {
    stream: S,
    decoder: Box<FrameDecoder<SOCKET_FRAME>>,
    /// Read and not looked at yet.
    unread: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    fn new(stream: S) -> Self {
        Self {
            stream,
            decoder: Box::default(),
            unread: Vec::new(),
        }
    }

    /// Reads until a request is whole and puts it to the driver; `None` when the client has ended.
    async fn ask(
        &mut self,
        driver: &Rc<Driver>,
        client: Client,
        idle: Duration,
    ) -> io::Result<Option<Waiting>> {
        // One for the whole frame: a byte now and then would keep a place for hours.
        let late = async {
            Timer::after(idle).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        let mut late = core::pin::pin!(late);
        loop {
            if let Some(waiting) = self.next_frame(driver, client).await {
                return Ok(Some(waiting));
            }
            if self.read().or(late.as_mut()).await? == 0 {
                let whole = self.decoder.is_between();
                return if whole {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    /// Puts the next frame of what has been read to the driver, if it is whole.
    async fn next_frame(&mut self, driver: &Rc<Driver>, client: Client) -> Option<Waiting> {
        if self.unread.is_empty() {
            return None;
        }
        let (request, taken) = match self.decoder.push(&self.unread) {
            Pushed::NeedMore => {
                self.unread.clear();
                return None;
            }
            Pushed::Frame { payload, taken } => (read(payload), taken),
            Pushed::TooLong { taken, .. } => {
                let limit = SOCKET_FRAME;
                (Request::Malformed(Malformed::TooLong { limit }), taken)
            }
        };
        let waiting = driver.ask(client, request).await;
        self.unread.drain(..taken);
        Some(waiting)
    }

    /// Waits for the reply, and for the client's leaving.
    async fn await_reply(&mut self, mut waiting: Waiting) -> io::Result<Reply> {
        loop {
            let reply = async { io::Result::Ok(Some((&mut waiting).await)) };
            let more = async {
                if self.unread.len() >= CHUNK {
                    return core::future::pending().await;
                }
                match self.read().await? {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    _ => Ok(None),
                }
            };
            if let Some(reply) = reply.or(more).await? {
                return Ok(reply);
            }
        }
    }

    async fn answer(&mut self, reply: &Reply) -> io::Result<()> {
        let frame = write(reply);
        let late = async {
            Timer::after(WRITE_PATIENCE).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        self.stream.write_all(&frame).or(late).await
    }

    /// Ends a conversation with somebody who speaks another language. Going on would make sense of
    /// what is none: a web page can send an HTTP request here whose body holds sound frames.
    async fn part(&mut self) -> io::Result<()> {
        self.stream.close().await?;
        let hear_out = async {
            while self.unread.len() < LAST_WORDS && self.read().await? > 0 {}
            Ok(())
        };
        let enough = async {
            Timer::after(PARTING).await;
            Ok(())
        };
        hear_out.or(enough).await
    }

    async fn read(&mut self) -> io::Result<usize> {
        let mut chunk = [0; CHUNK];
        let length = self.stream.read(&mut chunk).await?;
        self.unread.extend_from_slice(&chunk[..length]);
        Ok(length)
    }
}
