//! A stable name for a line whose path is new at every start.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A symbolic link to the slave side; dropping it removes the link.
#[derive(Debug)]
pub struct Link {
    at: PathBuf,
    target: PathBuf,
}

impl Link {
    /// Makes `at` point to `target`, in one step: what was a link there before is replaced without
    /// a moment in which there is none. Anything else there is left alone.
    pub(crate) fn create(target: &Path, at: &Path) -> io::Result<Self> {
        if at.symlink_metadata().is_ok_and(|found| !found.is_symlink()) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let beside = beside(at)?;
        symlink(target, &beside)?;
        if let Err(error) = fs::rename(&beside, at) {
            // The first error says more than a second one about the leftover would.
            let _ = fs::remove_file(&beside);
            return Err(error);
        }
        Ok(Self {
            at: at.to_owned(),
            target: target.to_owned(),
        })
    }
}

impl Drop for Link {
    /// Leaves a link alone that somebody else has put there since.
    fn drop(&mut self) {
        if fs::read_link(&self.at).is_ok_and(|target| target == self.target) {
            // Nobody is left to be told.
            let _ = fs::remove_file(&self.at);
        }
    }
}

/// A name in the same folder that no other process uses.
fn beside(at: &Path) -> io::Result<PathBuf> {
    let mut name = at
        .file_name()
        .ok_or(io::ErrorKind::InvalidInput)?
        .to_owned();
    name.push(format!(".{}", std::process::id()));
    Ok(at.with_file_name(name))
}
