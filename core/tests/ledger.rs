//! The ledger of marks by itself: every mark held against every mark asked, reservations, and what the
//! journal brings.

use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, VerifiedSignature, Verify};
use tezio_core::tezos::{
    ChainId, ConsensusKind, ConsensusMessage, Curve, Digest, Layout, Level, PublicKey,
    PublicKeyHash, Round, Signature,
};
use tezio_core::time::UnixSeconds;
use tezio_core::watermark::{
    Bound, Cause, Claim, JumpGuard, Ledger, LedgerFull, Mark, Marks, Record, Released, Standing,
    Watermark, WatermarkRefusal,
};

type Held = Ledger<2>;

const KEY: PublicKeyHash = PublicKeyHash::new(Curve::P256, [1; 20]);
const OTHER_KEY: PublicKeyHash = PublicKeyHash::new(Curve::P256, [2; 20]);
const WATERMARK: Watermark = Watermark {
    chain: ChainId::MAINNET,
    key: KEY,
    kind: ConsensusKind::Block,
};
const ONE: Digest = Digest([1; 32]);
const TWO: Digest = Digest([2; 32]);

/// Accepts every signature: the ledger relies on somebody else to have checked it.
struct Trusting;

impl Verify for Trusting {
    type Key = ();

    fn prepare(&self, _: &PublicKey) -> Result<(), InvalidPublicKey> {
        Ok(())
    }

    fn verify(&self, (): &(), _: &Digest, _: &Signature) -> Result<(), InvalidSignature> {
        Ok(())
    }
}

fn mark(level: u32, round: u32) -> Mark {
    Mark {
        level: Level::new(level).unwrap(),
        round: Round::new(round).unwrap(),
    }
}

fn claim_of(key: PublicKeyHash, mark: Mark, digest: Digest) -> Claim {
    let message = ConsensusMessage {
        kind: WATERMARK.kind,
        chain: WATERMARK.chain,
        level: mark.level,
        round: mark.round,
        layout: Layout::AnyKey,
    };
    Claim::new(key, &message, digest)
}

fn claim(level: u32, round: u32, digest: Digest) -> Claim {
    claim_of(KEY, mark(level, round), digest)
}

fn record(sequence: u64, mark: Mark, released: Option<Released>) -> Record {
    Record {
        cause: released.map_or(Cause::Set, Cause::Signed),
        ..Record::set(sequence, WATERMARK, mark)
    }
}

const fn released(byte: u8) -> Released {
    Released {
        digest: Digest([byte; 32]),
        signature: Signature([byte; 64]),
    }
}

fn ledger(records: &[Record]) -> Held {
    let mut marks = Marks::new();
    for record in records {
        marks.apply(record).unwrap();
    }
    let last = records.iter().map(|record| record.sequence).max();
    Ledger::new(marks, last.map_or(0, |last| last + 1))
}

fn held(ledger: &Held) -> Option<Mark> {
    ledger.marks().of(&WATERMARK).map(|record| record.mark)
}

fn signature(key: PublicKeyHash, digest: Digest) -> VerifiedSignature {
    VerifiedSignature::check(&Trusting, key, &(), digest, Signature([9; 64])).unwrap()
}

fn grid() -> impl Iterator<Item = (Mark, Mark)> {
    let marks = || (0..4).flat_map(|level| (0..4).map(move |round| mark(level, round)));
    marks().flat_map(move |held| marks().map(move |asked| (held, asked)))
}

#[test]
fn against_a_signed_mark_what_is_above_is_free_and_the_same_bytes_are_repeated() {
    for (held, asked) in grid() {
        let ledger = ledger(&[record(0, held, Some(released(1)))]);
        let same = ledger.check(&claim_of(KEY, asked, ONE));
        let other = ledger.check(&claim_of(KEY, asked, TWO));
        let number = |mark: Mark| (mark.level.number(), mark.round.number());
        if number(asked) > number(held) {
            assert_eq!((same, other), (Ok(Standing::Free), Ok(Standing::Free)));
        } else if number(asked) == number(held) {
            let Ok(Standing::Repeat(stored)) = same else {
                panic!("{asked}: {same:?}");
            };
            assert_eq!(*stored.signature(), released(1).signature);
            let watermark = WATERMARK;
            assert_eq!(other, Err(WatermarkRefusal::Conflict { watermark, asked }));
        } else {
            let below = WatermarkRefusal::Below {
                watermark: WATERMARK,
                asked,
                mark: held,
            };
            assert_eq!((same, other), (Err(below), Err(below)));
        }
    }
}

