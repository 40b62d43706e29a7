//! Files for their owner's eyes alone, written whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

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
