//! Recorded bytes of Octez and of Tezio devices through the rooms that read them.
//!
//! Origins: `recorded/octez-vectors.md`.

mod consensus;
mod keys;
mod scenarios;
mod socket;
mod tezio;
mod tz4;
mod wire;

use serde_json::Value;

/// The rows of one table in a recorded file.
fn rows(file: &str, table: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    file[table].as_array().unwrap().clone()
}

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {row}"))
}

fn bytes(row: &Value, field: &str) -> Vec<u8> {
    hex::decode(text(row, field)).unwrap()
}

fn number(row: &Value, field: &str) -> u32 {
    u32::try_from(row[field].as_u64().unwrap()).unwrap()
}