#[test]
fn against_an_operators_mark_only_what_is_above_is_free() {
    for (held, asked) in grid() {
        let ledger = ledger(&[record(0, held, None)]);
        let standing = ledger.check(&claim_of(KEY, asked, ONE));
        let free = (asked.level, asked.round) > (held.level, held.round);
        assert_eq!(standing.is_ok(), free, "{held}, {asked}: {standing:?}");
        let at_start = matches!(standing, Err(WatermarkRefusal::AtStart { .. }));
        assert_eq!(at_start, held == asked, "{held}, {asked}: {standing:?}");
    }
}

#[test]
fn without_a_mark_nothing_is_signed() {
    let ledger = ledger(&[]);
    let watermark = WATERMARK;
    let refusal = ledger.check(&claim(u32::MAX >> 1, 0, ONE));
    assert_eq!(refusal, Err(WatermarkRefusal::Unknown { watermark }));
}

#[test]
fn restored_records_raise_the_mark_in_whatever_order_they_come() {
    for (first, second) in grid() {
        let ledger = ledger(&[
            record(0, first, Some(released(1))),
            record(1, second, Some(released(2))),
        ]);
        assert_eq!(held(&ledger), Some(first.max(second)));
        let highest = if second > first { 2 } else { 1 };
        let again = ledger.check(&claim_of(KEY, first.max(second), Digest([highest; 32])));
        assert!(matches!(again, Ok(Standing::Repeat(_))), "{again:?}");
    }
}

#[test]
fn an_operators_mark_never_hides_what_was_signed_there() {
    let signed = record(0, mark(5, 1), Some(released(1)));
    let set = record(1, mark(5, 1), None);
    for records in [[signed, set], [set, signed]] {
        let again = ledger(&records).check(&claim(5, 1, ONE));
        assert!(matches!(again, Ok(Standing::Repeat(_))), "{again:?}");
        let other = ledger(&records).check(&claim(5, 1, TWO));
        assert!(
            matches!(other, Err(WatermarkRefusal::Conflict { .. })),
            "{other:?}"
        );
    }
}

#[test]
fn a_reservation_keeps_everything_else_of_its_watermark_waiting() {
    let mut ledger = ledger(&[record(0, mark(1, 0), None)]);
    let approved = ledger.reserve(claim(5, 1, ONE)).unwrap();
    let busy = Ok(Standing::Busy);
    assert_eq!(ledger.check(&claim(5, 1, ONE)), busy);
    let (watermark, asked) = (WATERMARK, mark(5, 1));
    let underway = Err(WatermarkRefusal::Underway { watermark, asked });
    assert_eq!(ledger.check(&claim(5, 1, TWO)), underway);
    for (level, round) in [(5, 0), (5, 2), (6, 0), (2, 0)] {
        assert_eq!(ledger.check(&claim(level, round, TWO)), busy);
        assert_eq!(ledger.reserve(claim(level, round, TWO)), Err(busy));
    }
    ledger.give_back(approved);
    assert_eq!(ledger.check(&claim(5, 1, TWO)), Ok(Standing::Free));
    assert_eq!(held(&ledger), Some(mark(1, 0)), "nothing was signed");
}

#[test]
fn a_mark_rises_when_its_record_is_stored_and_not_before() {
    let mut ledger = ledger(&[record(7, mark(1, 0), None)]);
    let approved = ledger.reserve(claim(5, 1, ONE)).unwrap();
    let unstored = ledger.record(approved, &signature(KEY, ONE)).unwrap();
    assert_eq!(unstored.record().sequence, 8, "behind those of the journal");
    assert_eq!(held(&ledger), Some(mark(1, 0)));
    assert_eq!(ledger.check(&claim(6, 0, TWO)), Ok(Standing::Busy));
    let stored = ledger.confirm(unstored).unwrap();
    assert_eq!(*stored.signature(), Signature([9; 64]));
    assert_eq!(held(&ledger), Some(mark(5, 1)));
    assert_eq!(ledger.check(&claim(6, 0, TWO)), Ok(Standing::Free));
}

#[test]
fn a_signature_of_something_else_is_not_recorded_and_frees_the_watermark() {
    for wrong in [signature(KEY, TWO), signature(OTHER_KEY, ONE)] {
        let mut ledger = ledger(&[record(0, mark(1, 0), None)]);
        let approved = ledger.reserve(claim(5, 1, ONE)).unwrap();
        let refused = ledger.record(approved, &wrong);
        assert_eq!(refused, Err(WatermarkRefusal::Foreign));
        assert_eq!(ledger.check(&claim(5, 1, TWO)), Ok(Standing::Free));
    }
}

#[test]
fn a_sealed_ledger_gives_nothing_away() {
    let mut ledger = ledger(&[record(0, mark(1, 0), Some(released(1)))]);
    let approved = ledger.reserve(claim(5, 1, ONE)).unwrap();
    ledger.seal();
    let sealed = WatermarkRefusal::Sealed;
    assert_eq!(ledger.check(&claim(1, 0, ONE)), Err(sealed));
    assert_eq!(ledger.check(&claim(9, 0, ONE)), Err(sealed));
    assert_eq!(ledger.reserve(claim(9, 0, ONE)), Err(Err(sealed)));
    assert_eq!(ledger.record(approved, &signature(KEY, ONE)), Err(sealed));
}

