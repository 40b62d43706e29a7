//! Signers side by side: the same load on each of them in one run, above a floor that none can beat.
//!
//! ```text
//! cargo bench -p tezio-signer --bench side_by_side
//! … -- --signer 'other=http://127.0.0.1:6732,tz3…' [--message 13…LLLLLLLL…] [--brief]
//! ```
//!
//! Prints Markdown. This project's daemon is started here, on a software HSM of its own behind a
//! pseudo-terminal. Any other signer is started by whoever runs this, on whatever device; its address
//! says over which protocol it is asked, and the message is a template in hex with the level written
//! `LLLLLLLL`. The signers take turns, round by round, so that a busy machine is busy for all of them.
//!
//! The floor of a signature is its bytes to the device and back over a bare pseudo-terminal, and one
//! synced write of a record's size on the same file system.

mod board;
mod daemon;
mod floor;
mod load;
mod message;
mod options;
mod process;
mod sections;
mod signatures;
mod table;
mod verifying;
mod wire;

use std::io::Write as _;

use anyhow::{Context as _, Result};

use options::Options;
use sections::Bench;

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).context("no folder")?;
    let mut bench = Bench::start(folder.path(), &options)?;
    let mut page = String::new();
    page += &bench.signatures()?;
    if !options.brief {
        page += &bench.reads()?;
        page += &bench.crowds()?;
        page += &bench.costs()?;
        page += &bench.slow_device(folder.path())?;
        page += &bench.start_up()?;
    }
    std::io::stdout().write_all(page.as_bytes())?;
    Ok(())
}
