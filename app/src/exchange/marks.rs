//! The export of this program: every mark, with the signature made there.
//!
//! ```text
//! {"format": "tezio-signer marks 1", "exported": <seconds since 1970>,
//!  "marks": [{"chain", "key", "kind", "level", "round", "digest"?, "signature"?, "last_level"?}],
//!  "checksum": <hex>}
//! ```

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tezio_core::time::UnixSeconds;
use tezio_core::watermark::{Mark, Record, Watermark};

use super::signature::{DigestText, released};
use super::{Incoming, sealed};
use crate::config::text::{Address, Chain, Kind, Level, Round};

const FORMAT: &str = "tezio-signer marks 1";
const WHAT: &str = "an export of tezio-signer's marks";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "exported")]
    _exported: u64,
    marks: Vec<Entry>,
    #[serde(rename = "checksum")]
    _checksum: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    chain: Chain,
    key: Address,
    kind: Kind,
    level: Level,
    round: Round,
    #[serde(default)]
    digest: Option<DigestText>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    last_level: Option<Level>,
}

/// The text of an export.
pub(crate) fn export(records: &[Record], now: UnixSeconds) -> String {
    let mut document = Map::new();
    document.insert("format".to_owned(), FORMAT.into());
    document.insert("exported".to_owned(), now.0.into());
    let marks: Vec<Value> = records.iter().map(|record| entry(record).into()).collect();
    document.insert("marks".to_owned(), marks.into());
    sealed::seal(document)
}

/// One mark as the export has it.
pub(crate) fn entry(record: &Record) -> Map<String, Value> {
    let Watermark { chain, key, kind } = record.watermark;
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| drop(entry.insert(name.to_owned(), value));
    put("chain", json!(chain.to_string()));
    put("key", json!(key.to_string()));
    put("kind", json!(kind.to_string()));
    put("level", json!(record.mark.level.number()));
    put("round", json!(record.mark.round.number()));
    if let Some(released) = record.released() {
        let signature = released.signature.to_base58(key.curve());
        put("digest", json!(released.digest.to_string()));
        put("signature", json!(signature.as_str()));
    }
    if let Some(last) = record.last_level {
        put("last_level", json!(last.number()));
    }
    entry
}

/// Reads an export.
///
/// # Errors
///
/// Where it is not one, or not whole.
pub(crate) fn parse(text: &str) -> Result<Vec<Incoming>> {
    let file: File = sealed::open(text, FORMAT, WHAT)?;
    file.marks.iter().map(Entry::incoming).collect()
}

impl Entry {
    fn incoming(&self) -> Result<Incoming> {
        let key = self.key.0;
        let watermark = Watermark {
            chain: self.chain.0,
            key,
            kind: self.kind.0,
        };
        let released = match (&self.digest, &self.signature) {
            (Some(digest), Some(text)) => Some(released(key, digest.0, text)?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                bail!("the mark of {watermark} has only one of digest and signature")
            }
        };
        Ok(Incoming {
            watermark,
            mark: Mark {
                level: self.level.0,
                round: self.round.0,
            },
            released,
            last_level: self.last_level.map(|last| last.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tezio_core::tezos::{ChainId, ConsensusKind, Curve, Digest, PublicKeyHash, Signature};
    use tezio_core::watermark::{Cause, Released};

    fn records() -> Vec<Record> {
        let signed = Cause::Signed(Released {
            digest: Digest([7; 32]),
            signature: Signature([8; 64]),
        });
        let curves = [Curve::Ed25519, Curve::Secp256k1, Curve::P256];
        let of = |curve, cause, last_level| Record {
            cause,
            last_level,
            ..Record::set(
                0,
                Watermark {
                    chain: ChainId::MAINNET,
                    key: PublicKeyHash::new(curve, [1; 20]),
                    kind: ConsensusKind::Block,
                },
                Mark::default(),
            )
        };
        let signed = curves.map(|curve| of(curve, signed, None));
        let last = Some(tezio_core::tezos::Level::MAX);
        [&signed[..], &[of(Curve::P256, Cause::Set, last)]].concat()
    }

    #[test]
    fn an_export_comes_back_whole() {
        let records = records();
        let expected: Vec<Incoming> = records
            .iter()
            .map(|record| Incoming {
                watermark: record.watermark,
                mark: record.mark,
                released: record.released().copied(),
                last_level: record.last_level,
            })
            .collect();
        let text = export(&records, UnixSeconds(1_000));
        assert_eq!(parse(&text).unwrap(), expected);
    }

    /// An end of line more or less is no change; anything else is.
    #[test]
    fn every_cut_is_refused() {
        let text = export(&records(), UnixSeconds(1_000));
        for length in 0..text.trim_end().len() {
            assert!(parse(&text[..length]).is_err(), "cut to {length}");
        }
    }
}
