//! `hsm`, `init` and `doctor` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to do about HSMs.
#[derive(Debug, Subcommand)]
pub(crate) enum Hsm {
    /// Show every serial port, whether it is taken for an HSM, and why not
    List(HsmList),
}

/// Options of `hsm list`.
#[derive(Args, Debug)]
pub(crate) struct HsmList {
    /// Also show where the HSMs of this configuration are
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not open the boards to see whether they are free. No other port is ever opened
    #[arg(long)]
    pub(crate) no_open: bool,
}

/// Options of `init`.
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// The board at this port, instead of the one that is plugged in
    #[arg(long, value_name = "PATH", conflicts_with_all = ["usb", "simulated"])]
    pub(crate) port: Option<PathBuf>,
    /// The board with this USB serial number
    #[arg(long, value_name = "SERIAL", conflicts_with = "simulated")]
    pub(crate) usb: Option<String>,
    /// A software HSM inside the daemon, with public test keys
    #[arg(long)]
    pub(crate) simulated: bool,
    /// For the service of the Debian package: /etc/tezio-signer/config.ron, readable to the service's
    /// group, with its marks in /var/lib/tezio-signer and its monitor on 127.0.0.1:9632
    #[arg(long)]
    pub(crate) service: bool,
    /// Where the marks will be kept; relative to the file
    #[arg(
        long,
        value_name = "DIR",
        default_value = "state",
        default_value_if("service", "true", SERVICE_STATE)
    )]
    pub(crate) state: PathBuf,
    /// The file to write; one that is there already is left alone
    #[arg(
        long,
        value_name = "FILE",
        default_value = "config.ron",
        default_value_if("service", "true", SERVICE_CONFIG)
    )]
    pub(crate) output: PathBuf,
}

/// Where the service reads its configuration.
const SERVICE_CONFIG: &str = "/etc/tezio-signer/config.ron";

/// Where the service keeps its marks.
const SERVICE_STATE: &str = "/var/lib/tezio-signer";

/// Options of `doctor`.
#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// Examine what this configuration names; config.ron is taken if it is there
    #[arg(long, value_name = "FILE", conflicts_with = "port")]
    pub(crate) config: Option<PathBuf>,
    /// Examine the HSM at this port, without a configuration. Without either, the one that is
    /// plugged in
    #[arg(long, value_name = "PATH")]
    pub(crate) port: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
