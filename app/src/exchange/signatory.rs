//! The file store of Signatory, in the three layouts that it has had.
//!
//! ```text
//! <base_dir>/watermark/<chain id>.json     {<kind>: {<address>: <mark>}}
//! <base_dir>/watermark_v1/<chain id>.json  {<address>: <mark>}
//! <base_dir>/watermark_v2/<chain id>.json  {<address>: {<kind>: <mark>}}
//! <mark>                                   {"level", "round"?, "order"?, "hash"?}
//! ```
//!
//! Layouts: github.com/ecadlabs/signatory, `pkg/signatory/watermark/file.go` at `08940488`,
//! `migration.go` at `69141880`, `pkg/signatory/request/request.go` at `a274f9c3`. What is made of
//! them here is on the safe side:
//!
//! - Kinds have had several names, and attestations with DAL content a mark of their own. One mark
//!   guards them here: the higher counts.
//! - Version 1 had one mark for all kinds of a key. It counts for each kind.
//! - The round of a block was that of its payload until March 2026, which may be lower than the
//!   block's own. A block's mark closes its level.
//! - A missing round closes the level as well.
//! - `hash` is noted before anything is signed, and no signature is kept, so it is left out.

use anyhow::{Result, bail};
use serde::Deserialize;
use tezio_core::tezos::{ChainId, ConsensusKind, PublicKeyHash, Round as RoundNumber};
use tezio_core::watermark::{Mark, Watermark};

use super::Incoming;
use super::pairs::Pairs;
use super::signature::is_ours;
use crate::config::text::{Address, Level, Round};

/// How a file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Kinds, then keys.
    First,
    /// Keys alone.
    Second,
    /// Keys, then kinds.
    Third,
}

/// The directories below `base_dir`, and the layout of the files there.
pub(crate) const DIRECTORIES: [(&str, Layout); 3] = [
    ("watermark", Layout::First),
    ("watermark_v1", Layout::Second),
    ("watermark_v2", Layout::Third),
];

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    level: Level,
    #[serde(default)]
    round: Option<Round>,
    #[serde(default, rename = "order")]
    _order: Option<i64>,
    #[serde(default, rename = "hash")]
    _hash: Option<String>,
}

/// Reads the file of one chain.
///
/// # Errors
///
/// Where it is not what its layout says.
pub(crate) fn parse(layout: Layout, chain: ChainId, text: &str) -> Result<Vec<Incoming>> {
    let mut marks = Vec::new();
    for (key, kind, entry) in entries(layout, text)? {
        let kinds = match kind.as_deref().map(consensus_kind) {
            None => ConsensusKind::ALL.to_vec(),
            Some(Some(kind)) => vec![kind],
            Some(None) if is_ours(key.curve()) => {
                let name = kind.unwrap_or_default();
                bail!("{key} has a mark of the unknown kind \"{name}\"")
            }
            Some(None) => Vec::new(),
        };
        let of_kind = |kind| entry.incoming(Watermark { chain, key, kind });
        marks.extend(kinds.into_iter().map(of_kind));
    }
    Ok(marks)
}

type Found = (PublicKeyHash, Option<String>, Entry);

/// Every mark in the file, with its key and, where there is one, its kind.
fn entries(layout: Layout, text: &str) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    match layout {
        Layout::First => {
            let Pairs(kinds) = serde_json::from_str::<Pairs<String, Pairs<Address, Entry>>>(text)?;
            for (kind, Pairs(keys)) in kinds {
                let of_kind = keys.into_iter();
                found.extend(of_kind.map(|(Address(key), mark)| (key, Some(kind.clone()), mark)));
            }
        }
        Layout::Second => {
            let Pairs(keys) = serde_json::from_str::<Pairs<Address, Entry>>(text)?;
            let keys = keys.into_iter();
            found.extend(keys.map(|(Address(key), mark)| (key, None, mark)));
        }
        Layout::Third => {
            let Pairs(keys) = serde_json::from_str::<Pairs<Address, Pairs<String, Entry>>>(text)?;
            for (Address(key), Pairs(kinds)) in keys {
                let of_key = kinds.into_iter();
                found.extend(of_key.map(|(kind, mark)| (key, Some(kind), mark)));
            }
        }
    }
    Ok(found)
}

