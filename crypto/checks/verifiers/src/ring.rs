//! `ring`, which TLS brings along: C and assembly. It has no secp256k1 and hashes an ECDSA message by
//! itself. A key is read anew for every signature.

use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use tezio_core::tezos::{Curve, PublicKey};

use crate::{Check, Implementation, Sample, Signed};

pub(crate) const ALL: [Implementation; 2] = [
    Implementation {
        name: "ring, hashing by itself",
        curve: Curve::P256,
        signed: Signed::Sha256,
        prepare: p256,
    },
    Implementation {
        name: "ring",
        curve: Curve::Ed25519,
        signed: Signed::Blake2b,
        prepare: ed25519,
    },
];

#[expect(
    clippy::unnecessary_wraps,
    reason = "others refuse keys when they are made ready"
)]
fn p256(sample: &Sample) -> Option<Check> {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, sample.uncompressed);
    Some(Box::new(move |sample| {
        key.verify(&sample.bytes, &sample.signature).is_ok()
    }))
}

fn ed25519(sample: &Sample) -> Option<Check> {
    let PublicKey::Ed25519(bytes) = sample.key else {
        return None;
    };
    let key = UnparsedPublicKey::new(&ED25519, bytes);
    Some(Box::new(move |sample| {
        key.verify(&sample.bytes, &sample.signature).is_ok()
    }))
}
