//! The journal's bytes in files of the state directory.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use rustix::fs::OFlags;
use tezio_core::watermark::Disk;

use crate::state::{StateDirectory, check_private_file, create_private};

/// The journal's file, and the one that will replace it while there is one.
#[derive(Debug)]
pub(super) struct Files {
    directory: StateDirectory,
    journal: Option<Written>,
    new: Option<Written>,
}

/// A file, and how long it must be after what was written.
#[derive(Debug)]
struct Written {
    file: File,
    length: u64,
}

impl Written {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)?;
        self.length = self.length.max(offset + bytes.len() as u64);
        Ok(())
    }
}

impl Files {
    /// The files of a directory without a journal.
    pub(super) const fn none(directory: StateDirectory) -> Self {
        Self {
            directory,
            journal: None,
            new: None,
        }
    }

    /// The files of a directory with one, and the journal's bytes.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not its owner's alone.
    pub(super) fn open(directory: StateDirectory) -> Result<(Self, Vec<u8>)> {
        let path = directory.journal().to_owned();
        let (file, bytes) = read_file(&path, OpenOptions::new().read(true).write(true))?;
        let files = Self {
            directory,
            journal: Some(Written {
                file,
                length: bytes.len() as u64,
            }),
            new: None,
        };
        Ok((files, bytes))
    }

    pub(super) const fn directory(&self) -> &StateDirectory {
        &self.directory
    }

    fn journal(&mut self) -> io::Result<&mut Written> {
        self.journal.as_mut().ok_or_else(missing)
    }

    fn new_path(&self) -> PathBuf {
        self.directory.journal().with_extension("journal.new")
    }

    /// Whether what was written is what the next start will read: nobody has put another file in
    /// the journal's place, or cut this one.
    fn check_place(&self) -> io::Result<()> {
        let written = self.journal.as_ref().ok_or_else(missing)?;
        let held = written.file.metadata()?;
        let found = std::fs::symlink_metadata(self.directory.journal())?;
        let same = (held.dev(), held.ino()) == (found.dev(), found.ino());
        if same && held.len() == written.length {
            Ok(())
        } else {
            Err(io::Error::other(
                "the journal was replaced or changed by another program",
            ))
        }
    }
}

impl Disk for Files {
    type Error = io::Error;

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.journal()?.write(offset, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.journal()?.file.sync_data()?;
        self.check_place()
    }

    fn write_new(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if offset == 0 {
            let file = create_private(&self.new_path())?;
            self.new = Some(Written { file, length: 0 });
        }
        self.new.as_mut().ok_or_else(missing)?.write(offset, bytes)
    }

    fn sync_new(&mut self) -> io::Result<()> {
        self.new.as_ref().ok_or_else(missing)?.file.sync_all()
    }

    fn discard_new(&mut self) {
        self.new = None;
        // What there is of it would only take up room, and is made afresh the next time.
        let _ = std::fs::remove_file(self.new_path());
    }

    fn replace(&mut self) -> io::Result<()> {
        let new = self.new.take().ok_or_else(missing)?;
        std::fs::rename(self.new_path(), self.directory.journal())?;
        self.directory.sync()?;
        self.journal = Some(new);
        self.check_place()
    }
}

/// Opens a file that is a plain one and its owner's alone, and reads it whole.
///
/// # Errors
///
/// When it is not, or what the disk says.
pub(super) fn read_file(path: &std::path::Path, how: &mut OpenOptions) -> Result<(File, Vec<u8>)> {
    use std::io::Read as _;
    // Neither a link to another file nor a pipe, which would be waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let shown = path.display();
    let mut file = how
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .with_context(|| format!("cannot open {shown}"))?;
    check_private_file(path, &file.metadata()?)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {shown}"))?;
    Ok((file, bytes))
}

fn missing() -> io::Error {
    io::Error::other("no journal is open")
}
