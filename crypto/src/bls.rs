//! Checking signatures of tz4 keys: BLS on BLS12-381, keys in G1, signatures in G2.
//!
//! From compressed points to a verdict, in the scheme that Octez checks authentications in: proof of
//! possession, the message as it stands. Points outside their group of prime order and the neutral
//! points of both groups are refused before anything is computed with them: a key of the first kind
//! would share its signatures with others, the second would make a signature of everybody's.
//!
//! `e(key, H(message)) = e(generator, signature)`: the right side and `H` do not depend on the key
//! and are worked out once. Each pairing takes in the order of a millisecond.
//!
//! Scheme: Octez, `src/lib_bls12_381_signature`, at commit `d26a8bef8215`.

use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{G1Affine, G2Affine, G2Projective, Gt, pairing};
use sha2_0_10::Sha256;
use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, VerifyBls};
use tezio_core::tezos::{BlsPublicKey, BlsSignature};

use crate::Verifier;

/// What keeps these signatures apart from those of other schemes.
const DOMAIN: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// A tz4 public key that is known to be a sound point, decompressed.
#[derive(Clone, Copy, Debug)]
pub struct BlsVerifyingKey(G1Affine);

/// A message and a signature that is known to be a sound point.
#[derive(Clone, Copy, Debug)]
pub struct BlsSigned {
    hashed: G2Affine,
    expected: Gt,
}

impl VerifyBls for Verifier {
    type BlsKey = BlsVerifyingKey;
    type BlsSigned = BlsSigned;

    fn prepare_bls(&self, key: &BlsPublicKey) -> Result<BlsVerifyingKey, InvalidPublicKey> {
        // Looks at the curve and at the group as well.
        let point = G1Affine::from_compressed(&key.0).into_option();
        point
            .filter(|point| !bool::from(point.is_identity()))
            .map(BlsVerifyingKey)
            .ok_or(InvalidPublicKey)
    }

    fn prepare_signed(
        &self,
        parts: &[&[u8]],
        signature: &BlsSignature,
    ) -> Result<BlsSigned, InvalidSignature> {
        let point = G2Affine::from_compressed(&signature.0).into_option();
        let sound = point.filter(|point| !bool::from(point.is_identity()));
        let signature = sound.ok_or(InvalidSignature)?;
        Ok(BlsSigned {
            hashed: hash(parts),
            expected: pairing(&G1Affine::generator(), &signature),
        })
    }

    fn verify_bls(
        &self,
        key: &BlsVerifyingKey,
        signed: &BlsSigned,
    ) -> Result<(), InvalidSignature> {
        if pairing(&key.0, &signed.hashed) == signed.expected {
            Ok(())
        } else {
            Err(InvalidSignature)
        }
    }
}

/// The point of G2 that stands for a message.
fn hash(parts: &[&[u8]]) -> G2Affine {
    <G2Projective as HashToCurve<ExpandMsgXmd<Sha256>>>::hash_to_curve(parts, DOMAIN).into()
}
