//! The ledger of marks by itself: every mark held against every mark asked, reservations, and what the
//! journal brings.

use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, VerifiedSignature, Verify};
use tezio_core::tezos::{
    ChainId, ConsensusKind, ConsensusMessage, Curve, Digest, Layout, Level, PublicKey,
    PublicKeyHash, Round, Signature,
};
use tezio_core::watermark::{
    Claim, Ledger, LedgerFull, Mark, Record, Released, Standing, Watermark, WatermarkRefusal,
};

type Marks = Ledger<2>;

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
        sequence,
        watermark: WATERMARK,
        mark,
        released,
    }
}

const fn released(byte: u8) -> Released {
    Released {
        digest: Digest([byte; 32]),
        signature: Signature([byte; 64]),
    }
}

fn ledger(records: &[Record]) -> Marks {
    let mut ledger = Marks::new();
    for record in records {
        ledger.restore(record).unwrap();
    }
    ledger
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
    let ledger = Marks::new();
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
        assert_eq!(ledger.mark(&WATERMARK), Some(first.max(second)));
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
    assert_eq!(
        ledger.mark(&WATERMARK),
        Some(mark(1, 0)),
        "nothing was signed"
    );
}

#[test]
fn a_mark_rises_when_its_record_is_stored_and_not_before() {
    let mut ledger = ledger(&[record(7, mark(1, 0), None)]);
    let approved = ledger.reserve(claim(5, 1, ONE)).unwrap();
    let unstored = ledger.record(approved, &signature(KEY, ONE)).unwrap();
    assert_eq!(unstored.record().sequence, 8, "behind those of the journal");
    assert_eq!(ledger.mark(&WATERMARK), Some(mark(1, 0)));
    assert_eq!(ledger.check(&claim(6, 0, TWO)), Ok(Standing::Busy));
    let stored = ledger.confirm(unstored).unwrap();
    assert_eq!(*stored.signature(), Signature([9; 64]));
    assert_eq!(ledger.mark(&WATERMARK), Some(mark(5, 1)));
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
    let mut full = ledger(&[record(0, mark(1, 0), None)]);
    let of = |kind| Record {
        watermark: Watermark { kind, ..WATERMARK },
        ..record(1, mark(1, 0), None)
    };
    assert_eq!(full.restore(&of(ConsensusKind::Attestation)), Ok(()));
    let refused = full.restore(&of(ConsensusKind::Preattestation));
    assert_eq!(refused, Err(LedgerFull { capacity: 2 }));
    assert_eq!(full.restore(&record(2, mark(2, 0), None)), Ok(()));
    assert_eq!(full.mark(&WATERMARK), Some(mark(2, 0)));
}
