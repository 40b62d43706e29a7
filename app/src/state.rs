//! The state directory: one owner, private, with the journal of marks in it.
//!
//! ```text
//! <state>/lock            held by the running daemon
//! <state>/marks.journal   the marks, see `tezio_core::watermark::Journal`
//! ```

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

/// A state directory that this process owns.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
    /// Holds the lock for as long as it is open.
    _lock: File,
}

impl StateDirectory {
    /// Makes the directory if there is none, and takes it over.
    ///
    /// # Errors
    ///
    /// As for [`StateDirectory::open`], or when it cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make the state directory {}", path.display()))?;
        Self::open(path)
    }

    /// Takes over a directory that exists.
    ///
    /// # Errors
    ///
    /// When it is missing, open to others, or another daemon holds it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        check_private(path)?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .with_context(|| format!("cannot open {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => bail!(
                "another tezio-signer is running on the state directory {}: stop it first. Two \
                 daemons on one set of marks could sign twice",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", lock_path.display()))
            }
        }
    }

    /// Where the journal is.
    pub(crate) fn journal(&self) -> PathBuf {
        self.path.join("marks.journal")
    }

    /// Whether there is one.
    pub(crate) fn has_journal(&self) -> bool {
        self.journal().exists()
    }

    /// Syncs the directory itself, so that a file made or renamed in it is there after a power cut.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

/// Refuses a directory that others can read or write: they could put marks back.
fn check_private(path: &Path) -> Result<()> {
    let metadata = std::fs::metadata(path)
        .with_context(|| format!("cannot use the state directory {}", path.display()))?;
    let shown = path.display();
    ensure!(metadata.is_dir(), "{shown} is not a directory");
    let user = rustix::process::geteuid().as_raw();
    ensure!(
        metadata.uid() == user,
        "the state directory {shown} belongs to user {}, the signer runs as user {user}: \
         chown it, or run the signer as its owner",
        metadata.uid()
    );
    ensure!(
        metadata.permissions().mode() & 0o077 == 0,
        "the state directory {shown} is open to other users: chmod 700 {shown}"
    );
    Ok(())
}

/// Makes a new file that only its owner can read, replacing what is there.
///
/// # Errors
///
/// What the disk says.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}
