//! `status`: asks the running daemon what is going on.

use core::time::Duration;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use super::say;
use crate::cli;
use crate::config::Config;
use crate::control::{self, Answer, Question};
use crate::status::Status;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// No signer could be asked.
const UNREACHABLE: u8 = 2;

/// Puts what follows at the top of the terminal, which is empty then.
const CLEAR: &str = "\x1b[H\x1b[J";

pub(super) fn run(options: &cli::Status) -> Result<ExitCode> {
    let socket = match socket(options) {
        Ok(socket) => socket,
        Err(error) => return Ok(unreachable(&error)),
    };
    let on_terminal = std::io::stdout().is_terminal();
    loop {
        let status = ask(&socket);
        if options.watch && on_terminal && !options.json {
            say(CLEAR)?;
        }
        let code = match &status {
            Ok(status) => show(status, options, on_terminal)?,
            Err(error) => unreachable(error),
        };
        if !options.watch {
            return Ok(code);
        }
        std::thread::sleep(PAUSE);
    }
}

fn socket(options: &cli::Status) -> Result<PathBuf> {
    match &options.control {
        Some(socket) => Ok(socket.clone()),
        None => Ok(Config::load(&options.path.config)?.control.path),
    }
}

fn ask(socket: &Path) -> Result<Status> {
    match control::ask(socket, Question::Status)? {
        Answer::Status(status) => Ok(*status),
        Answer::Reloaded(_) => bail!("the signer answered something else"),
    }
}

fn show(status: &Status, options: &cli::Status, on_terminal: bool) -> Result<ExitCode> {
    let text = match (options.json, options.watch) {
        (true, true) => format!("{}\n", serde_json::to_string(status)?),
        (true, false) => format!("{}\n", serde_json::to_string_pretty(status)?),
        (false, watch) => {
            let end = if watch && !on_terminal { "\n" } else { "" };
            format!("{}{end}", status.text(on_terminal && !is_colour_unwanted()))
        }
    };
    say(&text)?;
    Ok(if status.ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// By the custom of <https://no-color.org>.
fn is_colour_unwanted() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn unreachable(error: &anyhow::Error) -> ExitCode {
    tracing::error!("{error:#}");
    ExitCode::from(UNREACHABLE)
}
