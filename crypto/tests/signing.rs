//! Signatures that our secret keys make, and the firmware's faults kept apart from them.

#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use hex_literal::hex;
use support::{
    ED25519_ORDER, P256_ORDER, SECP256K1_ORDER, minus, plus_little_endian, s_of, with_s,
};
use tezio_core::crypto::{Sign as _, Verify as _};
use tezio_core::tezos::{Curve, Digest, Signature};
use tezio_crypto::firmware::{RawPublicKey, sign_with_nonce, verify_lax};
use tezio_crypto::{InvalidSecretKey, SecretKey, Verifier, VerifyingKey};

const CURVES: [Curve; 3] = [Curve::Ed25519, Curve::Secp256k1, Curve::P256];
const DIGEST: Digest = Digest([0x5a; 32]);

fn secret(curve: Curve) -> SecretKey {
    SecretKey::from_bytes(curve, &[0x21; 32]).unwrap()
}

fn prepared(key: &SecretKey) -> VerifyingKey {
    Verifier.prepare(&key.public_key()).unwrap()
}

/// S of the other half, as a big-endian number below `order`.
fn other_half(signature: &Signature, order: [u8; 32]) -> Signature {
    with_s(signature, minus(order, s_of(signature)))
}

#[test]
fn our_signatures_pass_the_strict_check() {
    for curve in CURVES {
        let key = secret(curve);
        for entropy in 0..32 {
            let signature = key.sign(&DIGEST, &[entropy; 32]);
            let verdict = Verifier.verify(&prepared(&key), &DIGEST, &signature);
            assert_eq!(verdict, Ok(()), "{curve:?}");
        }
    }
}

#[test]
fn entropy_changes_the_nonce_and_nothing_else_does() {
    for curve in [Curve::Secp256k1, Curve::P256] {
        let key = secret(curve);
        let signature = key.sign(&DIGEST, &[1; 32]);
        assert_eq!(signature, key.sign(&DIGEST, &[1; 32]));
        assert_ne!(signature.0[..32], key.sign(&DIGEST, &[2; 32]).0[..32]);
        // A stuck random source must not repeat a nonce for another digest.
        let other = key.sign(&Digest([0x5b; 32]), &[1; 32]);
        assert_ne!(signature.0[..32], other.0[..32]);
    }
}

#[test]
fn secp256k1_gives_low_s_and_p256_both_halves() {
    let low = |curve, order| {
        let key = secret(curve);
        let is_low = |entropy: &u8| {
            let s = s_of(&key.sign(&DIGEST, &[*entropy; 32]));
            s < minus(order, s)
        };
        (0..64).filter(is_low).count()
    };
    assert_eq!(low(Curve::Secp256k1, SECP256K1_ORDER), 64);
    assert!((8..56).contains(&low(Curve::P256, P256_ORDER)));
}

#[test]
fn scalars_out_of_range_are_no_secret_keys() {
    for (curve, order) in [
        (Curve::Secp256k1, SECP256K1_ORDER),
        (Curve::P256, P256_ORDER),
    ] {
        for bytes in [[0; 32], order, [0xff; 32]] {
            let refused = SecretKey::from_bytes(curve, &bytes).map(|_| ());
            assert_eq!(refused, Err(InvalidSecretKey::Range));
        }
    }
    for curve in [Curve::Bls12381, Curve::MlDsa44] {
        let refused = SecretKey::from_bytes(curve, &[1; 32]).map(|_| ());
        assert_eq!(refused, Err(InvalidSecretKey::Curve(curve)));
    }
}

#[test]
fn debug_shows_no_secret() {
    let texts = CURVES.map(|curve| format!("{:?}", secret(curve)));
    let expected = [
        "SecretKey(Ed25519)",
        "SecretKey(Secp256k1)",
        "SecretKey(P256)",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn firmware_check_takes_what_the_strict_one_refuses() {
    let key = secret(Curve::Ed25519);
    let signature = key.sign(&DIGEST, &[0; 32]);
    let s = plus_little_endian(s_of(&signature), ED25519_ORDER);
    assert!(verify_lax(&prepared(&key), &DIGEST, &with_s(&signature, s)));

    for (curve, order) in [
        (Curve::Secp256k1, SECP256K1_ORDER),
        (Curve::P256, P256_ORDER),
    ] {
        let key = secret(curve);
        let signature = key.sign(&DIGEST, &[0; 32]);
        let other = other_half(&signature, order);
        assert!(verify_lax(&prepared(&key), &DIGEST, &signature));
        assert!(verify_lax(&prepared(&key), &DIGEST, &other));
    }
}

#[test]
fn firmware_check_is_still_a_check() {
    for curve in CURVES {
        let key = secret(curve);
        let signature = key.sign(&DIGEST, &[0; 32]);
        assert!(!verify_lax(&prepared(&key), &Digest([0; 32]), &signature));
        for number in [[0; 32], [0xff; 32]] {
            let forged = with_s(&signature, number);
            assert!(!verify_lax(&prepared(&key), &DIGEST, &forged));
        }
    }
}

/// The defect that a host must see: one nonce for two digests shows as one R.
#[test]
fn chosen_nonce_repeats_r_and_still_verifies() {
    for curve in [Curve::Secp256k1, Curve::P256] {
        let key = secret(curve);
        let signatures = [DIGEST, Digest([1; 32])].map(|digest| {
            let signature = sign_with_nonce(&key, &digest, &[0x33; 32]).unwrap();
            let verdict = Verifier.verify(&prepared(&key), &digest, &signature);
            assert_eq!(verdict, Ok(()));
            signature
        });
        assert_eq!(signatures[0].0[..32], signatures[1].0[..32]);
        assert_eq!(sign_with_nonce(&key, &DIGEST, &[0; 32]), None);
        assert_eq!(sign_with_nonce(&key, &DIGEST, &[0xff; 32]), None);
    }
    let key = secret(Curve::Ed25519);
    assert_eq!(sign_with_nonce(&key, &DIGEST, &[0x33; 32]), None);
}

/// Alias 3 of the recorded device, Tezio library at `bc67eef`.
#[test]
fn raw_keys_are_those_of_the_recorded_device() {
    let bytes = hex!("8bf310a0a52e5a1935005627c9ed6bad9ca5a60899273cbc1947515104310b37");
    let key = SecretKey::from_bytes(Curve::P256, &bytes).unwrap();
    let raw = RawPublicKey::from(&key);
    let expected = hex!(
        "105a7d89a3f6c5b3691dd055944556c9858041f86da391b01c8389115b5209f6"
        "3f94bbefd01542dd72863bd9f6f91002f0d4d6bb40dad11f159a6a82055a3f41"
    );
    assert_eq!(raw.as_bytes(), expected);

    let key = secret(Curve::Ed25519);
    let raw = RawPublicKey::from(&key);
    assert_eq!(raw.as_bytes(), key.public_key().as_bytes());
}
