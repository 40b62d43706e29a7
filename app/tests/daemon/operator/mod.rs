//! The operator's commands on the marks, as they are typed, and what a daemon signs after them.

mod export_import;
mod handover;
mod lower;
mod mend;
mod other_signers;
mod raise;
mod reading;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Configuration, Home, HsmKey, Simulator};

/// The chain of the messages in `support::messages`.
const GHOSTNET: &str = "NetXnHfVqm9iesp";
const MAINNET: &str = "NetXdQprcVkpaWU";

/// Every round of a level.
const CLOSED: u64 = 0x7fff_ffff;

/// A home for a board that is not there, with marks at level 0.
fn home() -> Home {
    let home = bare_home();
    home.init();
    home
}

/// The same without a state directory.
fn bare_home() -> Home {
    Home::new(&Configuration::serial(Path::new("/nonexistent/board")))
}

/// A board that signs every kind with every key, and a home for it without a state directory.
fn machine() -> (Simulator, Home) {
    let board = Simulator::start(
        "latency: Instant, kinds: (ed25519: [3, 17, 18, 19], secp256k1: [3, 17, 18, 19])",
    );
    let home = Home::new(&Configuration::serial(board.path()));
    (board, home)
}

/// The mark of a key and kind on Ghostnet, as `watermarks list --json` has it.
#[track_caller]
fn entry(home: &Home, key: &HsmKey, kind: &str) -> Value {
    let list = home.json(&["watermarks", "list"]);
    let mut marks = list["marks"].as_array().unwrap().iter();
    let found = marks.find(|mark| {
        mark["chain"] == GHOSTNET && mark["key"] == key.address && mark["kind"] == kind
    });
    found
        .unwrap_or_else(|| panic!("no such mark: {list:#}"))
        .clone()
}

/// Its level and round.
#[track_caller]
fn mark(home: &Home, key: &HsmKey, kind: &str) -> (u64, u64) {
    let entry = entry(home, key, kind);
    (
        entry["level"].as_u64().unwrap(),
        entry["round"].as_u64().unwrap(),
    )
}

/// What a command says became of each mark, sorted.
fn outcomes(document: &Value) -> Vec<String> {
    let changes = document["changes"].as_array().unwrap().iter();
    let mut outcomes: Vec<String> = changes
        .map(|change| {
            let words = ["kind", "outcome"].map(|name| change[name].as_str().unwrap());
            words.join(" ")
        })
        .collect();
    outcomes.sort();
    outcomes
}

/// Writes a file into a home.
fn write(home: &Home, name: &str, text: &str) -> PathBuf {
    let path = home.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

/// All marks of a home, or none where there is no journal.
fn marks(home: &Home) -> Option<Value> {
    home.journal()
        .exists()
        .then(|| home.json(&["watermarks", "list"]))
}
