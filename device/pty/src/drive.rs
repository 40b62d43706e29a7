//! The device's clock and its line: runs the core's receive loop in real time.

use core::time::Duration;
use std::io;
use std::time::Instant as Clock;

use async_io::Timer;
use futures_lite::future::{or, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use tezio_core::hsm::device::{Device, Operations};
use tezio_core::time::Instant;

use crate::terminal::Terminal;

/// Bytes read from the line at once. What the device does not take of them waits here, and what
/// comes meanwhile waits in the terminal.
const CHUNK: usize = 256;

/// How long a reply may wait for a host to read it. The board's USB drops the rest then.
const SEND_TIMEOUT: Duration = Duration::from_millis(70);

/// Bytes that were read and not yet taken.
struct Waiting {
    bytes: [u8; CHUNK],
    taken: usize,
    length: usize,
}

impl Waiting {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.taken..self.length]
    }

    /// Reads more once all is taken.
    async fn refill(&mut self, terminal: &Terminal) -> io::Result<()> {
        if self.rest().is_empty() {
            (self.taken, self.length) = (0, 0);
            self.length = (&terminal.master).read(&mut self.bytes).await?;
        }
        Ok(())
    }
}

/// Runs `device` on `terminal` until the line fails, which it does not while `terminal` lives.
pub(crate) async fn drive<O: Operations>(
    terminal: &Terminal,
    mut device: Device<O>,
) -> io::Result<()> {
    let start = Clock::now();
    let mut waiting = Waiting {
        bytes: [0; CHUNK],
        taken: 0,
        length: 0,
    };
    loop {
        // What has come is offered before time counts against it, so that a process that was held
        // up does not lose a frame which was there in time.
        poll_once(waiting.refill(terminal)).await.transpose()?;
        while turn(&mut device, &mut waiting, since(start), terminal).await? {}
        wait(&device, &mut waiting, start, terminal).await?;
    }
}

/// One step of the device; whether there was anything to do.
async fn turn<O: Operations>(
    device: &mut Device<O>,
    waiting: &mut Waiting,
    now: Instant,
    terminal: &Terminal,
) -> io::Result<bool> {
    let taken = device.push(now, waiting.rest());
    waiting.taken += taken;
    let is_due = device.poll_timeout().is_some_and(|due| due <= now);
    device.handle_timeout(now);
    if let Some(reply) = device.poll_transmit() {
        send(terminal, reply).await?;
    }
    Ok(taken > 0 || is_due)
}

/// Waits for the next timeout, or for bytes while none are left over, or for a host to leave.
async fn wait<O: Operations>(
    device: &Device<O>,
    waiting: &mut Waiting,
    start: Clock,
    terminal: &Terminal,
) -> io::Result<()> {
    let due = device.poll_timeout().map_or_else(Timer::never, |due| {
        Timer::at(start + Duration::from_millis(due.as_millis()))
    });
    let timeout = async {
        due.await;
        Ok(())
    };
    let is_full = !waiting.rest().is_empty();
    let bytes = async {
        if is_full {
            return futures_lite::future::pending().await;
        }
        waiting.refill(terminal).await
    };
    or(or(bytes, timeout), terminal.host_left()).await
}

/// Sends a reply as far as a host takes it in time.
async fn send(terminal: &Terminal, reply: &[u8]) -> io::Result<()> {
    let sent = async { (&terminal.master).write_all(reply).await };
    let dropped = async {
        Timer::after(SEND_TIMEOUT).await;
        Ok(())
    };
    or(sent, dropped).await
}

fn since(start: Clock) -> Instant {
    let millis = u64::try_from(start.elapsed().as_millis());
    Instant::from_millis(millis.unwrap_or(u64::MAX))
}