fn consensus_kind(name: &str) -> Option<ConsensusKind> {
    match name {
        "block" => Some(ConsensusKind::Block),
        "preattestation" | "preendorsement" => Some(ConsensusKind::Preattestation),
        "attestation" | "attestation_with_dal" | "endorsement" => Some(ConsensusKind::Attestation),
        _ => None,
    }
}

impl Entry {
    fn incoming(&self, watermark: Watermark) -> Incoming {
        let round = match (watermark.kind, &self.round) {
            (ConsensusKind::Preattestation | ConsensusKind::Attestation, Some(round)) => round.0,
            (ConsensusKind::Block, _) | (_, None) => RoundNumber::MAX,
        };
        let level = self.level.0;
        Incoming {
            watermark,
            mark: Mark { level, round },
            released: None,
            last_level: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr";
    const TZ4: &str = "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn";
    const CLOSED: u32 = 0x7fff_ffff;

    fn read(layout: Layout, text: &str) -> Result<Vec<(String, u32, u32)>> {
        let marks = parse(layout, ChainId::MAINNET, text)?;
        let mut found: Vec<_> = marks
            .iter()
            .map(|one| {
                let Mark { level, round } = one.mark;
                (
                    one.watermark.kind.to_string(),
                    level.number(),
                    round.number(),
                )
            })
            .collect();
        found.sort();
        Ok(found)
    }

    fn expected(marks: [(&str, u32, u32); 3]) -> Vec<(String, u32, u32)> {
        marks
            .map(|(kind, level, round)| (kind.to_owned(), level, round))
            .to_vec()
    }

    #[test]
    fn kinds_then_keys() {
        let text = format!(
            r#"{{"block": {{"{KEY}": {{"level": 9, "round": 1, "order": 0, "hash": null}}}},
                "preendorsement": {{"{KEY}": {{"level": 8, "round": 2}}}},
                "endorsement": {{"{KEY}": {{"level": 7, "round": null, "hash": "vh2…"}}}}}}"#
        );
        let marks = [
            ("attestation", 7, CLOSED),
            ("block", 9, CLOSED),
            ("preattestation", 8, 2),
        ];
        assert_eq!(read(Layout::First, &text).unwrap(), expected(marks));
    }

    #[test]
    fn keys_alone() {
        let text =
            format!(r#"{{"{KEY}": {{"level": 9, "round": 1, "order": 2, "hash": "vh2…"}}}}"#);
        let marks = [
            ("attestation", 9, 1),
            ("block", 9, CLOSED),
            ("preattestation", 9, 1),
        ];
        assert_eq!(read(Layout::Second, &text).unwrap(), expected(marks));
    }

    #[test]
    fn keys_then_kinds_with_attestations_twice() {
        let text = format!(
            r#"{{"{KEY}": {{"block": {{"level": 9, "round": 1, "hash": "vh2…"}},
                "attestation": {{"level": 8, "round": 2, "hash": "vh2…"}},
                "attestation_with_dal": {{"level": 9, "round": 0, "hash": "vh2…"}}}},
              "{TZ4}": {{"bls_something": {{"level": 3, "round": 0}}}}}}"#
        );
        let marks = [
            ("attestation", 8, 2),
            ("attestation", 9, 0),
            ("block", 9, CLOSED),
        ];
        assert_eq!(read(Layout::Third, &text).unwrap(), expected(marks));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let ours = format!(r#"{{"{KEY}": {{"wish": {{"level": 9, "round": 1}}}}}}"#);
        let fault = read(Layout::Third, &ours).unwrap_err().to_string();
        assert!(fault.contains("unknown kind \"wish\""), "{fault}");
        let negative = format!(r#"{{"{KEY}": {{"level": -9, "round": 1}}}}"#);
        let fault = read(Layout::Second, &negative).unwrap_err().to_string();
        assert!(fault.contains("at line 1"), "{fault}");
        assert!(read(Layout::First, &ours).is_err());
    }
}
