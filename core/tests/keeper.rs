//! The keeper of the journal over a disk in memory: what is written where, what is synced when, and
//! that a start finds what was kept.

use core::cell::Cell;
use std::rc::Rc;

use tezio_core::tezos::{
    ChainId, ConsensusKind, Curve, Digest, Level, PublicKeyHash, Round, Signature,
};
use tezio_core::watermark::{
    BATCH, Cause, Compaction, Disk, KeepError, Keeper, LedgerFull, Mark, Marks, RECORD_BYTES,
    Record, Recovered, Released, Watermark, header,
};

const ROOM: u32 = 4;
const FRESH: usize = RECORD_BYTES * (1 + ROOM as usize);

type Small = Keeper<Memory, 2>;

/// What the keeper had done, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Write(u64, usize),
    Sync,
    WriteNew,
    SyncNew,
    Replace,
}

/// Two files in memory that fail at one call.
#[derive(Debug, Default)]
struct Memory {
    journal: Vec<u8>,
    new: Vec<u8>,
    calls: Vec<Call>,
    fails_at: Rc<Cell<Option<Call>>>,
}

impl Memory {
    fn call(&mut self, call: Call) -> Result<(), Call> {
        self.calls.push(call);
        if self.fails_at.get() == Some(call) {
            Err(call)
        } else {
            Ok(())
        }
    }
}

fn put(file: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let start = usize::try_from(offset).unwrap();
    let end = start + bytes.len();
    file.resize(file.len().max(end), 0);
    file[start..end].copy_from_slice(bytes);
}

impl Disk for Memory {
    type Error = Call;

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Call> {
        put(&mut self.journal, offset, bytes);
        self.call(Call::Write(offset, bytes.len()))
    }

    fn sync(&mut self) -> Result<(), Call> {
        self.call(Call::Sync)
    }