#[test]
fn a_full_ledger_takes_no_new_watermark_and_goes_on_with_those_it_has() {
    let mut full = Marks::<2>::new();
    full.apply(&record(0, mark(1, 0), None)).unwrap();
    let of = |kind| Record {
        watermark: Watermark { kind, ..WATERMARK },
        ..record(1, mark(1, 0), None)
    };
    assert_eq!(full.apply(&of(ConsensusKind::Attestation)), Ok(()));
    let refused = full.apply(&of(ConsensusKind::Preattestation));
    assert_eq!(refused, Err(LedgerFull { capacity: 2 }));
    assert_eq!(full.apply(&record(2, mark(2, 0), None)), Ok(()));
    assert_eq!(
        full.of(&WATERMARK).map(|record| record.mark),
        Some(mark(2, 0))
    );
}

#[test]
fn a_lowered_mark_counts_because_it_came_last() {
    let signed = record(4, mark(9, 0), Some(released(1)));
    let lowered = Record {
        cause: Cause::Lowered { from: mark(9, 0) },
        ..record(5, mark(3, 0), None)
    };
    assert_eq!(held(&ledger(&[signed, lowered])), Some(mark(3, 0)));
    assert_eq!(held(&ledger(&[lowered, signed])), Some(mark(9, 0)));
    let low = ledger(&[signed, lowered]);
    assert_eq!(low.check(&claim(4, 0, TWO)), Ok(Standing::Free));
}

#[test]
fn nothing_is_signed_above_the_last_level_and_repeats_are_still_given() {
    let last = Level::new(6).unwrap();
    let mut ledger = ledger(&[Record {
        last_level: Some(last),
        ..record(0, mark(5, 0), Some(released(1)))
    }]);
    let (watermark, asked) = (WATERMARK, mark(7, 0));
    let refused = Err(WatermarkRefusal::HandedOver {
        watermark,
        asked,
        last,
    });
    assert_eq!(ledger.check(&claim(7, 0, TWO)), refused);
    let again = ledger.check(&claim(5, 0, ONE));
    assert!(matches!(again, Ok(Standing::Repeat(_))), "{again:?}");
    let approved = ledger.reserve(claim(6, 3, TWO)).unwrap();
    let unstored = ledger.record(approved, &signature(KEY, TWO)).unwrap();
    assert_eq!(unstored.record().last_level, Some(last), "it stays");
}

#[test]
fn a_jump_is_measured_from_the_highest_mark_on_the_chain() {
    let of = |kind, level| Record {
        watermark: Watermark { kind, ..WATERMARK },
        ..record(0, mark(level, 0), None)
    };
    let guard = JumpGuard {
        levels: 100,
        block_seconds: 6,
        ahead: 10,
    };
    let votes = of(ConsensusKind::Attestation, 1_000);
    let ledger = ledger(&[of(ConsensusKind::Block, 1), votes]).guarding_jumps(guard);
    assert_eq!(ledger.check(&claim(1_100, 0, ONE)), Ok(Standing::Free));
    let (watermark, asked) = (WATERMARK, mark(1_101, 0));
    let refused = WatermarkRefusal::Jump {
        watermark,
        asked,
        limit: Level::new(1_100).unwrap(),
        bound: Bound::Levels,
    };
    assert_eq!(ledger.check(&claim(1_101, 0, ONE)), Err(refused));
}

#[test]
fn a_signature_leaves_an_anchor_and_the_time_since_bounds_the_next() {
    let guard = JumpGuard {
        levels: 100,
        block_seconds: 6,
        ahead: 10,
    };
    let mut ledger = ledger(&[record(0, mark(1_000, 0), None)]).guarding_jumps(guard);
    ledger.set_clock(UnixSeconds(600));
    let approved = ledger.reserve(claim(1_050, 0, ONE)).unwrap();
    let unstored = ledger.record(approved, &signature(KEY, ONE)).unwrap();
    let anchor = unstored.record().anchor.map(|anchor| anchor.at);
    assert_eq!(anchor, Some(UnixSeconds(600)));
    ledger.confirm(unstored).unwrap();
    assert_eq!(ledger.check(&claim(1_060, 0, TWO)), Ok(Standing::Free));
    let jump = |ledger: &Held| {
        let standing = ledger.check(&claim(1_061, 0, TWO));
        matches!(standing, Err(WatermarkRefusal::Jump { .. }))
    };
    assert!(jump(&ledger));
    ledger.set_clock(UnixSeconds(605));
    assert!(jump(&ledger));
    ledger.set_clock(UnixSeconds(606));
    assert!(!jump(&ledger));
}
