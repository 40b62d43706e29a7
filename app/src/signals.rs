//! SIGINT and SIGTERM, as something to wait for.

use std::io;
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use smol::Async;
use smol::io::AsyncReadExt as _;

/// The two signals that ask the program to end.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Async<UnixStream>,
    terminate: Async<UnixStream>,
}

impl Signals {
    /// Takes both signals over from their default, which is to end the process at once.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: listen(SIGINT)?,
            terminate: listen(SIGTERM)?,
        })
    }

    /// Waits for the next one and names it.
    pub(crate) async fn next(&mut self) -> &'static str {
        use smol::future::FutureExt as _;
        let interrupt = arrival(&mut self.interrupt, "SIGINT");
        let terminate = arrival(&mut self.terminate, "SIGTERM");
        interrupt.or(terminate).await
    }
}

fn listen(signal: i32) -> io::Result<Async<UnixStream>> {
    let (receiver, sender) = UnixStream::pair()?;
    pipe::register(signal, sender)?;
    Async::new(receiver)
}

async fn arrival(signals: &mut Async<UnixStream>, name: &'static str) -> &'static str {
    let mut byte = [0];
    // The sending side lives as long as the process, so a read ends with a signal alone.
    let _ = signals.read(&mut byte).await;
    name
}
