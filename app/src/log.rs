//! Logging: lines on standard error, in colour on a terminal.
//!
//! `TEZIO_LOG` says how much: `error`, `warn`, `info` (the default), `debug`, or per module as in
//! `info,tezio_signer::driver=debug`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging for the whole process.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("TEZIO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