    fn write_new(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Call> {
        if offset == 0 {
            self.new.clear();
        }
        put(&mut self.new, offset, bytes);
        self.call(Call::WriteNew)
    }

    fn sync_new(&mut self) -> Result<(), Call> {
        self.call(Call::SyncNew)
    }

    fn discard_new(&mut self) {
        self.new.clear();
    }

    fn replace(&mut self) -> Result<(), Call> {
        self.journal = core::mem::take(&mut self.new);
        self.call(Call::Replace)
    }
}

fn record(sequence: u64, kind: ConsensusKind, level: u32) -> Record {
    let watermark = Watermark {
        chain: ChainId::MAINNET,
        key: PublicKeyHash::new(Curve::P256, [1; 20]),
        kind,
    };
    let mark = Mark {
        level: Level::new(level).unwrap(),
        round: Round::ZERO,
    };
    Record {
        cause: Cause::Signed(Released {
            digest: Digest([7; 32]),
            signature: Signature([u8::try_from(level % 251).unwrap(); 64]),
        }),
        ..Record::set(sequence, watermark, mark)
    }
}

fn block(sequence: u64, level: u32) -> Record {
    record(sequence, ConsensusKind::Block, level)
}

fn fresh() -> Small {
    Keeper::create(Memory::default(), ROOM).unwrap()
}

/// A start on a journal.
fn open_with(journal: Vec<u8>) -> Result<Small, Call> {
    let recovered = Recovered::read(&journal).unwrap();
    let disk = Memory {
        journal,
        ..Memory::default()
    };
    Keeper::open(disk, recovered, ROOM)
}

/// A start on what the keeper left.
fn reopened(keeper: &Small) -> Small {
    let journal = keeper.disk().journal.clone();
    open_with(journal).unwrap()
}

fn kept(keeper: &Small) -> Vec<Record> {
    keeper.marks().iter().copied().collect()
}

#[test]
fn a_fresh_journal_is_complete_and_synced_before_it_is_put_in_place() {
    let keeper = fresh();
    let calls = &keeper.disk().calls;
    let last = &calls[calls.len() - 2..];
    assert_eq!(last, [Call::SyncNew, Call::Replace]);
    let header = header(0, FRESH as u64);
    assert!(keeper.disk().journal.starts_with(&header));
    assert_eq!(keeper.disk().journal.len(), FRESH);
    assert_eq!(kept(&reopened(&keeper)), []);
}

#[test]
fn a_batch_is_one_write_and_one_sync_and_a_start_finds_it() {
    let mut keeper = fresh();
    let batch = [
        block(0, 5),
        block(1, 6),
        record(2, ConsensusKind::Attestation, 5),
    ];
    keeper.append(&batch).unwrap();
    let calls = &keeper.disk().calls;
    let place = RECORD_BYTES as u64;
    let last = &calls[calls.len() - 2..];
    assert_eq!(last, [Call::Write(place, 3 * RECORD_BYTES), Call::Sync]);
    assert_eq!(
        keeper.disk().journal.len(),
        FRESH,
        "in room laid down before"
    );
    let again = reopened(&keeper);
    assert_eq!(kept(&again), [batch[1], batch[2]]);
    assert_eq!(again.next_sequence(), 3);
}

/// A keeper over a disk that will fail at `call`.
fn failing(call: Call) -> Small {
    let disk = Memory::default();
    let fails_at = Rc::clone(&disk.fails_at);
    let keeper = Keeper::create(disk, ROOM).unwrap();
    fails_at.set(Some(call));
    keeper
}

#[test]
fn what_the_disk_does_not_take_is_not_kept() {
    let write = Call::Write(RECORD_BYTES as u64, RECORD_BYTES);
    let mut keeper = failing(write);
    assert_eq!(keeper.append(&[block(0, 5)]), Err(KeepError::Disk(write)));
    assert_eq!((kept(&keeper), keeper.next_sequence()), (vec![], 0));
}

/// Linux counts as written what a failed sync did not write, names of files included: what a start
/// reads may be in memory alone, and another sync would do nothing about it.
#[test]
fn a_start_puts_all_that_it_read_in_place_anew_before_anything_is_made_of_it() {
    let mut keeper = fresh();
    keeper.append(&[block(0, 5), block(1, 6)]).unwrap();
    let old = keeper.disk().journal.clone();
    for call in [Call::WriteNew, Call::SyncNew, Call::Replace] {
        let disk = Memory {
            journal: old.clone(),
            fails_at: Rc::new(Cell::new(Some(call))),
            ..Memory::default()
        };
        let recovered = Recovered::<2>::read(&old).unwrap();
        let refused = Keeper::open(disk, recovered, ROOM);
        assert_eq!(refused.unwrap_err(), call);
    }
    let keeper = open_with(old).unwrap();
    assert_eq!(kept(&keeper), [block(1, 6)]);
    assert_eq!(keeper.disk().journal.len(), FRESH + RECORD_BYTES);
}

#[test]
fn records_out_of_order_or_too_many_are_not_written() {
    let mut keeper = fresh();
    keeper.append(&[block(0, 5)]).unwrap();
    let before = keeper.disk().calls.len();
    for (batch, expected, found) in [
        (vec![block(0, 6)], 1, 0),
        (vec![block(2, 6)], 1, 2),
        (vec![block(1, 6), block(1, 7)], 2, 1),
        (vec![block(1, 6), block(3, 7)], 2, 3),
    ] {
        let order = KeepError::Order { expected, found };
        assert_eq!(keeper.append(&batch), Err(order));
    }
    let many: Vec<Record> = (1..).map(|at| block(at, 6)).take(BATCH + 1).collect();
    assert_eq!(keeper.append(&many), Err(KeepError::Batch(BATCH + 1)));
    assert_eq!(keeper.disk().calls.len(), before);
    assert_eq!(keeper.append(&many[..BATCH]), Ok(()));
}

#[test]
fn a_torn_tail_is_wiped_before_the_next_record_is_written() {
    let mut keeper = fresh();
    keeper.append(&[block(0, 5)]).unwrap();
    let mut journal = keeper.disk().journal.clone();
    // The batch behind it lost its first record in a power cut, and kept its second.
    let second = block(2, 7).emit(1);
    journal[3 * RECORD_BYTES..4 * RECORD_BYTES].copy_from_slice(&second);
    assert!(Recovered::<2>::read(&journal).unwrap().torn);
    let mut keeper = open_with(journal).unwrap();
    assert_eq!(keeper.disk().calls.last(), Some(&Call::Replace));
    keeper.append(&[block(1, 9)]).unwrap();
    let again = reopened(&keeper);
    assert_eq!(
        (kept(&again), again.next_sequence()),
        (vec![block(1, 9)], 2)
    );
}

#[test]
fn compaction_keeps_every_mark_and_goes_on_where_it_was() {
    let mut keeper = fresh();
    let vote = record(0, ConsensusKind::Attestation, 3);
    keeper.append(&[vote]).unwrap();
    for at in 1..u64::from(ROOM) {
        assert!(!keeper.is_full(), "record {at}");
        let level = u32::try_from(at).unwrap();
        keeper.append(&[block(at, level)]).unwrap();
    }
    assert!(keeper.is_full());
    assert_eq!(keeper.compact(), Ok(Compaction::Done));
    assert!(!keeper.is_full() && !keeper.is_overfull());
    let next = u64::from(ROOM);
    keeper.append(&[block(next, 50)]).unwrap();
    let again = reopened(&keeper);
    assert_eq!(again.next_sequence(), next + 1);
    let marks: Vec<_> = again
        .marks()
        .iter()
        .map(|record| (record.mark, record.cause))
        .collect();
    let newest = block(0, 50);
    assert_eq!(
        marks,
        [(vote.mark, vote.cause), (newest.mark, newest.cause)]
    );
}

#[test]
fn without_room_for_a_new_journal_the_old_one_goes_on() {
    for call in [Call::WriteNew, Call::SyncNew] {
        let mut keeper = failing(call);
        keeper.append(&[block(0, 5), block(1, 6)]).unwrap();
        assert_eq!(keeper.compact(), Ok(Compaction::NoRoom(call)));
        assert!(!keeper.is_full(), "it is not tried again at once");
        keeper.append(&[block(2, 7)]).unwrap();
        assert_eq!(kept(&reopened(&keeper)), [block(2, 7)]);
    }
}

#[test]
fn a_journal_that_may_be_either_one_is_reported() {
    let mut keeper = failing(Call::Replace);
    assert_eq!(keeper.compact(), Err(Call::Replace));
}

#[test]
fn an_operators_mark_needs_room_and_gets_the_next_number() {
    let mut keeper = fresh();
    for kind in [ConsensusKind::Block, ConsensusKind::Attestation] {
        keeper.set(record(99, kind, 5)).unwrap();
    }
    assert_eq!(keeper.next_sequence(), 2);
    let third = record(99, ConsensusKind::Preattestation, 5);
    let full = LedgerFull { capacity: 2 };
    assert_eq!(keeper.set(third), Err(KeepError::Full(full)));
    assert_eq!(keeper.set(block(99, 6)), Ok(()));
    assert_eq!(kept(&reopened(&keeper)).len(), 2);
}

/// A journal made anew from marks that were salvaged has them all, whatever numbers they had.
#[test]
fn a_journal_can_be_made_with_marks_in_it() {
    let mut marks = Marks::new();
    let attestation = record(40, ConsensusKind::Attestation, 9);
    for salvaged in [block(77, 7), attestation] {
        marks.apply(&salvaged).unwrap();
    }
    let mut keeper: Small = Keeper::create_with(Memory::default(), marks, ROOM).unwrap();
    assert_eq!(keeper.next_sequence(), 2);
    keeper.append(&[block(2, 8)]).unwrap();
    let found = reopened(&keeper);
    let of = |wanted: &Record| {
        let found = found.marks().of(&wanted.watermark).unwrap();
        (found.mark, found.cause)
    };
    assert_eq!(of(&attestation), (attestation.mark, attestation.cause));
    assert_eq!(of(&block(2, 8)), (block(2, 8).mark, block(2, 8).cause));
}

#[test]
fn any_number_of_records_is_kept_in_one_step() {
    let mut keeper: Keeper<Memory, 3> = Keeper::create(Memory::default(), ROOM).unwrap();
    keeper.append(&[block(0, 5)]).unwrap();
    let calls = keeper.disk().calls.len();
    let new = [ConsensusKind::Attestation, ConsensusKind::Preattestation];
    let [attestation, preattestation] = new.map(|kind| record(99, kind, 7));
    let many = [attestation, preattestation, block(99, 6), block(99, 8)];
    keeper.keep_all(&many).unwrap();
    let behind = &keeper.disk().calls[calls..];
    assert_eq!(
        behind.iter().filter(|call| **call == Call::Replace).count(),
        1
    );
    assert!(
        !behind
            .iter()
            .any(|call| matches!(call, Call::Write(..) | Call::Sync))
    );
    assert_eq!(keeper.next_sequence(), 5);
    let recovered = Recovered::<3>::read(&keeper.disk().journal).unwrap();
    assert_eq!((recovered.count, recovered.next_sequence), (3, 5));
    for kept in [attestation, preattestation, block(99, 8)] {
        assert_eq!(recovered.marks.of(&kept.watermark).unwrap().mark, kept.mark);
    }
}

#[test]
fn of_records_without_room_or_disk_none_is_kept() {
    let mut keeper = fresh();
    keeper.append(&[block(0, 5)]).unwrap();
    let journal = keeper.disk().journal.clone();
    let kinds = [ConsensusKind::Attestation, ConsensusKind::Preattestation];
    let full = KeepError::Full(LedgerFull { capacity: 2 });
    let many = kinds.map(|kind| record(0, kind, 7));
    assert_eq!(keeper.keep_all(&many), Err(full));
    assert_eq!(keeper.disk().journal, journal);
    assert_eq!(
        (kept(&keeper), keeper.next_sequence()),
        (vec![block(0, 5)], 1)
    );

    let mut keeper = failing(Call::SyncNew);
    let journal = keeper.disk().journal.clone();
    let failed = keeper.keep_all(&[block(0, 6)]);
    assert_eq!(failed, Err(KeepError::Disk(Call::SyncNew)));
    assert_eq!(keeper.disk().journal, journal);
    assert_eq!((kept(&keeper), keeper.next_sequence()), (vec![], 0));
}
