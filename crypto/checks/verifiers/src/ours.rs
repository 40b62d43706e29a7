//! This project's own: `p256`, `k256` and `ed25519-dalek` behind `tezio_crypto::Verifier`.

use tezio_core::crypto::Verify as _;
use tezio_core::tezos::{Curve, Signature};
use tezio_crypto::Verifier;

use crate::{Check, Implementation, Sample, Signed};

pub(crate) const ALL: [Implementation; 3] = [
    on(Curve::P256, "ours (p256)"),
    on(Curve::Secp256k1, "ours (k256)"),
    on(Curve::Ed25519, "ours (ed25519-dalek)"),
];

const fn on(curve: Curve, name: &'static str) -> Implementation {
    Implementation {
        name,
        curve,
        signed: Signed::Blake2b,
        prepare,
    }
}

fn prepare(sample: &Sample) -> Option<Check> {
    let key = Verifier.prepare(&sample.key).ok()?;
    Some(Box::new(move |sample| {
        let signature = Signature(sample.signature);
        Verifier.verify(&key, &sample.digest(), &signature).is_ok()
    }))
}
