//! The values of the command line that are more than a number or a path. What is wrong with one is
//! said before anything is done.

use tezio_core::tezos::{ChainId, ConsensusKind, Level, PublicKeyHash, Round};

/// A level, of one chain or of the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LevelOf {
    /// The chain; `None` when there is but one.
    pub(crate) chain: Option<ChainId>,
    /// The level.
    pub(crate) level: Level,
}

pub(super) fn chain(text: &str) -> Result<ChainId, String> {
    ChainId::from_base58(text).map_err(|fault| format!("no chain id (Net…): {fault}"))
}

pub(super) fn key(text: &str) -> Result<PublicKeyHash, String> {
    PublicKeyHash::from_base58(text)
        .map_err(|fault| format!("no key's address (tz1…, tz2…, tz3…): {fault}"))
}

pub(super) fn kind(text: &str) -> Result<ConsensusKind, String> {
    let mut kinds = ConsensusKind::ALL.into_iter();
    kinds
        .find(|kind| kind.to_string() == text)
        .ok_or_else(|| "no kind: it is block, preattestation or attestation".to_owned())
}

pub(super) fn level(text: &str) -> Result<Level, String> {
    Ok(Level::try_from(number(text)?)?)
}

pub(super) fn round(text: &str) -> Result<Round, String> {
    Ok(Round::try_from(number(text)?)?)
}

/// `LEVEL` or `CHAIN=LEVEL`.
pub(super) fn level_of(text: &str) -> Result<LevelOf, String> {
    let (named, number) = match text.split_once('=') {
        Some((name, number)) => (Some(chain(name)?), number),
        None => (None, text),
    };
    Ok(LevelOf {
        chain: named,
        level: level(number)?,
    })
}

fn number(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| "no number from 0 to 2147483647".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_may_name_its_chain() {
        let number = Level::new(7).unwrap();
        let plain = level_of("7").unwrap();
        assert_eq!((plain.chain, plain.level), (None, number));
        let named = level_of("NetXdQprcVkpaWU=7").unwrap();
        assert_eq!((named.chain, named.level), (Some(ChainId::MAINNET), number));
        for wrong in ["", "-1", "2147483648", "NetX=7", "NetXdQprcVkpaWU="] {
            assert!(level_of(wrong).is_err(), "{wrong}");
        }
    }
}
