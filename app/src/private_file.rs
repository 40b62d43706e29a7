//! Files for their owner's eyes alone, written whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rustix::fs::OFlags;

/// Writes a file: under another name first, synced, then put in its place. One that has this very
/// content already is left.
///
/// # Errors
///
/// When another file is there and is not to be replaced, or what the disk says.
pub(crate) fn put(path: &Path, text: &str, replace: bool) -> Result<()> {
    let shown = path.display();
    if !replace && path.symlink_metadata().is_ok() {
        if std::fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
            return Ok(());
        }
        bail!("{shown} is there already: give another name, or --overwrite to replace it");
    }
    write(path, text, replace).with_context(|| format!("cannot write {shown}"))
}

/// Opens `path` as these options say, and waits for nobody: a link or a pipe in its place holds nothing
/// up.
///
/// # Errors
///
/// What the system says.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed()).open(path)
}

/// The text of a file that has at most so many bytes.
///
/// # Errors
///
/// What the system says, or that it is no such file.
pub(crate) fn read_short(path: &Path, at_most: u64) -> io::Result<String> {
    let file = open(OpenOptions::new().read(true), path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > at_most {
        return Err(io::Error::other("it is no file of ours"));
    }
    let mut text = String::new();
    file.take(at_most).read_to_string(&mut text)?;
    Ok(text)
}

fn write(path: &Path, text: &str, replace: bool) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let mut new = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    if replace {
        new.persist(path)?;
    } else {
        new.persist_noclobber(path)?;
    }
    File::open(folder)?.sync_all()
}
