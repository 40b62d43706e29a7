//! A conversation with an HSM outside the daemon, one question after the other, for looking at it.
//!
//! ```text
//! path -> open -> in step -> question -> answer -> ... -> closed when dropped
//! ```
//!
//! Nothing can be asked here that signs anything or moves a mark: a [`Question`] is a public key or
//! nothing, and the raw exchanges are packets that the callers make of the same kind.

use core::time::Duration;
use std::io;
use std::path::Path;
use std::time::Instant;

use smol::future::FutureExt as _;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tezio_core::hsm::{Ask, KeyAlias, Link, Outcome, ReplyPacket};
use tezio_core::time::Instant as CoreInstant;
use tezio_transport_serial::Port;

/// How long a first byte is waited for: longer than the slowest public key takes, many times over.
const PATIENCE_MS: u32 = 3_000;
const PATIENCE: Duration = Duration::from_millis(PATIENCE_MS as u64);

/// How long the rest of a reply is waited for.
const REST: Duration = Duration::from_millis(500);

/// More than any reply has.
const LONGEST: usize = 256;

/// An open port and the state of its line.
#[derive(Debug)]
pub(crate) struct Conversation {
    port: Port,
    link: Link,
    started: Instant,
    /// Bytes that came while getting into step.
    heard: usize,
}

/// What may be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    PublicKey(KeyAlias),
    /// Nothing: an exchange between two others.
    Probe,
}

/// Why a conversation cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Silence {
    /// The port.
    #[error("{0}")]
    Port(#[from] io::Error),
    /// Nothing that follows the protocol; this many bytes came.
    #[error("nothing sensible comes from the device ({0} bytes came)")]
    OutOfStep(usize),
}

/// A packet sent, what came back, and when.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// All bytes that came, in time.
    pub(crate) bytes: Vec<u8>,
    /// From the packet's last byte written to the reply's first; `None` if there was none.
    pub(crate) to_first: Option<Duration>,
    /// From the reply's first byte to its last.
    pub(crate) to_last: Duration,
}

impl Exchange {
    /// The reply's body, if the bytes are one whole reply.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        let body = self.bytes.get(2..self.bytes.len().checked_sub(2)?)?;
        let same = ReplyPacket { body }.emit()?.as_slice() == self.bytes;
        same.then_some(body)
    }
}

impl Conversation {
    /// Opens the port at `path` and gets into step with the device.
    ///
    /// # Errors
    ///
    /// [`Silence`].
    pub(crate) async fn open(path: &Path) -> Result<Self, Silence> {
        let port = Port::open(path)?;
        port.discard_input()?;
        let mut conversation = Self {
            port,
            link: Link::new(PATIENCE_MS),
            started: Instant::now(),
            heard: 0,
        };
        conversation.get_into_step().await?;
        Ok(conversation)
    }

    /// Asks, and waits for the end of the exchange.
    ///
    /// # Errors
    ///
    /// [`Silence`]; what the device says, or does not say in time, is the [`Outcome`].
    pub(crate) async fn ask(&mut self, question: Question) -> Result<Outcome, Silence> {
        self.wait_idle().await?;
        let now = self.now();
        self.link.ask(now, question.ask());
        loop {
            if let Some(outcome) = self.link.poll_outcome() {
                return Ok(outcome);
            }
            self.turn().await?;
        }
    }

    /// Sends `packet` as it is and takes what comes back. It must be one that no state depends on.
    ///
    /// # Errors
    ///
    /// [`Silence`] when the port fails; an answer that does not come is none.
    pub(crate) async fn exchange(&mut self, packet: &[u8]) -> Result<Exchange, Silence> {
        self.wait_idle().await?;
        write(&mut self.port, packet).await?;
        let written = Instant::now();
        let mut exchange = Exchange {
            bytes: Vec::new(),
            to_first: None,
            to_last: Duration::ZERO,
        };
        let mut first = written;
        while !is_whole(&exchange.bytes) {
            let begun = exchange.to_first.is_some();
            let Some(count) = self
                .receive(&mut exchange.bytes, if begun { REST } else { PATIENCE })
                .await?
            else {
                break;
            };
            let now = Instant::now();
            if !begun && count > 0 {
                exchange.to_first = Some(now - written);
                first = now;
            }
            exchange.to_last = now - first;
        }
        Ok(exchange)
    }

    /// Drains and probes the line, as after anything unexpected.
    ///
    /// # Errors
    ///
    /// [`Silence`].
    pub(crate) async fn get_into_step(&mut self) -> Result<(), Silence> {
        let now = self.now();
        self.link.handle_closed();
        self.link.handle_opened(now);
        self.wait_idle().await
    }

    async fn wait_idle(&mut self) -> Result<(), Silence> {
        while !self.link.is_idle() {
            if self.link.is_hopeless() {
                return Err(Silence::OutOfStep(self.heard));
            }
            self.turn().await?;
        }
        Ok(())
    }

    /// Writes what the link has to write, and tells it of the next bytes or of the time.
    async fn turn(&mut self) -> Result<(), Silence> {
        if let Some(packet) = self.link.poll_transmit() {
            write(&mut self.port, packet).await?;
        }
        let left = self.link.poll_timeout().map_or(PATIENCE, |due| {
            let due = Duration::from_millis(due.as_millis());
            due.saturating_sub(self.started.elapsed())
        });
        let mut bytes = Vec::new();
        let came = self.receive(&mut bytes, left).await?;
        let now = self.now();
        match came {
            Some(count) => {
                self.heard = self.heard.saturating_add(count);
                self.link.handle_bytes(now, &bytes);
            }
            None => self.link.handle_timeout(now),
        }
        Ok(())
    }

    /// Adds what comes to `bytes`; how much, or `None` after `patience`.
    async fn receive(
        &mut self,
        bytes: &mut Vec<u8>,
        patience: Duration,
    ) -> io::Result<Option<usize>> {
        let mut buffer = [0; LONGEST];
        let read = async { self.port.read(&mut buffer).await.map(Some) };
        let late = async {
            smol::Timer::after(patience).await;
            Ok(None)
        };
        let Some(count) = read.or(late).await? else {
            return Ok(None);
        };
        if count == 0 {
            return Err(io::Error::new(
                io::ErrorKind::NotConnected,
                "it was unplugged",
            ));
        }
        bytes.extend_from_slice(&buffer[..count]);
        Ok(Some(count))
    }

    /// The core's clock, rounded up, so that a deadline that was waited for has passed.
    fn now(&self) -> CoreInstant {
        let micros = self.started.elapsed().as_micros();
        CoreInstant::from_millis(u64::try_from(micros.div_ceil(1_000)).unwrap_or(u64::MAX))
    }
}

impl Question {
    const fn ask(self) -> Ask<'static> {
        match self {
            Self::PublicKey(alias) => Ask::PublicKey(alias),
            Self::Probe => Ask::Probe,
        }
    }
}

/// Whether `bytes` are all that their first two announce, or more than any reply has.
fn is_whole(bytes: &[u8]) -> bool {
    match bytes {
        [low, high, ..] => {
            let length = usize::from(u16::from_le_bytes([*low, *high]));
            bytes.len() >= length.min(LONGEST)
        }
        _ => false,
    }
}

async fn write(port: &mut Port, packet: &[u8]) -> io::Result<()> {
    let late = async {
        smol::Timer::after(PATIENCE).await;
        let text = "the device takes no bytes";
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    };
    port.write_all(packet).or(late).await
}
