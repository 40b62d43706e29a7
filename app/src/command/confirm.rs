//! The operator's word for what cannot be undone: what stands there now, typed.

use std::io::{self, BufRead as _, Write as _};

use anyhow::{Result, ensure};

/// Warns, and goes on only if `current` was given on the command line or is typed now.
///
/// # Errors
///
/// When something else was.
pub(super) fn demand(warning: &str, current: &str, given: Option<&str>, form: &str) -> Result<()> {
    let mut err = io::stderr().lock();
    writeln!(err, "{warning}")?;
    let said = match given {
        Some(given) => given.to_owned(),
        None => {
            write!(err, "Type what it is now, {form}, to go on: ")?;
            err.flush()?;
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line)?;
            writeln!(err)?;
            line
        }
    };
    let said = said.trim();
    ensure!(
        said == current,
        "nothing was changed: \"{said}\" is not what stands there, which is {current}"
    );
    Ok(())
}
