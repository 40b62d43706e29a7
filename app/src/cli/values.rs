//! The values of the command line that are more than a number or a path. What is wrong with one is
//! said before anything is done.

use tezio_core::tezos::{ChainId, ConsensusKind, Level, PublicKeyHash, Round};

use crate::audit::Hash;
use crate::wall_clock;

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

pub(super) fn hash(text: &str) -> Result<Hash, String> {
    Hash::parse(text.as_bytes())
        .ok_or_else(|| "no hash: it has 64 hex digits, small ones".to_owned())
}

/// A time, as the begin of a UTC time stamp: the stamps from then on are not before it.
pub(super) fn since(text: &str) -> Result<String, String> {
    let form = "no time: it is 2026-11-24, 2026-11-24T06:30, or 90m, 12h, 7d ago".to_owned();
    if let Some(unit @ ("s" | "m" | "h" | "d")) = text.get(text.len().saturating_sub(1)..) {
        let seconds = match unit {
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            _ => 1,
        };
        let count = text.trim_end_matches(unit).parse::<u64>();
        let ago = count.ok().and_then(|count| count.checked_mul(seconds));
        let ago = ago.ok_or(form)?;
        return Ok(wall_clock::date(wall_clock::now().saturating_sub(ago)));
    }
    let (stamp, example) = (text.trim_end_matches('Z'), b"2026-11-24T06:30:00.000");
    let same = |(given, like): (u8, &u8)| match like {
        b'0'..=b'9' => given.is_ascii_digit(),
        _ => given == *like,
    };
    let sound = ("2026".len()..=example.len()).contains(&stamp.len())
        && stamp.bytes().zip(example).all(same);
    sound.then(|| stamp.to_owned()).ok_or(form)
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
    fn a_time_is_a_date_a_stamp_or_so_long_ago() {
        for (text, begin) in [
            ("2026-11-24", "2026-11-24"),
            ("2026-11-24T06:30", "2026-11-24T06:30"),
            ("2026-11-24T06:30:00Z", "2026-11-24T06:30:00"),
        ] {
            assert_eq!(since(text).as_deref(), Ok(begin));
        }
        let before = wall_clock::date(wall_clock::now() - 7 * 86_400);
        let week = since("7d").unwrap();
        assert!(week >= before && week < wall_clock::date(wall_clock::now()));
        for wrong in [
            "",
            "d",
            "yesterday",
            "24.11.2026",
            "-1d",
            "2026-11-24 06:30",
            "99999999999999999999d",
        ] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }

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
