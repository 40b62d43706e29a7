//! The journal: what was kept is found by every start, whatever the disk did to what was not; what was
//! damaged is not read as something else; and no bytes make it fail.
//!
//! Input: which of the two; a script of batches, compactions, crashes and damage; or a file, whose
//! records get right sums.

#![no_main]

use std::collections::BTreeMap;

use tezio_core::tezos::{
    ChainId, ConsensusKind, Curve, Digest, Level, PublicKeyHash, Round, Signature,
};
use tezio_core::watermark::{
    BATCH, Cause, Journal, Keeper, Mark, RECORD_BYTES, Record, Recovered, Released, Watermark,
    header,
};
use tezio_fuzz::choices::Choices;
use tezio_fuzz::memory::{self, Memory};

const MARKS: usize = 6;
const ROOM: u32 = 6;

type Kept = Keeper<Memory, MARKS>;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut choices = Choices::new(data);
    if choices.below(2) == 0 {
        Script::new(choices).play();
    } else {
        check_file(&choices.rest());
    }
});

/// Any file, its records with right sums.
fn check_file(data: &&[u8]) {
    let mut bytes = header(0, RECORD_BYTES as u64).to_vec();
    bytes.extend_from_slice(data);
    let (_, places) = bytes.split_at_mut(RECORD_BYTES);
    for place in places.chunks_exact_mut(RECORD_BYTES) {
        if let Some((covered, sum)) = place.split_last_chunk_mut::<4>()
            && *sum == [1; 4]
        {
            *sum = crc32(covered).to_be_bytes();
        }
    }
    let salvaged = Journal::salvage(&bytes).count();
    let Ok(recovered) = Recovered::<MARKS>::read(&bytes) else {
        return;
    };
    assert!(recovered.count <= salvaged);
    assert_eq!(recovered.sound_bytes, (1 + recovered.count) * RECORD_BYTES);
    assert!(recovered.next_sequence > 0 || recovered.count == 0);
    let marks = facts(recovered.marks.iter());
    let disk = Memory::default();
    disk.0
        .borrow_mut()
        .journal
        .get_or_insert_default()
        .durable
        .clone_from(&bytes);
    let mut keeper = Kept::open(disk.clone(), recovered, ROOM).expect("a sound disk");
    let opened = read(&disk);
    assert!(!opened.torn);
    assert_eq!(facts(opened.marks.iter()), marks);
    keeper.compact().expect("a sound disk");
    assert_eq!(facts(read(&disk).marks.iter()), marks);
}

/// CRC-32 as records have it, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    })
}

/// What a start reads from a disk that works.
fn read(disk: &Memory) -> Recovered<MARKS> {
    let contents = disk.0.borrow();
    let seen = contents.journal.as_ref().expect("a journal").seen();
    Recovered::read(&seen).expect("a sound journal")
}

/// What a record says, apart from its number.
type Fact = (Mark, Option<Released>, Option<Level>);

fn facts<'r>(records: impl Iterator<Item = &'r Record>) -> BTreeMap<Watermark, Fact> {
    let fact = |record: &Record| (record.mark, record.released().copied(), record.last_level);
    records
        .map(|record| (record.watermark, fact(record)))
        .collect()
}

struct Script<'a> {
    choices: Choices<'a>,
    disk: Memory,
    keeper: Option<Kept>,
    /// What is kept of each watermark.
    kept: BTreeMap<Watermark, Fact>,
    /// What may be found besides: all that was given to the disk since it last said that it has it.
    offered: Vec<(Watermark, Fact)>,
}

impl<'a> Script<'a> {
    fn new(choices: Choices<'a>) -> Self {
        let disk = Memory::default();
        let keeper = Kept::create(disk.clone(), ROOM).expect("a sound disk");
        Self {
            choices,
            disk,
            keeper: Some(keeper),
            kept: BTreeMap::new(),
            offered: Vec::new(),
        }
    }

    fn play(mut self) {
        for _ in 0..40 {
            if self.choices.is_over() {
                break;
            }
            match self.choices.below(6) {
                0..3 => self.append(),
                3 => self.compact(),
                4 => self.disk.0.borrow_mut().calls = Some(u32::from(self.choices.byte() % 16)),
                _ => self.damage(),
            }
            self.live();
        }
        self.disk.0.borrow_mut().calls = None;
        self.crash();
        self.start();
    }

