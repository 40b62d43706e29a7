//! A child process and what it says, line by line; killed when dropped.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

/// The most that anything is waited for. It decides how long a broken test hangs, never whether a
/// sound one passes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until it is as wanted.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never {what}");
    }
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) out: Lines,
    pub(crate) log: Lines,
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) log: String,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::spawn(command.stdin(Stdio::null()))
    }

    /// The same with something else on its standard input.
    pub(crate) fn start_with(command: &mut Command, input: impl Into<Stdio>) -> Self {
        Self::spawn(command.stdin(input))
    }

    /// The same with `text` typed into it.
    pub(crate) fn start_typing(command: &mut Command, text: &str) -> Self {
        let mut process = Self::spawn(command.stdin(Stdio::piped()));
        let mut stdin = process.child.stdin.take().unwrap();
        // It may have ended without reading.
        let _ = stdin.write_all(text.as_bytes());
        process
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .env_remove("TEZIO_LOG")
            .env_remove("TEZIO_LOG_FORMAT")
            .env_remove("JOURNAL_STREAM")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            out: Lines::of(child.stdout.take().unwrap()),
            log: Lines::of(child.stderr.take().unwrap()),
            child,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> Ended {
        self.out.wait_for_end();
        self.log.wait_for_end();
        Ended {
            status: self.child.wait().unwrap(),
            out: self.out.text(),
            log: self.log.text(),
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The lines of a stream, as far as they have come.
#[derive(Debug)]
pub(crate) struct Lines(Arc<(Mutex<Heard>, Condvar)>);

#[derive(Debug, Default)]
struct Heard {
    lines: Vec<String>,
    ended: bool,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let shared = Arc::<(Mutex<Heard>, Condvar)>::default();
        let heard = Arc::clone(&shared);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                heard.0.lock().unwrap().lines.push(line);
                heard.1.notify_all();
            }
            heard.0.lock().unwrap().ended = true;
            heard.1.notify_all();
        });
        Self(shared)
    }

    /// Waits for the first line that contains `text`.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_for_nth(text, 1)
    }

    /// Waits for the `nth` line that contains `text`, counted from 1.
    pub(crate) fn wait_for_nth(&self, text: &str, nth: usize) -> String {
        let found = |heard: &Heard| {
            let mut matching = heard.lines.iter().filter(|line| line.contains(text));
            matching.nth(nth - 1).cloned()
        };
        self.wait_until(&format!("\"{text}\""), |heard| {
            assert!(
                !heard.ended || found(heard).is_some(),
                "ended without \"{text}\":\n{}",
                heard.lines.join("\n")
            );
            found(heard)
        })
    }

    fn wait_for_end(&self) {
        self.wait_until("its end", |heard| heard.ended.then_some(()));
    }

    /// Everything that has come.
    pub(crate) fn text(&self) -> String {
        self.0.0.lock().unwrap().lines.join("\n")
    }

    fn wait_until<T>(&self, what: &str, wanted: impl Fn(&Heard) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut heard = self.0.0.lock().unwrap();
        loop {
            if let Some(found) = wanted(&heard) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited too long for {what}:\n{}",
                heard.lines.join("\n")
            );
            heard = self.0.1.wait_timeout(heard, left).unwrap().0;
        }
    }
}
