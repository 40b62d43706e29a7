//! A folder with a configuration file, in which commands run and the state directory lies.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::configuration::Configuration;
use super::daemon::Daemon;
use super::process::{Ended, Process};

/// A record's size in the journal; the header has the same.
pub(crate) const RECORD: usize = 256;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tezio-signer");

/// The folder, removed at the end.
#[derive(Debug)]
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new(configuration: &Configuration) -> Self {
        Self::with_text(&configuration.text())
    }

    /// A home with this very file.
    pub(crate) fn with_text(text: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write(text);
        home
    }

    /// Replaces the configuration.
    pub(crate) fn configure(&self, configuration: &Configuration) {
        self.write(&configuration.text());
    }

    fn write(&self, text: &str) {
        std::fs::write(self.config(), text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn config(&self) -> PathBuf {
        self.path().join("config.ron")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.state().join("marks.journal")
    }

    /// Where the journal's records end, and zeros begin.
    pub(crate) fn journal_end(&self) -> u64 {
        let bytes = std::fs::read(self.journal()).unwrap();
        let records = bytes.chunks(RECORD);
        let used = records
            .rev()
            .skip_while(|place| place.iter().all(|byte| *byte == 0));
        (used.count() * RECORD) as u64
    }

    /// A command on this home's configuration.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(words).arg("--config").arg(self.config());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ended {
        Process::start(&mut self.command(words)).wait()
    }

    /// Runs a command that must be refused; what it says.
    pub(crate) fn refused(&self, words: &[&str]) -> String {
        let ended = self.run(words);
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        ended.log
    }

    /// Runs a command while something is typed into it.
    pub(crate) fn run_typing(&self, words: &[&str], text: &str) -> Ended {
        Process::start_typing(&mut self.command(words), text).wait()
    }

    /// Runs a command that must succeed; what it prints.
    #[track_caller]
    pub(crate) fn done(&self, words: &[&str]) -> String {
        let ended = self.run(words);
        assert!(ended.status.success(), "{ended:?}");
        ended.out
    }

    /// Runs a command with `--json` that must succeed; the one document it prints.
    #[track_caller]
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.done(&[words, &["--json"]].concat())).unwrap()
    }

    /// `watermarks init`, as an operator does it once.
    pub(crate) fn init(&self) {
        self.done(&["watermarks", "init"]);
    }

    /// Starts the daemon; it listens.
    pub(crate) fn start(&self) -> Daemon {
        Daemon::start(&mut self.command(&["run"]))
    }
}
