//! What is checked: one key of a curve and one signature of it, made by this project's own signer.
//!
//! From a curve to a sample, always the same one, and to its copies with one bit flipped. Tezos signs a
//! `BLAKE2b` digest that was made elsewhere. For libraries that hash an ECDSA message by themselves there is
//! the same key's signature over a SHA-256 digest, and the message beside it.

use sha2::{Digest as _, Sha256};
use tezio_core::crypto::Sign as _;
use tezio_core::tezos::{Curve, Digest, PublicKey, Signature};
use tezio_crypto::SecretKey;

/// What a signature is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// A `BLAKE2b` digest as it stands, as on Tezos.
    Blake2b,
    /// 32 bytes that the verifier hashes with SHA-256.
    Sha256,
}

/// A key, 32 bytes and the signature.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The key, compressed as Tezos has it.
    pub key: PublicKey,
    /// The key as `<04><X: 32><Y: 32>`; all zero for Ed25519.
    pub uncompressed: [u8; 65],
    /// The `BLAKE2b` digest, or the message that is yet to be hashed with SHA-256.
    pub bytes: [u8; 32],
    /// `<R: 32><S: 32>`.
    pub signature: [u8; 64],
    signed: Signed,
}

impl Sample {
    /// How many bits [`Sample::flipped`] knows: those of 32 bytes and of a signature.
    pub const BITS: usize = (32 + 64) * 8;

    /// The one for `curve`; `None` for a curve without secret keys here.
    #[must_use]
    pub fn new(curve: Curve, signed: Signed) -> Option<Self> {
        let secret = SecretKey::from_bytes(curve, &[7; 32]).ok()?;
        let key = secret.public_key();
        let Digest(bytes) = Digest::of(b"checked by everybody");
        let mut sample = Self {
            key,
            uncompressed: uncompressed(&key)?,
            bytes,
            signature: [0; 64],
            signed,
        };
        let Signature(signature) = secret.sign(&sample.digest(), &[0; 32]);
        sample.signature = signature;
        Some(sample)
    }

    /// What the equation of the signature is over.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self.signed {
            Signed::Blake2b => Digest(self.bytes),
            Signed::Sha256 => Digest(Sha256::digest(self.bytes).into()),
        }
    }

    /// A copy with one bit flipped, counted through the 32 bytes and then the signature; an equal copy from
    /// [`Sample::BITS`] on.
    #[must_use]
    pub fn flipped(&self, bit: usize) -> Self {
        let mut copy = *self;
        let mut all = copy.bytes.iter_mut().chain(&mut copy.signature);
        if let Some(byte) = all.nth(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        copy
    }
}

fn uncompressed(key: &PublicKey) -> Option<[u8; 65]> {
    match key {
        PublicKey::Ed25519(_) => Some([0; 65]),
        PublicKey::Secp256k1(bytes) => k256::ecdsa::VerifyingKey::from_sec1_bytes(bytes)
            .ok()
            .and_then(|key| key.to_sec1_point(false).as_bytes().try_into().ok()),
        PublicKey::P256(bytes) => p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes)
            .ok()
            .and_then(|key| key.to_sec1_point(false).as_bytes().try_into().ok()),
    }
}
