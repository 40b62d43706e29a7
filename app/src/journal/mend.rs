//! A damaged journal: what can still be read of it, and a sound one in its place.
//!
//! ```text
//! bytes -> every record that reads -> highest of each watermark -> (raised by the operator)
//!       -> copy of the damaged file, synced -> new journal, synced -> put in place
//! ```
//!
//! The damaged file stays where it is until the new one is complete, and a copy of it is kept: a
//! power cut leaves either the one or the other, never none.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tezio_core::tezos::{ChainId, Level, PublicKeyHash};
use tezio_core::watermark::{
    Damage, Journal as Places, Keeper, Marks, Record, Recovered, Unreadable, Watermark,
};

use super::disk::{Files, read_file};
use super::{Journal, ROOM, advice};
use crate::signer::MARKS;
use crate::state::StateDirectory;

/// Copies that are kept of damaged journals.
const COPIES: u32 = 1_000;

/// A journal that does not read.
#[derive(Debug)]
pub(crate) struct Damaged {
    directory: StateDirectory,
    bytes: Vec<u8>,
    fault: Damage,
}

impl Damaged {
    /// Reads the journal of a directory.
    ///
    /// # Errors
    ///
    /// When it cannot be read at all, when it is sound, or when it is another version's.
    pub(crate) fn open(directory: StateDirectory) -> Result<Self> {
        let path = directory.journal().to_owned();
        let (_, bytes) = read_file(&path, OpenOptions::new().read(true))?;
        let shown = path.display();
        let fault = match Recovered::<MARKS>::read(&bytes) {
            Ok(_) => bail!("{shown} is sound: there is nothing to mend"),
            Err(Unreadable::Damaged(fault)) => fault,
            Err(fault @ Unreadable::Full(_)) => bail!("{}", advice(&path, &fault)),
        };
        if fault == Damage::Version && Places::salvage(&bytes).next().is_none() {
            bail!("{shown} is {fault}: run the version of tezio-signer that wrote it");
        }
        Ok(Self {
            directory,
            bytes,
            fault,
        })
    }

    /// What is wrong with it.
    pub(crate) const fn fault(&self) -> Damage {
        self.fault
    }

    /// The highest record of each watermark among those that read.
    pub(crate) fn salvaged(&self) -> Vec<Record> {
        highest(Places::salvage(&self.bytes))
    }

    /// Puts a journal of these marks in its place; where the damaged one is kept is returned as well.
    ///
    /// # Errors
    ///
    /// When there are too many, or what the disk says.
    pub(crate) fn replace(self, records: &[Record]) -> Result<(Journal, PathBuf)> {
        let mut marks = Marks::<MARKS>::new();
        for record in records {
            marks.apply(record)?;
        }
        let path = self.directory.journal().to_owned();
        let copy = keep_copy(&path, &self.bytes)
            .and_then(|copy| self.directory.sync().map(|()| copy))
            .with_context(|| format!("cannot keep a copy of {}", path.display()))?;
        let keeper = Keeper::create_with(Files::none(self.directory), marks, ROOM)
            .with_context(|| format!("cannot replace {}", path.display()))?;
        Ok((Journal(keeper), copy))
    }
}

/// Writes `bytes` beside the journal, under the first name that is free.
fn keep_copy(journal: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    for number in 1..=COPIES {
        let path = journal.with_extension(format!("journal.damaged-{number}"));
        let mut options = OpenOptions::new();
        match options.write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(
        "too many damaged journals are kept already",
    ))
}

/// Of each watermark the record with the highest mark, with a signature if one is known there, and
/// the last level that was noted for its key at last.
///
/// An operator's lowering counts for nothing here: what it undid may stand in a part that is lost.
fn highest(records: impl Iterator<Item = Record>) -> Vec<Record> {
    let mut marks = BTreeMap::<Watermark, Record>::new();
    let mut ends = BTreeMap::<(ChainId, PublicKeyHash), (u64, Option<Level>)>::new();
    for record in records {
        let Watermark { chain, key, .. } = record.watermark;
        let end = ends.entry((chain, key)).or_default();
        *end = (*end).max((record.sequence, record.last_level));
        let known = marks.entry(record.watermark).or_insert(record);
        let rank = |one: &Record| (one.mark, one.released().is_some());
        if rank(&record) > rank(known) {
            *known = record;
        }
    }
    let with_end = |mut record: Record| {
        let end = ends.get(&(record.watermark.chain, record.watermark.key));
        record.last_level = end.and_then(|(_, end)| *end);
        record
    };
    marks.into_values().map(with_end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tezio_core::tezos::{ConsensusKind, Curve, Digest, Round, Signature};
    use tezio_core::watermark::{Cause, Mark, Released};

    fn record(sequence: u64, level: u32, cause: Cause, last_level: Option<u32>) -> Record {
        Record {
            sequence,
            watermark: Watermark {
                chain: ChainId::MAINNET,
                key: PublicKeyHash::new(Curve::P256, [1; 20]),
                kind: ConsensusKind::Block,
            },
            mark: Mark {
                level: Level::new(level).unwrap(),
                round: Round::ZERO,
            },
            cause,
            last_level: last_level.and_then(Level::new),
            anchor: None,
        }
    }

    #[test]
    fn the_highest_mark_counts_and_the_latest_end() {
        let signed = Cause::Signed(Released {
            digest: Digest([1; 32]),
            signature: Signature([2; 64]),
        });
        let from = record(0, 9, Cause::Set, None).mark;
        let found = highest(
            [
                record(3, 5, Cause::Lowered { from }, Some(20)),
                record(1, 9, signed, Some(10)),
                record(2, 9, Cause::Set, Some(10)),
            ]
            .into_iter(),
        );
        assert_eq!(found, [record(1, 9, signed, Some(20))]);
    }
}
