//! The file that goes from the machine that signs up to a level to the one that signs above it.
//!
//! ```text
//! {"format": "tezio-signer handover 1", "chain": <Net…>, "level": <last one signed there>,
//!  "keys": [<address>…], "checksum": <hex>}
//! ```
//!
//! The same handover is the same text, to the byte. Its name, for people to compare, is how the
//! checksum begins.

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tezio_core::tezos::{ChainId, Level, PublicKeyHash};

use super::sealed;
use crate::config::text;

const FORMAT: &str = "tezio-signer handover 1";
const WHAT: &str = "a handover of tezio-signer's keys";

/// Digits of the checksum that make the name.
const NAME: usize = 12;

/// Which keys another machine goes on with, above which level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handover {
    /// The chain that the level is of.
    pub(crate) chain: ChainId,
    /// The last level signed by the machine that hands over.
    pub(crate) level: Level,
    /// The keys, in order.
    pub(crate) keys: Vec<PublicKeyHash>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    chain: text::Chain,
    level: text::Level,
    keys: Vec<text::Address>,
    #[serde(rename = "checksum")]
    _checksum: String,
}

impl Handover {
    /// The text of the file.
    pub(crate) fn emit(&self) -> String {
        sealed::seal(self.document())
    }

    /// What people call it.
    pub(crate) fn name(&self) -> String {
        let mut name = sealed::checksum(&self.document());
        name.truncate(NAME);
        name
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Where it is not a handover, or not whole.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let file: File = sealed::open(text, FORMAT, WHAT)?;
        let keys: Vec<_> = file.keys.iter().map(|key| key.0).collect();
        ensure!(!keys.is_empty(), "it names no keys");
        Ok(Self {
            chain: file.chain.0,
            level: file.level.0,
            keys,
        })
    }

    fn document(&self) -> Map<String, Value> {
        let keys: Vec<Value> = self.keys.iter().map(|key| json!(key.to_string())).collect();
        let members = [
            ("format", json!(FORMAT)),
            ("chain", json!(self.chain.to_string())),
            ("level", json!(self.level.number())),
            ("keys", keys.into()),
        ];
        let named = members.map(|(name, value)| (name.to_owned(), value));
        Map::from_iter(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tezio_core::tezos::Curve;

    fn sample() -> Handover {
        Handover {
            chain: ChainId::MAINNET,
            level: Level::MAX,
            keys: vec![
                PublicKeyHash::new(Curve::P256, [1; 20]),
                PublicKeyHash::new(Curve::Ed25519, [2; 20]),
            ],
        }
    }

    #[test]
    fn a_handover_comes_back_whole_and_has_one_text() {
        let text = sample().emit();
        assert_eq!(Handover::parse(&text).unwrap(), sample());
        assert_eq!(Handover::parse(&text).unwrap().emit(), text);
        assert!(text.contains(&sample().name()));
    }

    #[test]
    fn another_level_is_noticed() {
        let text = sample().emit().replace("2147483647", "2147483646");
        let fault = Handover::parse(&text).unwrap_err().to_string();
        assert!(fault.contains("checksum is wrong"), "{fault}");
    }

    #[test]
    fn every_cut_is_refused() {
        let text = sample().emit();
        for length in 0..text.trim_end().len() {
            assert!(Handover::parse(&text[..length]).is_err(), "cut to {length}");
        }
    }
}
