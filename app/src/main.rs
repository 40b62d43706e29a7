//! tezio-signer: a Tezos remote signer for the Tezio HSM.
//!
//! Arguments, logging and exit code; what each command does is in [`command`].

mod asked;
mod audit;
mod certificates;
mod cli;
mod command;
mod config;
mod control;
mod conversation;
mod daemon;
mod driver;
mod exchange;
mod explain;
mod front;
mod handed;
mod hsm;
mod hsm_port;
mod journal;
mod log;
mod metrics;
mod monitor;
mod pid_file;
mod port_state;
mod private_file;
mod readiness;
mod reason;
mod reload;
mod request_name;
mod round;
mod service_manager;
mod shadow;
mod shown_keys;
mod signals;
mod signer;
mod state;
mod status;
mod wall_clock;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let _guard = log::start();
    match command::run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
