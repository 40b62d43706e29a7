//! The command line.

mod audit;
mod handover;
mod hsm;
mod status;
mod values;
mod watermarks;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use audit::{Audit, AuditShow, AuditVerify};
pub(crate) use handover::{Accept, Cancel, Handover, Prepare};
pub(crate) use hsm::{Doctor, Hsm, HsmList, Init};
pub(crate) use status::Status;
pub(crate) use values::LevelOf;
pub(crate) use watermarks::{Common, Export, From, Import, Lower, Mend, Raise, Verify, Watermarks};

/// A Tezos remote signer for the Tezio HSM.
///
/// Octez asks it for signatures, over HTTP, TCP or a Unix socket. It checks each request against a
/// policy and against high watermarks, has the HSM sign, verifies the signature, stores the mark, and
/// answers.
#[derive(Debug, Parser)]
#[command(version, after_help = FIRST_STEPS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  tezio-signer demo                        no hardware, no configuration: signs at once
  tezio-signer init                        writes config.ron for the board that is plugged in
  tezio-signer doctor                      examines board, marks and machine
  tezio-signer run --config config.ron     as a service
  tezio-signer status                      what it does, and what should be mended
Logging goes to standard error; TEZIO_LOG=debug shows more.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve signing requests until SIGINT or SIGTERM
    Run(Run),
    /// Show what the running signer does: HSMs, keys, marks, requests, and what should be mended
    #[command(after_help = status::EXIT_CODES)]
    Status(Status),
    /// Have the running signer read its configuration and certificates again: checked here first, then
    /// there. Fails if anything of it was not taken over
    Reload(ConfigPath),
    /// Try it: a software HSM and the daemon in one process, state thrown away at the end
    Demo(Demo),
    /// Be a Tezio HSM in software on a pseudo-terminal; its path is the first line printed
    Simulate(Simulate),
    /// Look at a configuration file and say what is wrong with it
    Check(ConfigPath),
    /// Say what a message is and what the policy would say of it; or what became of a request, why, and
    /// what to do. Without a device
    Explain(Explain),
    /// The audit log: what was asked, by whom, and what came of it
    #[command(subcommand, after_help = audit::TRUST)]
    Audit(Audit),
    /// Write a configuration that says what the original Tezio Signer's config.yaml said
    ImportConfig(ImportConfig),
    /// HSMs: what is plugged in
    #[command(subcommand)]
    Hsm(Hsm),
    /// Write a configuration for the board that is plugged in
    Init(Init),
    /// Examine an HSM, its port, the marks and this machine. Signs nothing, changes nothing
    Doctor(Doctor),
    /// High watermarks: what has been signed
    #[command(subcommand, after_help = watermarks::LIFE)]
    Watermarks(Watermarks),
    /// Keys to another machine, without a level that both or neither could sign
    #[command(subcommand, after_help = handover::STEPS)]
    Handover(Handover),
    /// Write man pages and shell completions, for packages
    #[command(hide = true)]
    Generate(Generate),
}

/// Where the configuration is.
#[derive(Args, Debug)]
pub(crate) struct ConfigPath {
    /// Configuration file (RON); config.ron in the source tree explains each field
    #[arg(long, value_name = "FILE", default_value = "config.ron")]
    pub(crate) config: PathBuf,
}

/// Options of `run`.
#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) path: ConfigPath,
    /// Needed when the configuration switches `high_water_mark_check` off: nothing then keeps the
    /// signer from signing twice at one level and round, which costs a part of the stake
    #[arg(long)]
    pub(crate) allow_double_signing: bool,
}

/// Options of `generate`.
#[derive(Args, Debug)]
pub(crate) struct Generate {
    /// The folder that stands for /usr/share; made if it is not there
    #[arg(value_name = "FOLDER")]
    pub(crate) share: PathBuf,
}

/// Options of `explain`.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) path: ConfigPath,
    /// Only what is said for this key
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) key: Option<String>,
    /// One JSON document instead of lines
    #[arg(long)]
    pub(crate) json: bool,
    /// The message, magic byte first: hex digits, @FILE, or - for standard input; or the id of a request
    /// as the log prints it, 17-42
    #[arg(value_name = "HEX | @FILE | - | ID")]
    pub(crate) message: String,
}

/// Options of `import-config`.
#[derive(Args, Debug)]
pub(crate) struct ImportConfig {
    /// The original's file
    #[arg(value_name = "CONFIG.YAML")]
    pub(crate) yaml: PathBuf,
    /// Where to write; nothing is overwritten
    #[arg(long, value_name = "FILE", default_value = "config.ron")]
    pub(crate) output: PathBuf,
    /// The public key that octez-client signs its requests with; the original knew its address alone
    #[arg(long, value_name = "PUBLIC KEY")]
    pub(crate) authorized_key: Option<String>,
    /// The chain that the marks are for, by id or name; the original knew none
    #[arg(long, value_name = "CHAIN", default_value = "mainnet")]
    pub(crate) chain: String,
}

/// Options of `demo`.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Port on 127.0.0.1; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 6732)]
    pub(crate) port: u16,
    /// Answer at once instead of taking the time a board takes
    #[arg(long)]
    pub(crate) instant: bool,
}

/// Options of `simulate`.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// Keys, policy, marks and faults of the HSM (RON); public test keys without it
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Also make a symbolic link to the terminal here, removed at the end
    #[arg(long, value_name = "PATH")]
    pub(crate) link: Option<PathBuf>,
    /// Answer at once instead of taking the time a board takes
    #[arg(long)]
    pub(crate) instant: bool,
}
