//! The folder of the log: numbered files, of which the oldest go.
//!
//! ```text
//! <state>/audit/000001.jsonl, 000002.jsonl, …
//! ```
//!
//! Private to the signer's user. Anything of another name is left alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::private_file::open;
use crate::state::{check_private_directory, check_private_file};

const SUFFIX: &str = ".jsonl";

/// Where the files are.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The one of a state directory.
    pub(crate) fn of(state: &Path) -> Self {
        Self(state.join("audit"))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes it if there is none, and sees that it is the user's alone.
    ///
    /// # Errors
    ///
    /// What the disk says, or who else could write there.
    pub(super) fn prepare(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                made?;
                self.0.parent().map_or(Ok(()), sync)?;
            }
        }
        let metadata = std::fs::symlink_metadata(&self.0)?;
        check_private_directory(&self.0, &metadata).map_err(io::Error::other)
    }

    /// The numbers of the files, in order; none without a folder.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn numbers(&self) -> io::Result<Vec<u64>> {
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut numbers = Vec::new();
        for entry in entries {
            numbers.extend(entry?.file_name().to_str().and_then(number));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// What a file is called.
    pub(crate) fn name(number: u64) -> String {
        format!("{number:06}{SUFFIX}")
    }

    /// Where a file is.
    pub(crate) fn file(&self, number: u64) -> PathBuf {
        self.0.join(Self::name(number))
    }

    /// Opens a file to read.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn read(&self, number: u64) -> io::Result<File> {
        open(OpenOptions::new().read(true), &self.file(number))
    }

    /// Opens a file to go on writing.
    ///
    /// # Errors
    ///
    /// What the disk says, or who else could write it.
    pub(super) fn append(&self, number: u64) -> io::Result<File> {
        let path = self.file(number);
        let file = open(OpenOptions::new().read(true).write(true), &path)?;
        check_private_file(&path, &file.metadata()?).map_err(io::Error::other)?;
        Ok(file)
    }

    /// Makes a file that is not there.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(super) fn create(&self, number: u64) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        let file = open(&mut options, &self.file(number))?;
        if let Err(error) = sync(&self.0) {
            // It would be in the way of the next attempt.
            let _ = self.remove(number);
            return Err(error);
        }
        Ok(file)
    }

    /// How long a file is, in bytes.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(super) fn length(&self, number: u64) -> io::Result<u64> {
        Ok(std::fs::symlink_metadata(self.file(number))?.len())
    }

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(super) fn remove(&self, number: u64) -> io::Result<()> {
        std::fs::remove_file(self.file(number))
    }

    /// What is wrong with the file of a number that was opened as `file` and should be this long, if
    /// anything is: somebody may have removed it, put another in its place, or changed its length.
    pub(super) fn disturbance(
        &self,
        number: u64,
        file: &File,
        length: Option<u64>,
    ) -> Option<String> {
        let both = std::fs::symlink_metadata(self.file(number))
            .and_then(|place| Ok((place, file.metadata()?)));
        let (place, held) = match both {
            Ok(both) => both,
            Err(error) => return Some(error.to_string()),
        };
        if (place.dev(), place.ino()) != (held.dev(), held.ino()) {
            return Some("another file was put in its place".to_owned());
        }
        let is = held.len();
        length
            .filter(|length| *length != is)
            .map(|length| format!("it has {is} bytes, {length} were written"))
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    // No number is so long that the next one could not be told.
    let number = digits.parse().ok().filter(|_| digits.len() <= 12)?;
    (Folder::name(number) == name).then_some(number)
}
