//! What the commands do.

mod audit;
mod check;
mod confirm;
mod demo;
mod doctor;
mod explain;
mod generate;
mod handover;
mod hsm;
mod import_config;
mod init;
mod reload;
mod report;
mod run;
mod simulate;
mod status;
mod watermarks;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;

use crate::cli::Command;

/// Runs a command to its end; with which code the program ends.
///
/// # Errors
///
/// What went wrong, and how to mend it.
pub(crate) fn run(command: Command) -> Result<ExitCode> {
    let done = match command {
        Command::Status(options) => return status::run(&options),
        Command::Run(options) => run::run(&options),
        Command::Reload(options) => reload::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Check(options) => check::run(&options),
        Command::ImportConfig(options) => import_config::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Audit(command) => audit::run(&command),
        Command::Hsm(command) => hsm::run(&command),
        Command::Doctor(options) => doctor::run(&options),
        Command::Init(options) => init::run(&options),
        Command::Watermarks(command) => watermarks::run(&command),
        Command::Handover(command) => handover::run(&command),
        Command::Generate(options) => generate::run(&options),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// A number with the word for what it counts.
fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// Prints what a command has to say on standard output, at once.
fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_counted_in_the_singular() {
        let texts = [0, 1, 2].map(|count| counted(count, "key"));
        assert_eq!(texts, ["0 keys", "1 key", "2 keys"]);
    }
}
