//! `doctor`: what is sound about an HSM and all that is around it, and what is not.
//!
//! ```text
//! configuration -> this machine -> each HSM: port, keys, latency, firmware -> marks -> advice
//! ```
//!
//! Reads and asks, and changes nothing: no SIGN is ever sent, no packet that could move a mark or
//! disturb the firmware's memory, no file is written, and the marks are read without their lock.

mod advice;
mod firmware;
mod hsm;
mod latency;
mod machine;
mod marks;
mod report;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use smol::LocalExecutor;
use tezio_transport_serial::{Wanted, WantedUsb};

use super::{counted, say};
use crate::cli;
use crate::config::{Config, Hsm, NamedHsm};
use hsm::Expected;
use report::{Grade, Report, Section};

/// The configuration that is taken when none is named.
const CONFIG: &str = "config.ron";

pub(super) fn run(options: &cli::Doctor) -> Result<()> {
    let executor = LocalExecutor::new();
    let report = smol::block_on(executor.run(examine(&executor, options)));
    if options.json {
        say(&format!("{:#}\n", report.json()))?;
    } else {
        say(&report.text())?;
    }
    let fails = report.count(Grade::Fail);
    ensure!(fails == 0, "{fails} to be mended");
    Ok(())
}

async fn examine(executor: &LocalExecutor<'_>, options: &cli::Doctor) -> Report {
    let mut report = Report::default();
    let config = match config_path(options) {
        None => None,
        Some(path) => {
            let mut section = Section::new(format!("Configuration {}", path.display()));
            let config = load(&path, &mut section);
            report.0.push(section);
            if config.is_none() {
                return report;
            }
            config
        }
    };
    report.0.push(machine::examine());
    let alone = one(options.port.clone());
    let hsms = match &config {
        Some(config) => expected(config),
        None => vec![(&alone, Expected::default())],
    };
    for (named, expected) in &hsms {
        report
            .0
            .extend(hsm::examine(executor, named, expected).await);
    }
    if let Some(config) = &config {
        report.0.push(marks::examine(config));
    }
    report.0.push(advice::give(config.as_ref()));
    report
}

fn config_path(options: &cli::Doctor) -> Option<PathBuf> {
    let sample = || Path::new(CONFIG).exists().then(|| CONFIG.into());
    match (&options.config, &options.port) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(_)) => None,
        (None, None) => sample(),
    }
}

/// The HSM at `port`, or the only one.
fn one(port: Option<PathBuf>) -> NamedHsm {
    let any = || Wanted::Usb(WantedUsb::default());
    NamedHsm {
        name: "hsm".to_owned(),
        hsm: Hsm::Board(port.map_or_else(any, Wanted::Path)),
    }
}

fn load(path: &Path, section: &mut Section) -> Option<Config> {
    match Config::load(path) {
        Ok(config) => {
            let keys = counted(config.policy.keys.len(), "key");
            let hsms = counted(config.hsms.len(), "HSM");
            section.ok(format!("sound: {keys} on {hsms}"));
            Some(config)
        }
        Err(error) => {
            section.broken(format!("{error:#}"));
            None
        }
    }
}

/// Each HSM of the configuration with the keys that it must hold.
fn expected(config: &Config) -> Vec<(&NamedHsm, Expected)> {
    let hsms = config.hsms.iter().zip(0_u8..);
    hsms.map(|(named, number)| (named, Expected::of(config, number)))
        .collect()
}
