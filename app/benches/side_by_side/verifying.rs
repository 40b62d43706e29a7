//! What verifying takes by itself, to be taken off what a signer is above the floor.

use core::time::Duration;
use std::time::Instant;

use tezio_core::crypto::{Sign as _, Verify as _};
use tezio_core::tezos::{Curve, Digest};
use tezio_crypto::{SecretKey, Verifier};

use crate::table::median;

/// What one check of a P-256 signature takes, as the daemon makes it.
pub(crate) fn verifying() -> Duration {
    let Ok(secret) = SecretKey::from_bytes(Curve::P256, &[7; 32]) else {
        return Duration::ZERO;
    };
    let Ok(prepared) = Verifier.prepare(&secret.public_key()) else {
        return Duration::ZERO;
    };
    let digest = Digest([9; 32]);
    let signature = secret.sign(&digest, &[0; 32]);
    let once = || {
        let begun = Instant::now();
        let verdict = Verifier.verify(&prepared, core::hint::black_box(&digest), &signature);
        core::hint::black_box(verdict).map(|()| begun.elapsed())
    };
    median((0..501).flat_map(|_| once()).collect())
}
