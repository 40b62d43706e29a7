//! Nothing but the one signature passes: no changed byte, no second S, no number out of range.

#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use support::{
    ED25519_ORDER, P256_ORDER, Recorded, SECP256K1_ORDER, all_signatures, minus,
    plus_little_endian, s_of, with_s,
};
use tezio_core::crypto::{InvalidPublicKey, Verify as _};
use tezio_core::tezos::{Curve, Digest, PublicKey, Signature};
use tezio_crypto::firmware::verify_lax;
use tezio_crypto::{Forgery, Verifier};

fn accepts(recorded: &Recorded, digest: &Digest, signature: &Signature) -> bool {
    let key = Verifier.prepare(&recorded.key).unwrap();
    Verifier.verify(&key, digest, signature).is_ok()
}

fn of_curve(curve: Curve) -> Vec<Recorded> {
    let all = all_signatures().into_iter();
    let rows: Vec<_> = all.filter(|row| row.key.curve() == curve).collect();
    assert!(rows.len() >= 2, "{curve:?}");
    rows
}

#[test]
fn every_changed_byte_of_signature_and_digest_is_noticed() {
    for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::P256] {
        let recorded = &of_curve(curve)[0];
        for at in 0..64 {
            let mut changed = recorded.signature;
            changed.0[at] ^= 0x40;
            assert!(
                !accepts(recorded, &recorded.digest, &changed),
                "{curve:?} {at}"
            );
        }
        for at in 0..32 {
            let mut changed = recorded.digest;
            changed.0[at] ^= 0x01;
            assert!(
                !accepts(recorded, &changed, &recorded.signature),
                "{curve:?} {at}"
            );
        }
    }
}

#[test]
fn secp256k1_has_one_s_and_p256_has_two() {
    for row in of_curve(Curve::Secp256k1) {
        let other = minus(SECP256K1_ORDER, s_of(&row.signature));
        assert!(!accepts(&row, &row.digest, &with_s(&row.signature, other)));
    }
    let rows = of_curve(Curve::P256);
    for row in &rows {
        let other = minus(P256_ORDER, s_of(&row.signature));
        assert!(accepts(row, &row.digest, &with_s(&row.signature, other)));
    }
    // Devices and Octez were seen to produce both halves.
    for half in [Some(true), Some(false)] {
        assert!(rows.iter().any(|row| row.low_s == half));
    }
}

#[test]
fn ed25519_scalars_above_the_group_order_are_refused() {
    for row in of_curve(Curve::Ed25519) {
        let s = plus_little_endian(s_of(&row.signature), ED25519_ORDER);
        assert!(!accepts(&row, &row.digest, &with_s(&row.signature, s)));
    }
}

#[test]
fn ed25519_points_of_small_order_are_refused() {
    // The neutral element as key and as R, S zero: the equation holds for every message.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let key = Verifier.prepare(&PublicKey::Ed25519(neutral)).unwrap();
    let mut forged = [0; 64];
    forged[0] = 1;
    let verdict = Verifier.verify(&key, &Digest([7; 32]), &Signature(forged));
    assert!(verdict.is_err());
}

#[test]
fn numbers_that_are_zero_or_too_large_are_refused() {
    for (curve, order) in [
        (Curve::Secp256k1, SECP256K1_ORDER),
        (Curve::P256, P256_ORDER),
    ] {
        let row = &of_curve(curve)[0];
        for number in [[0; 32], order, [0xff; 32]] {
            let mut r = row.signature;
            r.0[..32].copy_from_slice(&number);
            assert!(!accepts(row, &row.digest, &r), "{curve:?} r");
            let s = with_s(&row.signature, number);
            assert!(!accepts(row, &row.digest, &s), "{curve:?} s");
        }
    }
}

#[test]
fn zero_signatures_are_refused_for_every_curve() {
    for row in all_signatures() {
        assert!(!accepts(&row, &row.digest, &Signature([0; 64])));
    }
}

#[test]
fn bytes_that_are_no_point_are_no_key() {
    let refused = |key| Verifier.prepare(&key).map(|_| ()) == Err(InvalidPublicKey);
    assert!(refused(PublicKey::Ed25519({
        let mut y = [0; 32];
        y[0] = 2;
        y
    })));
    for tag in [0x00, 0x01, 0x04, 0x05, 0xff] {
        let mut key = [0x11; 33];
        key[0] = tag;
        assert!(refused(PublicKey::Secp256k1(key)), "tag {tag}");
        assert!(refused(PublicKey::P256(key)), "tag {tag}");
    }
    let mut too_large = [0xff; 33];
    too_large[0] = 2;
    assert!(refused(PublicKey::Secp256k1(too_large)));
    assert!(refused(PublicKey::P256(too_large)));
}

#[test]
fn x_without_a_point_is_no_key() {
    // About half of all X have no point: among a hundred there are some of each kind.
    for wrap in [
        PublicKey::Secp256k1 as fn([u8; 33]) -> PublicKey,
        PublicKey::P256,
    ] {
        let fits = (1..=100_u8)
            .filter(|x| {
                let mut key = [0; 33];
                (key[0], key[32]) = (2, *x);
                Verifier.prepare(&wrap(key)).is_ok()
            })
            .count();
        assert!((20..80).contains(&fits), "{fits} points");
    }
}

/// What anybody can make for a key: sound arithmetic over a digest that belongs to no message.
#[test]
fn a_forgery_verifies_for_its_key_and_its_digest_alone() {
    for row in all_signatures() {
        let key = Verifier.prepare(&row.key).unwrap();
        let Some(forgery) = Forgery::of(&key) else {
            assert_eq!(row.key.curve(), Curve::Ed25519);
            continue;
        };
        let both = [forgery.signature, forgery.twin];
        for signature in &both {
            assert!(verify_lax(&key, &forgery.digest, signature));
            assert!(!verify_lax(&key, &row.digest, signature));
        }
        let taken = both.map(|signature| accepts(&row, &forgery.digest, &signature));
        let count = taken.into_iter().filter(|taken| *taken).count();
        let halves = if row.key.curve() == Curve::P256 { 2 } else { 1 };
        assert_eq!(count, halves, "{:?}", row.key.curve());
    }
}
