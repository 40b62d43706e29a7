//! What the core asks of cryptography: to check signatures, and on the HSM's side to make them.
//!
//! The core hashes messages itself and knows no curve arithmetic; an implementor brings that. The
//! three curves of HSMs sign the message's [`Digest`], which for ECDSA is the hash as it stands. tz4
//! keys, which clients alone have, sign the message itself: [`VerifyBls`].

use crate::tezos::{BlsPublicKey, BlsSignature, Digest, PublicKey, PublicKeyHash, Signature};

/// Checks signatures of tz1, tz2 and tz3 keys.
pub trait Verify {
    /// A public key made ready for checking, known to be a point on its curve.
    type Key: core::fmt::Debug;

    /// Decompresses `key` once, so that each check afterwards is cheap.
    ///
    /// # Errors
    ///
    /// [`InvalidPublicKey`] when the bytes are no point on the curve.
    fn prepare(&self, key: &PublicKey) -> Result<Self::Key, InvalidPublicKey>;

    /// Checks `signature` over `digest`: strict Ed25519, low S for secp256k1, either S for P-256.
    ///
    /// # Errors
    ///
    /// [`InvalidSignature`] when it was not made by this key for this digest.
    fn verify(
        &self,
        key: &Self::Key,
        digest: &Digest,
        signature: &Signature,
    ) -> Result<(), InvalidSignature>;
}

/// Checks signatures of tz4 keys, in the scheme that Octez' signers check them in: proof of
/// possession, over the message and not over a digest.
///
/// What can be done without a key is done once for all keys that may have made a signature.
pub trait VerifyBls {
    /// A public key made ready for checking, known to be a point of the right group other than its
    /// neutral one.
    type BlsKey: core::fmt::Debug;
    /// A signature, known to be such a point too, and its message, made ready for checking.
    type BlsSigned;

    /// Decompresses `key` once.
    ///
    /// # Errors
    ///
    /// [`InvalidPublicKey`] when the bytes are no such point, or this implementor knows no tz4 keys.
    fn prepare_bls(&self, key: &BlsPublicKey) -> Result<Self::BlsKey, InvalidPublicKey>;

    /// Reads `signature` and hashes the message that is `parts`, put one behind the other.
    ///
    /// # Errors
    ///
    /// [`InvalidSignature`] when the bytes are no such point: no key made them.
    fn prepare_signed(
        &self,
        parts: &[&[u8]],
        signature: &BlsSignature,
    ) -> Result<Self::BlsSigned, InvalidSignature>;

    /// Checks that `key` made the signature.
    ///
    /// # Errors
    ///
    /// [`InvalidSignature`] when it did not.
    fn verify_bls(
        &self,
        key: &Self::BlsKey,
        signed: &Self::BlsSigned,
    ) -> Result<(), InvalidSignature>;
}

/// Makes signatures with one secret key: the HSM's side.
pub trait Sign {
    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// Signs `digest`. `entropy` is fresh randomness that ECDSA mixes into its nonce; Ed25519 needs
    /// none and ignores it.
    fn sign(&self, digest: &Digest, entropy: &[u8; 32]) -> Signature;
}

/// The bytes of a public key are no point on its curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a point on the curve")]
pub struct InvalidPublicKey;

/// A signature was not made by the key for the digest it was checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature does not verify")]
pub struct InvalidSignature;

/// A signature that was checked: which key, which digest, which bytes.
///
/// Made by [`VerifiedSignature::check`] alone, so that nothing unverified can be recorded or
/// released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    key: PublicKeyHash,
    digest: Digest,
    signature: Signature,
}

impl VerifiedSignature {
    /// Checks `signature` over `digest` with `prepared`, the key whose address is `key`.
    ///
    /// # Errors
    ///
    /// [`InvalidSignature`] when it was not made by this key for this digest.
    pub fn check<V: Verify>(
        verifier: &V,
        key: PublicKeyHash,
        prepared: &V::Key,
        digest: Digest,
        signature: Signature,
    ) -> Result<Self, InvalidSignature> {
        verifier.verify(prepared, &digest, &signature)?;
        Ok(Self {
            key,
            digest,
            signature,
        })
    }

    /// The address of the key that made it.
    #[must_use]
    pub const fn key(&self) -> &PublicKeyHash {
        &self.key
    }

    /// What it was made for.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }
}
