//! Reading a journal that another process may be writing to: without the lock, changing nothing.

use core::time::Duration;
use std::fs::OpenOptions;
use std::path::Path;

use anyhow::{Result, ensure};
use tezio_core::watermark::{Record, Recovered, Unreadable};

use super::disk::read_file;
use super::{NONE_YET, advice, sorted};
use crate::signer::MARKS;

/// How often a journal is read that seems damaged: what the daemon was writing just then is whole
/// the next time.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// The marks of a journal, in the order of chain, key and kind.
///
/// # Errors
///
/// When it is missing, damaged or cannot be read.
pub(crate) fn look(path: &Path) -> Result<Vec<Record>> {
    match read(path)? {
        Ok(recovered) => Ok(sorted(&recovered.marks)),
        Err(fault) => Err(anyhow::Error::new(fault).context(advice(path, &fault))),
    }
}

/// All that a journal's bytes say, or what is wrong with them.
///
/// # Errors
///
/// When it is missing or cannot be read.
pub(crate) fn read(path: &Path) -> Result<Result<Recovered<MARKS>, Unreadable>> {
    ensure!(
        path.try_exists().unwrap_or(true),
        "there is no journal {}: {NONE_YET}",
        path.display()
    );
    let mut attempt = 1;
    loop {
        let (_, bytes) = read_file(path, OpenOptions::new().read(true))?;
        match Recovered::read(&bytes) {
            Err(_) if attempt < ATTEMPTS => {
                attempt += 1;
                std::thread::sleep(PAUSE);
            }
            result => return Ok(result),
        }
    }
}
