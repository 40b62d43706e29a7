//! A disk that fails on demand under one daemon, and notes what is done to it: `faulty_disk.c`,
//! compiled when it is first needed and loaded into the daemon by the dynamic linker.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::{Daemon, Home};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash/faulty_disk.c");

/// Linux' numbers of errors.
pub(crate) const EIO: u32 = 5;
pub(crate) const EACCES: u32 = 13;
pub(crate) const ENOSPC: u32 = 28;
pub(crate) const EROFS: u32 = 30;

/// The disk under one home's state directory.
#[derive(Debug)]
pub(crate) struct FaultyDisk {
    folder: TempDir,
    root: PathBuf,
}

impl FaultyDisk {
    /// The disk of `home`; sound.
    pub(crate) fn of(home: &Home) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            root: home.state(),
        }
    }

    /// The disk under its audit log alone; sound.
    pub(crate) fn of_audit(home: &Home) -> Self {
        Self {
            root: home.state().join("audit"),
            ..Self::of(home)
        }
    }

    /// Has `command` work on this disk.
    pub(crate) fn under<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LD_PRELOAD", library())
            .env("FAULTY_DISK_ROOT", &self.root)
            .env("FAULTY_DISK_RULES", self.rules())
            .env("FAULTY_DISK_EVENTS", self.events_file())
    }

    /// Starts the daemon of `home`; it listens.
    pub(crate) fn start(&self, home: &Home) -> Daemon {
        Daemon::start(self.under(&mut home.command(&["run"])))
    }

    /// From now on these rules hold, and no others.
    pub(crate) fn follow(&self, rules: &str) {
        let new = self.folder.path().join("rules.new");
        std::fs::write(&new, rules).unwrap();
        std::fs::rename(new, self.rules()).unwrap();
    }

    /// It is sound again.
    pub(crate) fn mend(&self) {
        self.follow("");
    }

    /// What was done, in order.
    pub(crate) fn events(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.events_file()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn rules(&self) -> PathBuf {
        self.folder.path().join("rules")
    }

    fn events_file(&self) -> PathBuf {
        self.folder.path().join("events")
    }
}

/// The compiled library.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(compile)
}

/// Other processes may be compiling it, too: the last one to end has its way.
fn compile() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let new = tempfile::NamedTempFile::new_in(folder).unwrap();
    let compiler = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
        .arg(new.path())
        .args([SOURCE, "-ldl"])
        .output()
        .expect("cc, which Rust needs as well");
    assert!(compiler.status.success(), "{compiler:?}");
    let library = folder.join("faulty_disk.so");
    new.persist(&library).unwrap();
    library
}
