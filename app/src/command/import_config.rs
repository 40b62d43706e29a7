//! `import-config`: from the original Tezio Signer's `config.yaml` to a `config.ron` that says the
//! same, and beside each field what is stricter now.
//!
//! What is written has passed the check that the daemon makes. What the original had and this one has
//! not, or cannot know, is said where it would stand.

mod original;
mod written;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{counted, say};
use crate::cli;
use crate::config::Config;
use original::Original;

pub(super) fn run(options: &cli::ImportConfig) -> Result<()> {
    let shown = options.yaml.display();
    let text = std::fs::read_to_string(&options.yaml);
    let text = text.with_context(|| format!("cannot read {shown}"))?;
    let original = Original::parse(&text).with_context(|| format!("in {shown}"))?;
    let ron = written::configuration(&original, options)?;
    let folder = options.output.parent().unwrap_or(Path::new(""));
    let config = Config::parse(&ron, folder);
    let config = config.with_context(|| format!("{shown} cannot be carried over as it is"))?;
    let output = options.output.display();
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&options.output);
    let mut file =
        file.with_context(|| format!("cannot write {output}, or it is there already"))?;
    file.write_all(ron.as_bytes())?;
    file.sync_all()?;
    say(&format!(
        "{output} is written: {}. Its comments say what is stricter now; read them before \
         anything is signed\n",
        counted(config.policy.keys.len(), "key")
    ))
}
