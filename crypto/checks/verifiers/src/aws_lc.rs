//! AWS-LC through `aws-lc-rs`: C and assembly.
//!
//! It knows a digest only under the name of a hash function of its own. A `BLAKE2b` digest is handed over as
//! one of SHA-256, which is as long; the equation of ECDSA does not know the difference.

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256K1_SHA256_FIXED, ED25519, ParsedPublicKey,
    VerificationAlgorithm,
};
use tezio_core::tezos::{Curve, PublicKey};

use crate::{Check, Implementation, Sample, Signed};

pub(crate) const ALL: [Implementation; 3] = [
    on(Curve::P256, p256),
    on(Curve::Secp256k1, secp256k1),
    on(Curve::Ed25519, ed25519),
];

const fn on(curve: Curve, prepare: fn(&Sample) -> Option<Check>) -> Implementation {
    Implementation {
        name: "aws-lc-rs",
        curve,
        signed: Signed::Blake2b,
        prepare,
    }
}

fn p256(sample: &Sample) -> Option<Check> {
    ecdsa(&ECDSA_P256_SHA256_FIXED, sample)
}

fn secp256k1(sample: &Sample) -> Option<Check> {
    ecdsa(&ECDSA_P256K1_SHA256_FIXED, sample)
}

fn ecdsa(algorithm: &'static dyn VerificationAlgorithm, sample: &Sample) -> Option<Check> {
    let key = ParsedPublicKey::new(algorithm, sample.uncompressed).ok()?;
    Some(Box::new(move |sample| {
        Digest::import_less_safe(&sample.bytes, &SHA256)
            .is_ok_and(|digest| key.verify_digest_sig(&digest, &sample.signature).is_ok())
    }))
}

fn ed25519(sample: &Sample) -> Option<Check> {
    let PublicKey::Ed25519(bytes) = &sample.key else {
        return None;
    };
    let key = ParsedPublicKey::new(&ED25519, bytes).ok()?;
    Some(Box::new(move |sample| {
        key.verify_sig(&sample.bytes, &sample.signature).is_ok()
    }))
}
