//! What the parts of a signature take, each by itself.
//!
//! ```text
//! cargo bench -p tezio-signer --bench parts
//! ```
//!
//! Prints Markdown: messages and frames in the core, signatures in the cryptography, records on the
//! disk. Nothing here decides whether a test passes.

#[path = "../side_by_side/message.rs"]
mod message;

mod judging;
mod records;
mod signatures;
mod timing;

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut page = judging::table();
    page += &signatures::table()?;
    page += &records::table(folder.path())?;
    io::stdout().write_all(page.as_bytes())
}
