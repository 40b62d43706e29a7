//! Logging: lines on standard error, in colour on a terminal.
//!
//! Lines are written by a thread of their own from a bounded queue. Whoever reads them may be slow or
//! gone: lines are then lost, and nothing waits for them.
//!
//! `TEZIO_LOG_FORMAT` is `text` or `json`; left out, it is JSON under systemd, which sets `JOURNAL_STREAM`,
//! and text elsewhere.
//!
//! `TEZIO_LOG` says how much: `error`, `warn`, `info` (the default), `debug`, or per module as in
//! `warn,tezio_signer::driver=debug`.

use core::sync::atomic::{AtomicU64, Ordering};
use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Lines that may wait to be written.
const LINES: usize = 4096;

/// Counts the lines that found no room in the queue. There is one log for the whole process.
static UNQUEUED: OnceLock<ErrorCounter> = OnceLock::new();

/// Counts the lines that could not be written: whoever read them is gone, or their disk is full.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);

/// Starts logging for the whole process. What still waits is written when the guard is dropped.
pub(crate) fn start() -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES)
        .lossy(true)
        .finish(Sink(io::stderr()));
    let _ = UNQUEUED.set(writer.error_counter());
    let lines = tracing_subscriber::fmt::layer()
        .with_target(false)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .with_writer(writer);
    let (wanted, fault) = wanted();
    let log = tracing_subscriber::registry().with(wanted);
    if wants_json() {
        log.with(lines.json().flatten_event(true)).init();
    } else {
        log.with(lines).init();
    }
    if let Some(fault) = fault {
        tracing::warn!(
            "TEZIO_LOG is not understood ({fault}): info is logged. It is a level (error, warn, info, debug, \
             trace), or one per module as in info,tezio_signer::driver=debug"
        );
    }
    guard
}

/// What is logged, and what is wrong with the environment's word for it.
fn wanted() -> (Targets, Option<ParseError>) {
    let info = || Targets::new().with_default(LevelFilter::INFO);
    match std::env::var("TEZIO_LOG").map(|text| text.parse::<Targets>()) {
        Ok(Ok(wanted)) if wanted.default_level().is_some() => (wanted, None),
        // Of modules alone: a word that is mistyped shall not silence the others.
        Ok(Ok(wanted)) => (wanted.with_default(LevelFilter::INFO), None),
        Ok(Err(fault)) => (info(), Some(fault)),
        Err(_) => (info(), None),
    }
}

/// How many lines were lost since the start.
pub(crate) fn lost_lines() -> u64 {
    let unqueued = UNQUEUED.get().map_or(0, ErrorCounter::dropped_lines);
    UNWRITTEN.load(Ordering::Relaxed) + unqueued as u64
}

/// Where lines go, each in one call unless a signal comes between.
struct Sink(io::Stderr);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes);
        if matches!(&written, Err(error) if error.kind() != io::ErrorKind::Interrupted) {
            UNWRITTEN.fetch_add(1, Ordering::Relaxed);
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Whether the reader is a machine: somebody says so, or it is the journal of systemd.
fn wants_json() -> bool {
    match std::env::var("TEZIO_LOG_FORMAT") {
        Ok(format) => format == "json",
        Err(_) => std::env::var_os("JOURNAL_STREAM").is_some(),
    }
}
