//! `generate`: what a package brings along besides the program, made from the command line itself.
//!
//! ```text
//! FOLDER/man/man1/tezio-signer-….1                         one page for each command
//! FOLDER/bash-completion/completions/tezio-signer
//! FOLDER/zsh/vendor-completions/_tezio-signer
//! FOLDER/fish/vendor_completions.d/tezio-signer.fish
//! ```
//!
//! The same program writes the same bytes, whenever and wherever: no date and no path is in them.

mod page;
mod words;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::cli;

const PROGRAM: &str = "tezio-signer";

/// Where Debian's shells look, below `/usr/share`.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash-completion/completions/tezio-signer"),
    (Shell::Zsh, "zsh/vendor-completions/_tezio-signer"),
    (Shell::Fish, "fish/vendor_completions.d/tezio-signer.fish"),
];

pub(super) fn run(options: &cli::Generate) -> Result<()> {
    for (name, bytes) in pages()? {
        let path = options.share.join("man/man1").join(name);
        write(&path, &bytes)?;
    }
    for (shell, path) in COMPLETIONS {
        write(&options.share.join(path), completions(shell)?.as_bytes())?;
    }
    Ok(())
}

/// `clap_complete` 4.6.11 takes the hyphen of the program's name for the end of a word in half of the
/// labels of its script for bash, which then knows no subcommand (clap-rs/clap, number 6421).
fn completions(shell: Shell) -> Result<String> {
    let mut bytes = Vec::new();
    generate(shell, &mut shown(), PROGRAM, &mut bytes);
    Ok(String::from_utf8(bytes)?.replace("tezio__subcmd__signer", "tezio__signer"))
}

/// Every page with the name of its file.
fn pages() -> Result<Vec<(String, Vec<u8>)>> {
    let mut root = shown().disable_help_subcommand(true);
    root.build();
    commands(root).into_iter().map(page::of).collect()
}

/// A command and all below it.
fn commands(command: Command) -> Vec<Command> {
    let below: Vec<Command> = command.get_subcommands().cloned().collect();
    let mut all = vec![command];
    all.extend(below.into_iter().flat_map(commands));
    all
}

/// The command line without what it hides; clap's generators show hidden commands too.
fn shown() -> Command {
    let whole = cli::Arguments::command();
    let shown = whole.get_subcommands().filter(|below| !below.is_hide_set());
    let mut root = Command::new(PROGRAM)
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .args(whole.get_arguments())
        .subcommands(shown);
    if let Some(text) = whole.get_about() {
        root = root.about(text.clone());
    }
    if let Some(text) = whole.get_long_about() {
        root = root.long_about(text.clone());
    }
    if let Some(text) = whole.get_after_help() {
        root = root.after_help(text.clone());
    }
    root
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, bytes));
    written.with_context(|| format!("cannot write {}", path.display()))
}
