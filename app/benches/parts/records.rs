//! Records on the disk: written behind the others and synced, by the core's keeper.

use core::fmt::Write as _;
use core::time::Duration;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Instant;

use tezio_core::tezos::{ConsensusKind, Curve, Level, PublicKeyHash, Round};
use tezio_core::watermark::{BATCH, Disk, Keeper, Mark, Record, Watermark};

use crate::message::CHAIN;

/// How often each batch is appended.
const TIMES: usize = 60;

/// A file as the daemon's journal has it, without its look at the directory.
struct Bare(File);

impl Disk for Bare {
    type Error = io::Error;

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write_new(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write(offset, bytes)
    }

    fn sync_new(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn discard_new(&mut self) {}

    fn replace(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn table(folder: &Path) -> io::Result<String> {
    let mut table = String::from(
        "### Records on the disk\n\nAppended and synced; microseconds for the whole batch.\n\n\
         | records | p50 | p90 | max |\n| --- | --- | --- | --- |\n",
    );
    for count in [1, 4, BATCH] {
        let file = File::create_new(folder.join(count.to_string()))?;
        let mut took = appended(Bare(file), count)?;
        took.sort_unstable();
        let at = |percent: usize| took[(TIMES * percent / 100).min(TIMES - 1)].as_micros();
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {count} | {} | {} | {} |", at(50), at(90), at(100));
    }
    Ok(table + "\n")
}

fn appended(disk: Bare, count: usize) -> io::Result<Vec<Duration>> {
    let mut keeper = Keeper::<_, 192>::create(disk, 2048)?;
    (0..TIMES)
        .map(|_| {
            let next = keeper.next_sequence();
            let batch: Vec<_> = (next..).take(count).map(record).collect();
            let begun = Instant::now();
            keeper
                .append(&batch)
                .map_err(|error| io::Error::other(error.to_string()))?;
            Ok(begun.elapsed())
        })
        .collect()
}

fn record(sequence: u64) -> Record {
    let watermark = Watermark {
        chain: CHAIN,
        key: PublicKeyHash::new(Curve::P256, [7; 20]),
        kind: ConsensusKind::Attestation,
    };
    let mark = Mark {
        level: Level::ZERO,
        round: Round::ZERO,
    };
    Record::set(sequence, watermark, mark)
}
