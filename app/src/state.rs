//! The state directory: one owner, private, with the journal of marks in it.
//!
//! ```text
//! <state>/                     locked by the running daemon
//! <state>/marks.journal        the marks of a board's keys, see `tezio_core::watermark::Journal`
//! <state>/simulated.journal    those of a simulated HSM, which never pass for the others
//! <state>/….unguarded          beside a journal while something may have been signed without marks
//! <state>/lowered.log          what was lowered by hand, when and by whom
//! <state>/run/control          the control socket, unless it stands elsewhere
//! <state>/starts               how often a daemon has started here
//! <state>/audit/               the audit log, see `audit`
//! ```

mod by_hand;
pub(crate) mod filesystem;
mod starts;

use std::fs::{DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

/// A state directory that this process owns.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    journal: PathBuf,
    /// The directory itself, locked for as long as it is open: there is no lock file to be removed.
    directory: File,
}

/// Whose marks a state directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    /// Of a board's keys.
    Board,
    /// Of a simulated HSM's.
    Simulated,
}

impl Marks {
    /// Where their journal is in a state directory.
    pub(crate) fn journal_in(self, state: &Path) -> PathBuf {
        state.join(match self {
            Self::Board => "marks.journal",
            Self::Simulated => "simulated.journal",
        })
    }
}

impl StateDirectory {
    /// Makes the directory if there is none, and takes it over.
    ///
    /// # Errors
    ///
    /// As for [`StateDirectory::open`], or when it cannot be made.
    pub(crate) fn create(path: &Path, marks: Marks) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .and_then(|()| sync_parent(path))
            .with_context(|| format!("cannot make the state directory {}", path.display()))?;
        Self::open(path, marks)
    }

    /// Takes over a directory that exists.
    ///
    /// # Errors
    ///
    /// When it is missing, open to others, or another daemon holds it.
    pub(crate) fn open(path: &Path, marks: Marks) -> Result<Self> {
        let shown = path.display();
        let directory =
            File::open(path).with_context(|| format!("cannot use the state directory {shown}"))?;
        check_private_directory(path, &directory.metadata()?)?;
        match directory.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another tezio-signer is running on the state directory {shown}. Two of them on \
                 one set of marks could sign twice: stop it first, the way it was started \
                 (systemctl stop, docker stop, Ctrl-C), and try again. watermarks list, export and \
                 verify work while it runs"
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {shown}"));
            }
        }
        filesystem::warn_if_forgetful(path, &directory);
        Ok(Self {
            journal: marks.journal_in(path),
            directory,
        })
    }

    /// Where the journal is.
    pub(crate) fn journal(&self) -> &Path {
        &self.journal
    }

    /// Whether there is one.
    ///
    /// # Errors
    ///
    /// When that cannot be told: a journal that cannot be seen is not a missing one.
    pub(crate) fn has_journal(&self) -> Result<bool> {
        let path = self.journal();
        match std::fs::symlink_metadata(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot see {}", path.display())),
        }
    }

    /// Syncs the directory itself, so that a file made or renamed in it is there after a power cut.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.directory.sync_all()
    }

    /// Notes for later starts that something may be signed without marks from now on.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn note_unguarded(&self) -> io::Result<()> {
        create_private(&self.unguarded())?.sync_all()?;
        self.sync()
    }

    /// Whether something may have been signed without marks since they were last set by hand.
    ///
    /// # Errors
    ///
    /// When that cannot be told.
    pub(crate) fn was_unguarded(&self) -> io::Result<bool> {
        self.unguarded().try_exists()
    }

    /// Takes the note back: the operator has set the marks.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn clear_unguarded(&self) -> io::Result<()> {
        if self.was_unguarded()? {
            std::fs::remove_file(self.unguarded())?;
            self.sync()?;
        }
        Ok(())
    }

    fn unguarded(&self) -> PathBuf {
        self.journal.with_extension("unguarded")
    }
}

/// Refuses a directory that others can read or write: they could put marks back.
///
/// # Errors
///
/// Whose it is or who can, and how to mend it.
pub(crate) fn check_private_directory(path: &Path, metadata: &Metadata) -> Result<()> {
    ensure!(metadata.is_dir(), "{} is not a directory", path.display());
    check_private(path, metadata, "700")
}

/// Refuses a file that is none, or that others can read or write.
///
/// # Errors
///
/// Which of these, and how to mend it.
pub(crate) fn check_private_file(path: &Path, metadata: &Metadata) -> Result<()> {
    ensure!(metadata.is_file(), "{} is not a plain file", path.display());
    check_private(path, metadata, "600")
}

fn check_private(path: &Path, metadata: &Metadata, mode: &str) -> Result<()> {
    let shown = path.display();
    let user = rustix::process::geteuid().as_raw();
    ensure!(
        metadata.uid() == user,
        "{shown} belongs to user {}, the signer runs as user {user}: chown it, or run the signer as \
         its owner",
        metadata.uid()
    );
    ensure!(
        metadata.permissions().mode() & 0o077 == 0,
        "{shown} is open to other users: chmod {mode} {shown}"
    );
    Ok(())
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match std::path::absolute(path)?.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Makes a file that only its owner can read, emptied if it is there.
///
/// # Errors
///
/// What the disk says.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)
}