    /// A batch of records that rise, or not.
    fn append(&mut self) {
        let Some(mut keeper) = self.keeper.take() else {
            return;
        };
        let first = keeper.next_sequence();
        let count = 1 + self.choices.below(4).min(BATCH - 1);
        let batch: Vec<Record> = (0..count)
            .map(|at| self.record(first + at as u64))
            .collect();
        self.offered.extend(facts(batch.iter()));
        self.offered
            .extend(batch.iter().flat_map(|one| facts([one].into_iter())));
        if keeper.append(&batch).is_ok() {
            self.kept = facts(keeper.marks().iter());
            self.offered.clear();
            self.keeper = Some(keeper);
        }
    }

    fn record(&mut self, sequence: u64) -> Record {
        let [which, level, round, cause] = core::array::from_fn(|_| self.choices.byte());
        let watermark = Watermark {
            chain: ChainId::MAINNET,
            key: PublicKeyHash::new(Curve::P256, [which % 2; 20]),
            kind: ConsensusKind::ALL[usize::from(which / 2) % 3],
        };
        let mark = Mark {
            level: Level::new(u32::from(level)).expect("a byte"),
            round: Round::new(u32::from(round % 2)).expect("a bit"),
        };
        let released = Released {
            digest: Digest([cause; 32]),
            signature: Signature([cause; 64]),
        };
        let record = Record::set(sequence, watermark, mark);
        match cause % 4 {
            0 => record,
            1 => Record {
                last_level: Some(mark.level),
                ..record
            },
            _ => Record {
                cause: Cause::Signed(released),
                ..record
            },
        }
    }

    fn compact(&mut self) {
        if let Some(mut keeper) = self.keeper.take()
            && keeper.compact().is_ok()
        {
            assert_eq!(facts(keeper.marks().iter()), self.kept);
            self.keeper = Some(keeper);
        }
    }

    /// After an error, or at the end of the disk's calls, the next start; some of those fail as well.
    fn live(&mut self) {
        for attempt in 0..4 {
            if self.keeper.is_some() {
                return;
            }
            self.crash();
            let calls =
                (attempt < 3 && self.choices.below(4) == 1).then(|| self.choices.byte() % 4);
            self.disk.0.borrow_mut().calls = calls.map(u32::from);
            self.start();
        }
    }

    fn crash(&mut self) {
        self.keeper = None;
        let choices = &mut self.choices;
        if let Some(file) = &mut self.disk.0.borrow_mut().journal {
            file.crash(|| match choices.below(4) {
                0 => memory::Kept::None,
                1 => memory::Kept::All,
                // A word at a time: no sum is torn.
                _ => memory::Kept::Begin(choices.below(64) * 4),
            });
        }
    }

    /// Everything kept is found, and nothing that was never written.
    fn start(&mut self) {
        let recovered = read(&self.disk);
        let found = facts(recovered.marks.iter());
        for (watermark, kept) in &self.kept {
            let found = found.get(watermark).expect("a watermark that was kept");
            assert!(
                found.0 >= kept.0,
                "{watermark}: {} after {}",
                found.0,
                kept.0
            );
            let changed = found != kept;
            assert!(!changed || self.offered.contains(&(*watermark, *found)));
            assert!(found.0 > kept.0 || kept.1.is_none() || kept.1 == found.1);
        }
        let known = |one: &Watermark| self.kept.contains_key(one);
        let mut new = found.iter().filter(|(one, _)| !known(one));
        assert!(new.all(|(one, fact)| self.offered.contains(&(*one, *fact))));
        let keeper = Kept::open(self.disk.clone(), recovered, ROOM);
        let limited = self.disk.0.borrow().calls.is_some();
        assert!(keeper.is_ok() || limited, "a start fails on a sound disk");
        if let Ok(keeper) = keeper {
            self.keeper = Some(keeper);
            self.kept = found;
            self.offered.clear();
        }
    }

    /// A copy with a bit flipped says the same, or that it is damaged.
    fn damage(&mut self) {
        let (place, bit) = (self.choices.number(), self.choices.below(8));
        let contents = self.disk.0.borrow();
        let Some(file) = &contents.journal else {
            return;
        };
        let mut copy = file.seen();
        let before = Recovered::<MARKS>::read(&copy).map(|one| facts(one.marks.iter()));
        let at = usize::from(place) % copy.len();
        copy[at] ^= 1 << bit;
        if let Ok(read) = Recovered::<MARKS>::read(&copy) {
            assert_eq!(Ok(facts(read.marks.iter())), before, "byte {at}");
        }
    }
}
