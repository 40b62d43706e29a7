//! The high watermarks of octez-signer.
//!
//! ```text
//! <base directory>/<kind>_high_watermarks
//! {<chain id>: {<address>: {"level", "round"?, "hash"?: <BLAKE2b-256, hex>, "signature"?}}}
//! ```
//!
//! Layout: Octez, `src/bin_signer/handler.ml`, at commit `d26a8bef8215`. Before Octez 23 votes had
//! other names, and both files may be there: the higher mark counts. The old name of attestations was
//! also that of Emmy's endorsements, whose levels are long past.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use tezio_core::tezos::{ConsensusKind, PublicKeyHash, Round as RoundNumber};
use tezio_core::watermark::{Mark, Released, Watermark};

use super::Incoming;
use super::pairs::Pairs;
use super::signature::{DigestText, is_ours, released};
use crate::config::text::{Address, Chain, Level, Round};

/// The files of a base directory, and what they are about.
pub(crate) const FILES: [(&str, ConsensusKind); 5] = [
    ("block_high_watermarks", ConsensusKind::Block),
    (
        "preattestation_high_watermarks",
        ConsensusKind::Preattestation,
    ),
    (
        "preendorsement_high_watermarks",
        ConsensusKind::Preattestation,
    ),
    ("attestation_high_watermarks", ConsensusKind::Attestation),
    ("endorsement_high_watermarks", ConsensusKind::Attestation),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    level: Level,
    #[serde(default)]
    round: Option<Round>,
    #[serde(default)]
    hash: Option<DigestText>,
    #[serde(default)]
    signature: Option<String>,
}

/// Reads one file.
///
/// # Errors
///
/// Where it is not what is above.
pub(crate) fn parse(kind: ConsensusKind, text: &str) -> Result<Vec<Incoming>> {
    let Pairs(chains) = serde_json::from_str::<Pairs<Chain, Pairs<Address, Entry>>>(text)?;
    let mut marks = Vec::new();
    for (Chain(chain), Pairs(keys)) in chains {
        for (Address(key), entry) in keys {
            let watermark = Watermark { chain, key, kind };
            let incoming = entry.incoming(watermark);
            marks.push(incoming.with_context(|| format!("in the mark of {watermark}"))?);
        }
    }
    Ok(marks)
}

impl Entry {
    /// A mark without a round is of Emmy's days and stands for all rounds of its level.
    fn incoming(&self, watermark: Watermark) -> Result<Incoming> {
        let released = match &self.round {
            Some(_) => self.released(watermark.key)?,
            None => None,
        };
        let round = self.round.map_or(RoundNumber::MAX, |round| round.0);
        Ok(Incoming {
            watermark,
            mark: Mark {
                level: self.level.0,
                round,
            },
            released,
            last_level: None,
        })
    }

    fn released(&self, key: PublicKeyHash) -> Result<Option<Released>> {
        let signed = self.hash.as_ref().zip(self.signature.as_ref());
        signed
            .filter(|_| is_ours(key.curve()))
            .map(|(digest, text)| released(key, digest.0, text))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tezio_core::tezos::Digest;

    /// As octez-signer's handler writes it; address and signature are of Octez' documentation and
    /// tests.
    const FILE: &str = r#"{ "NetXdQprcVkpaWU":
        { "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr":
            { "level": 10000001, "round": 2,
              "hash": "0000000000000000000000000000000000000000000000000000000000000007" },
          "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn":
            { "level": 5, "round": 0,
              "hash": "0000000000000000000000000000000000000000000000000000000000000008",
              "signature": "BLsig…" } },
      "NetXnHfVqm9iesp":
        { "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr": { "level": 7 } } }"#;

    fn read(text: &str) -> Result<Vec<Incoming>> {
        parse(ConsensusKind::Block, text)
    }

    #[test]
    fn marks_of_all_chains_and_keys_are_read() {
        let marks = read(FILE).unwrap();
        let found: Vec<_> = marks
            .iter()
            .map(|one| (one.mark.level.number(), one.mark.round.number()))
            .collect();
        assert_eq!(found, [(10_000_001, 2), (5, 0), (7, 0x7fff_ffff)]);
        assert!(marks.iter().all(|one| one.released.is_none()));
    }

    #[test]
    fn a_signature_comes_along_if_its_curve_is_the_key_s() {
        let signature = tezio_core::tezos::Signature([9; 64]);
        let with = |curve| {
            let text = signature.to_base58(curve);
            let old = "000007\"";
            let new = format!("{old}, \"signature\": \"{text}\"");
            read(&FILE.replace(old, &new))
        };
        let marks = with(tezio_core::tezos::Curve::Ed25519).unwrap();
        let mut digest = [0; 32];
        digest[31] = 7;
        let expected = Released {
            digest: Digest(digest),
            signature,
        };
        assert_eq!(marks[0].released, Some(expected));
        let fault = with(tezio_core::tezos::Curve::P256).unwrap_err();
        assert!(
            format!("{fault:#}").contains("of another curve"),
            "{fault:#}"
        );
    }

    #[test]
    fn faults_are_refused_with_their_place() {
        for (from, to, reason) in [
            ("10000001", "-1", "at line 3 column"),
            ("10000001", "2147483648", "at most 2147483647"),
            ("\"round\": 2", "\"wheel\": 2", "unknown field `wheel`"),
            ("NetXdQ", "NetXdR", "is not a chain id"),
            ("tz1So", "tz1Sp", "is not a key's address"),
            ("000007", "07", "is not a digest"),
            ("} } }", "} } } {", "trailing characters at line 10"),
        ] {
            let fault = read(&FILE.replace(from, to)).unwrap_err();
            assert!(format!("{fault:#}").contains(reason), "{from}: {fault:#}");
        }
    }

    /// JSON's objects may have a name twice; the higher mark may be either.
    #[test]
    fn a_chain_or_key_that_is_there_twice_is_read_twice() {
        let twice = FILE.replace("NetXnHfVqm9iesp", "NetXdQprcVkpaWU");
        assert_eq!(read(&twice).unwrap().len(), 3);
    }
}
