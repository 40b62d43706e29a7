//! The state directory and the marks in it, read without taking them over.

use std::fs::File;
use std::path::Path;

use tezio_core::tezos::ConsensusKind;
use tezio_core::watermark::{Record, Watermark};

use super::report::Section;
use crate::config::Config;
use crate::journal;
use crate::port_state::holder;
use crate::state::{Marks, check_private_directory, filesystem};

const INIT: &str = "set high_water_marks above everything that these keys have signed, then: \
                    tezio-signer watermarks init --config FILE";

pub(super) fn examine(config: &Config) -> Section {
    let mut section = Section::new(format!("Marks in {}", config.state.display()));
    let simulated = config.marks() == Marks::Simulated;
    match File::open(&config.state) {
        Err(error) if simulated => {
            section.note(format!(
                "not there yet ({error}); for a simulated HSM it is made at the first start"
            ));
        }
        Err(error) => section.fail(format!("cannot be opened: {error}"), INIT),
        Ok(directory) => {
            judge_directory(&mut section, &config.state, &directory);
            judge_journal(&mut section, config);
        }
    }
    if !config.policy.switches.high_water_mark_check {
        section.warn(
            "high_water_mark_check is off: nothing keeps the signer from signing twice",
            "set it to true",
        );
    }
    section
}

fn judge_directory(section: &mut Section, path: &Path, directory: &File) {
    let private = directory
        .metadata()
        .map_err(anyhow::Error::from)
        .and_then(|metadata| check_private_directory(path, &metadata));
    match private {
        Ok(()) => section.ok("open to its owner alone"),
        Err(error) => section.broken(format!("{error:#}")),
    }
    match filesystem::doubt_of(directory) {
        None => section.ok("on a filesystem that keeps what it is told to sync"),
        Some((name, why)) => section.warn(
            format!("on {name}: {why}"),
            "set state in the configuration to a folder on a disk",
        ),
    }
    if let Some(holder) = holder(path) {
        section.note(format!("in use by {holder}"));
    }
}

fn judge_journal(section: &mut Section, config: &Config) {
    let path = config.marks().journal_in(&config.state);
    let simulated = config.marks() == Marks::Simulated;
    if simulated && !path.exists() {
        section.note("no marks yet; for a simulated HSM they are made at the first start");
        return;
    }
    match journal::look(&path) {
        Err(error) => section.fail(format!("{error:#}"), INIT),
        Ok(records) => judge_marks(section, config, &records),
    }
}

/// Every mark that the configuration's keys need on its chains.
fn judge_marks(section: &mut Section, config: &Config, records: &[Record]) {
    let mut missing = 0_usize;
    for watermark in needed(config, records) {
        match records.iter().find(|record| record.watermark == watermark) {
            Some(record) => section.ok(format!("{watermark}: {}", record.mark)),
            None => {
                missing = missing.saturating_add(1);
                section.fail(format!("{watermark}: no mark, so it is not signed"), INIT);
            }
        }
    }
    if missing == 0 && records.is_empty() {
        section.warn(
            "there is no mark at all: nothing of consensus is signed",
            INIT,
        );
    }
}

/// The watermarks of the keys that may sign consensus messages, on every chain that is spoken of.
fn needed(config: &Config, records: &[Record]) -> Vec<Watermark> {
    let starting = config.starting_marks.iter();
    let mut chains: Vec<_> = starting
        .map(|(watermark, _)| watermark.chain)
        .chain(records.iter().map(|record| record.watermark.chain))
        .collect();
    chains.sort_unstable();
    chains.dedup();
    let policy = &config.policy;
    let mut needed = Vec::new();
    for chain in chains {
        for key in &policy.keys {
            for kind in ConsensusKind::ALL {
                if policy.allows(key, kind.magic_byte()) {
                    let key = key.hash;
                    needed.push(Watermark { chain, key, kind });
                }
            }
        }
    }
    needed
}
