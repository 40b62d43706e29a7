//! SIGINT, SIGTERM and SIGHUP, as something to wait for.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::low_level::pipe;
use smol::Async;
use smol::future::FutureExt as _;
use smol::io::AsyncReadExt as _;

/// The signals that the program is asked things by.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Async<UnixStream>,
    terminate: Async<UnixStream>,
    hangup: Async<UnixStream>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// To read what can be read again: SIGHUP.
    Hangup,
    /// To end: SIGINT or SIGTERM, by name.
    End(&'static str),
}

impl Signals {
    /// Takes the signals over from their default, which is to end the process at once.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(crate) fn listen() -> io::Result<Self> {
        // A file that may not grow further is to be an error of the write, not the end of the process.
        flag::register(SIGXFSZ, Arc::default())?;
        Ok(Self {
            interrupt: listen(SIGINT)?,
            terminate: listen(SIGTERM)?,
            hangup: listen(SIGHUP)?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Signal {
        let interrupt = arrival(&mut self.interrupt, Signal::End("SIGINT"));
        let terminate = arrival(&mut self.terminate, Signal::End("SIGTERM"));
        let hangup = arrival(&mut self.hangup, Signal::Hangup);
        interrupt.or(terminate).or(hangup).await
    }

    /// Waits for the next one that asks to end.
    pub(crate) async fn end(&mut self) {
        while self.next().await == Signal::Hangup {}
    }
}

fn listen(signal: i32) -> io::Result<Async<UnixStream>> {
    let (receiver, sender) = UnixStream::pair()?;
    pipe::register(signal, sender)?;
    Async::new(receiver)
}

async fn arrival(signals: &mut Async<UnixStream>, signal: Signal) -> Signal {
    let mut byte = [0];
    // The sending side lives as long as the process, so a read ends with a signal alone.
    let _ = signals.read(&mut byte).await;
    signal
}
