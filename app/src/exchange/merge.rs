//! Marks from elsewhere against marks that are known: the higher counts, and two messages signed at
//! one mark are never passed over.

use std::collections::BTreeMap;

use tezio_core::tezos::{Digest, Level};
use tezio_core::watermark::{Cause, Mark, Record, Watermark};

use super::Incoming;

/// Two different messages were signed at one mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "TWO DIFFERENT MESSAGES WERE SIGNED: {watermark} at {mark}, with the digests {one} and {other}. \
     Nothing was taken over. Find out who signs with this key besides the signer you trust, and stop \
     them, before you sign anything"
)]
pub(crate) struct SignedTwice {
    watermark: Watermark,
    mark: Mark,
    one: Digest,
    other: Digest,
}

/// What a mark from elsewhere changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There was none.
    New,
    /// It is higher than what was known.
    Raised,
    /// It is the one known, and brings the signature made there.
    Signature,
    /// It is the one known, and brings the last level that may be signed.
    LastLevel,
    /// It is the one known.
    Same,
    /// What is known is higher.
    Higher,
}

impl Outcome {
    /// In a word or two.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Raised => "raised",
            Self::Signature => "signature added",
            Self::LastLevel => "last level added",
            Self::Same => "already there",
            Self::Higher => "already higher",
        }
    }
}

/// Makes one of all marks for each watermark: the highest, with its signature.
///
/// # Errors
///
/// [`SignedTwice`].
pub(crate) fn highest(
    marks: impl IntoIterator<Item = Incoming>,
) -> Result<BTreeMap<Watermark, Incoming>, SignedTwice> {
    let mut highest = BTreeMap::new();
    for incoming in marks {
        let known = highest.entry(incoming.watermark).or_insert(incoming);
        check(known, &incoming)?;
        let rank = |one: &Incoming| (one.mark, one.released.is_some());
        let last_level = lower(known.last_level, incoming.last_level);
        if rank(&incoming) > rank(known) {
            *known = incoming;
        }
        known.last_level = last_level;
    }
    Ok(highest)
}

/// What `incoming` changes of what is known, and the record that does so. `last_level` is the one in
/// force for this watermark; it is never raised.
///
/// # Errors
///
/// [`SignedTwice`].
pub(crate) fn merge(
    known: Option<&Record>,
    last_level: Option<Level>,
    incoming: &Incoming,
) -> Result<(Outcome, Option<Record>), SignedTwice> {
    let record = Record {
        cause: incoming.released.map_or(Cause::Set, Cause::Signed),
        last_level: lower(last_level, incoming.last_level),
        ..Record::set(0, incoming.watermark, incoming.mark)
    };
    let Some(known) = known else {
        return Ok((Outcome::New, Some(record)));
    };
    if known.mark > incoming.mark {
        return Ok((Outcome::Higher, None));
    }
    if known.mark < incoming.mark {
        return Ok((Outcome::Raised, Some(record)));
    }
    check(&Incoming::from(known), incoming)?;
    Ok(
        if known.released().is_none() && incoming.released.is_some() {
            (Outcome::Signature, Some(record))
        } else if known.last_level != record.last_level {
            let last_level = record.last_level;
            (
                Outcome::LastLevel,
                Some(Record {
                    last_level,
                    ..*known
                }),
            )
        } else {
            (Outcome::Same, None)
        },
    )
}

fn check(one: &Incoming, other: &Incoming) -> Result<(), SignedTwice> {
    match (one.released, other.released) {
        (Some(a), Some(b)) if one.mark == other.mark && a.digest != b.digest => Err(SignedTwice {
            watermark: one.watermark,
            mark: one.mark,
            one: a.digest,
            other: b.digest,
        }),
        _ => Ok(()),
    }
}

/// The lower of two last levels, where none is without end.
fn lower(one: Option<Level>, other: Option<Level>) -> Option<Level> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, None) => one,
        (None, other) => other,
    }
}

impl From<&Record> for Incoming {
    fn from(record: &Record) -> Self {
        Self {
            watermark: record.watermark,
            mark: record.mark,
            released: record.released().copied(),
            last_level: record.last_level,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tezio_core::tezos::{ChainId, ConsensusKind, Curve, PublicKeyHash, Round, Signature};
    use tezio_core::watermark::Released;

    fn at(level: u32, round: u32, digest: Option<u8>) -> Incoming {
        Incoming {
            watermark: Watermark {
                chain: ChainId::MAINNET,
                key: PublicKeyHash::new(Curve::P256, [1; 20]),
                kind: ConsensusKind::Block,
            },
            mark: Mark {
                level: Level::new(level).unwrap(),
                round: Round::new(round).unwrap(),
            },
            released: digest.map(|byte| Released {
                digest: Digest([byte; 32]),
                signature: Signature([byte; 64]),
            }),
            last_level: None,
        }
    }

    fn ending(last: u32, incoming: Incoming) -> Incoming {
        Incoming {
            last_level: Level::new(last),
            ..incoming
        }
    }

    fn record(incoming: &Incoming) -> Record {
        merge(None, None, incoming).unwrap().1.unwrap()
    }

    /// What becomes of a known mark when another comes in.
    fn after(known: &Incoming, incoming: &Incoming) -> (Outcome, Incoming) {
        let known = record(known);
        let (outcome, new) = merge(Some(&known), known.last_level, incoming).unwrap();
        let new = new.unwrap_or(known);
        assert!(new.supersedes(&known), "{outcome:?}");
        (outcome, Incoming::from(&new))
    }

    #[test]
    fn the_higher_mark_counts_and_brings_its_signature() {
        let known = at(7, 1, Some(1));
        for higher in [at(7, 2, Some(2)), at(8, 0, None)] {
            assert_eq!(after(&known, &higher), (Outcome::Raised, higher));
            assert_eq!(after(&higher, &known), (Outcome::Higher, higher));
        }
    }

    #[test]
    fn at_an_equal_mark_the_signature_counts() {
        let (with, without) = (at(7, 1, Some(1)), at(7, 1, None));
        assert_eq!(after(&without, &with), (Outcome::Signature, with));
        assert_eq!(after(&with, &without), (Outcome::Same, with));
        assert_eq!(after(&with, &with), (Outcome::Same, with));
    }

    #[test]
    fn two_messages_at_one_mark_are_told() {
        let (one, other) = (at(7, 1, Some(1)), at(7, 1, Some(2)));
        merge(Some(&record(&one)), None, &other).unwrap_err();
        highest([one, other]).unwrap_err();
        highest([other, at(8, 0, None), one]).unwrap();
    }

    #[test]
    fn a_last_level_is_never_raised() {
        let known = at(7, 1, Some(1));
        let bounded = ending(20, known);
        assert_eq!(after(&known, &bounded), (Outcome::LastLevel, bounded));
        assert_eq!(after(&bounded, &known), (Outcome::Same, bounded));
        let lower = ending(10, known);
        assert_eq!(after(&bounded, &lower), (Outcome::LastLevel, lower));
        assert_eq!(after(&lower, &bounded), (Outcome::Same, lower));
        let higher = at(9, 0, None);
        let expected = (Outcome::Raised, ending(10, higher));
        assert_eq!(after(&lower, &higher), expected);
    }

    #[test]
    fn of_several_the_highest_remains() {
        let all = [at(7, 1, None), ending(9, at(8, 0, Some(1))), at(8, 0, None)];
        let found = highest(all).unwrap();
        assert_eq!(found.into_values().collect::<Vec<_>>(), [all[1]]);
    }
}
