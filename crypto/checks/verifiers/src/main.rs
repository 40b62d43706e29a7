//! Proves every verifier that was compiled in, and names it: `benches/verifiers.rs` without the clock.
//!
//! `measure` builds it with one library at a time, to see what each adds to a program.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for implementation in verifiers::all() {
        let sample = implementation.sample().ok_or(io::ErrorKind::Unsupported)?;
        implementation
            .prove(&sample)
            .map(drop)
            .map_err(|wrong| io::Error::other(format!("{} {wrong}", implementation.name)))?;
        writeln!(out, "{:?}: {}", implementation.curve, implementation.name)?;
    }
    Ok(())
}
