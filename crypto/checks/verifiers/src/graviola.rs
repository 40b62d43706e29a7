//! Graviola: Rust around assembly, much of it formally verified. It has no secp256k1, hashes an ECDSA
//! message by itself, and wants a processor with AVX2, ADX and BMI2.

use graviola::hashing::Sha256;
use graviola::signing::ecdsa::{P256, VerifyingKey};
use graviola::signing::eddsa::Ed25519VerifyingKey;
use tezio_core::tezos::{Curve, PublicKey};

use crate::{Check, Implementation, Sample, Signed};

pub(crate) const ALL: [Implementation; 2] = [
    Implementation {
        name: "graviola, hashing by itself",
        curve: Curve::P256,
        signed: Signed::Sha256,
        prepare: p256,
    },
    Implementation {
        name: "graviola",
        curve: Curve::Ed25519,
        signed: Signed::Blake2b,
        prepare: ed25519,
    },
];

fn p256(sample: &Sample) -> Option<Check> {
    let key = VerifyingKey::<P256>::from_x962_uncompressed(&sample.uncompressed).ok()?;
    Some(Box::new(move |sample| {
        key.verify::<Sha256>(&[&sample.bytes], &sample.signature)
            .is_ok()
    }))
}

fn ed25519(sample: &Sample) -> Option<Check> {
    let PublicKey::Ed25519(bytes) = &sample.key else {
        return None;
    };
    let key = Ed25519VerifyingKey::from_bytes(bytes).ok()?;
    Some(Box::new(move |sample| {
        key.verify(&sample.signature, &sample.bytes).is_ok()
    }))
}
