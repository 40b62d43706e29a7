//! Secret keys: the HSM's half of the work.
//!
//! From 32 secret bytes to a key, and from a digest to a signature. ECDSA nonces follow RFC 6979
//! with the caller's entropy mixed in: a random source that fails cannot repeat a nonce for two
//! digests. A key's own scalar is wiped when it is dropped, and `Debug` does not show it; what was
//! computed from it on the way to a signature is left on the stack.

use ecdsa::elliptic_curve::group::GroupEncoding as _;
use ed25519_dalek::Signer as _;
use tezio_core::crypto::Sign;
use tezio_core::tezos::{Curve, Digest, PublicKey, Signature};

use crate::small::{public, sign_hedged};

/// The secret key of a tz1, tz2 or tz3 address.
#[derive(Clone)]
pub struct SecretKey(pub(crate) Scalar);

#[derive(Clone)]
pub(crate) enum Scalar {
    Ed25519(ed25519_dalek::SigningKey),
    Secp256k1(k256::SecretKey),
    P256(p256::SecretKey),
}

/// Why 32 bytes are no secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecretKey {
    /// Zero, or not below the order of the curve.
    #[error("not a scalar of the curve")]
    Range,
    /// A curve that no Tezio HSM has.
    #[error("no secret keys of curve {0:?}")]
    Curve(Curve),
}

impl SecretKey {
    /// The key of `bytes`: an Ed25519 seed, or a big-endian scalar.
    ///
    /// # Errors
    ///
    /// [`InvalidSecretKey::Range`] for a scalar that is zero or too large, which an Ed25519 seed
    /// never is; [`InvalidSecretKey::Curve`] for tz4 and tz5.
    pub fn from_bytes(curve: Curve, bytes: &[u8; 32]) -> Result<Self, InvalidSecretKey> {
        let scalar = match curve {
            Curve::Ed25519 => Some(Scalar::Ed25519(ed25519_dalek::SigningKey::from_bytes(
                bytes,
            ))),
            Curve::Secp256k1 => k256::SecretKey::from_slice(bytes)
                .ok()
                .map(Scalar::Secp256k1),
            Curve::P256 => p256::SecretKey::from_slice(bytes).ok().map(Scalar::P256),
            Curve::Bls12381 | Curve::MlDsa44 => return Err(InvalidSecretKey::Curve(curve)),
        };
        scalar.map(Self).ok_or(InvalidSecretKey::Range)
    }

    /// The curve of the key.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        match self.0 {
            Scalar::Ed25519(_) => Curve::Ed25519,
            Scalar::Secp256k1(_) => Curve::Secp256k1,
            Scalar::P256(_) => Curve::P256,
        }
    }
}

impl Sign for SecretKey {
    fn public_key(&self) -> PublicKey {
        match &self.0 {
            Scalar::Ed25519(key) => PublicKey::Ed25519(key.verifying_key().to_bytes()),
            Scalar::Secp256k1(key) => {
                PublicKey::Secp256k1(public(&key.to_nonzero_scalar()).to_bytes().into())
            }
            Scalar::P256(key) => {
                PublicKey::P256(public(&key.to_nonzero_scalar()).to_bytes().into())
            }
        }
    }

    fn sign(&self, digest: &Digest, entropy: &[u8; 32]) -> Signature {
        Signature(match &self.0 {
            Scalar::Ed25519(key) => key.sign(&digest.0).to_bytes(),
            Scalar::Secp256k1(key) => sign_hedged(&key.to_nonzero_scalar(), &digest.0, entropy)
                .to_bytes()
                .into(),
            Scalar::P256(key) => sign_hedged(&key.to_nonzero_scalar(), &digest.0, entropy)
                .to_bytes()
                .into(),
        })
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("SecretKey").field(&self.curve()).finish()
    }
}
