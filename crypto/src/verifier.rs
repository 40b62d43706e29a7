//! Checking signatures the way a host must: nothing that two different signatures could both pass.
//!
//! From a compressed public key to a [`VerifyingKey`], once; from that, a digest and a signature to
//! a verdict, as often as needed. Ed25519 is strict: no scalar above the group order, no point of
//! small order. secp256k1 takes the lower half of S alone. P-256 takes either half, since the
//! secure element does not normalise it and Tezos does not ask for it.

use ecdsa::signature::hazmat::PrehashVerifier as _;
use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, Verify};
use tezio_core::tezos::{Digest, PublicKey, Signature};

/// The [`Verify`] of this project.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verifier;

/// A public key that is known to be a point on its curve, decompressed.
#[derive(Clone, Debug)]
pub struct VerifyingKey(pub(crate) Point);

#[derive(Clone, Debug)]
pub(crate) enum Point {
    Ed25519(ed25519_dalek::VerifyingKey),
    Secp256k1(k256::ecdsa::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
}

impl Verify for Verifier {
    type Key = VerifyingKey;

    fn prepare(&self, key: &PublicKey) -> Result<VerifyingKey, InvalidPublicKey> {
        let point = match key {
            PublicKey::Ed25519(bytes) => {
                ed25519_dalek::VerifyingKey::from_bytes(bytes).map(Point::Ed25519)
            }
            PublicKey::Secp256k1(bytes) => {
                k256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(Point::Secp256k1)
            }
            PublicKey::P256(bytes) => {
                p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(Point::P256)
            }
        };
        point.map(VerifyingKey).map_err(|_| InvalidPublicKey)
    }

    fn verify(
        &self,
        key: &VerifyingKey,
        digest: &Digest,
        signature: &Signature,
    ) -> Result<(), InvalidSignature> {
        let (Digest(digest), Signature(bytes)) = (digest, signature);
        match &key.0 {
            Point::Ed25519(key) => {
                key.verify_strict(digest, &ed25519_dalek::Signature::from_bytes(bytes))
            }
            // The curve's own rule in `k256` refuses a high S.
            Point::Secp256k1(key) => k256::ecdsa::Signature::from_slice(bytes)
                .and_then(|signature| key.verify_prehash(digest, &signature)),
            Point::P256(key) => p256::ecdsa::Signature::from_slice(bytes)
                .and_then(|signature| key.verify_prehash(digest, &signature)),
        }
        .map_err(|_| InvalidSignature)
    }
}
