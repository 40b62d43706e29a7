//! A Tezio HSM in software as a process of its own, as `tezio-signer simulate` is one.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::home::PROGRAM;
use super::process::{Ended, Process};

/// A board on a pseudo-terminal. Dropping it is pulling the plug.
#[derive(Debug)]
pub(crate) struct Simulator {
    process: Process,
    path: PathBuf,
    _folder: TempDir,
}

impl Simulator {
    /// A board with this profile, the fields of a RON structure.
    pub(crate) fn start(profile: &str) -> Self {
        Self::start_with(profile, &[])
    }

    /// The same, with a link to its terminal at `link`.
    pub(crate) fn linked(profile: &str, link: &Path) -> Self {
        Self::start_with(profile, &["--link", link.to_str().unwrap()])
    }

    fn start_with(profile: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("profile.ron");
        std::fs::write(&file, format!("({profile})")).unwrap();
        let process = Process::start(
            Command::new(PROGRAM)
                .args(["simulate", "--profile"])
                .arg(file)
                .args(options),
        );
        let path = PathBuf::from(process.out.wait_for("/dev/"));
        Self {
            process,
            path,
            _folder: folder,
        }
    }

    /// Its terminal.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Pulls the plug.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Ends it as an operator does.
    pub(crate) fn terminate(mut self) -> Ended {
        self.process.send(rustix::process::Signal::TERM);
        self.process.wait()
    }
}
