//! What the published firmware does and no host may: lax checks, chosen nonces, raw keys.
//!
//! Only a device that imitates the Tezio HSM has a use for this. The behaviour is that of Tezio
//! library 0.2.0, `github.com/prof-groff/tezio` at commit `bc67eef`.

use curve25519_dalek::Scalar as Ed25519Scalar;
use ecdsa::EcdsaCurve;
use ecdsa::elliptic_curve::consts::U32;
use ecdsa::elliptic_curve::sec1::{ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{Curve, CurveArithmetic, NonZeroScalar};
use ecdsa::signature::Verifier as _;
use tezio_core::tezos::{Digest, Signature};

use crate::secret_key::Scalar;
use crate::small;
use crate::verifier::Point;
use crate::{SecretKey, VerifyingKey};

/// A public key as the secure element stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawPublicKey {
    /// The 32 bytes of an Ed25519 key.
    Ed25519([u8; 32]),
    /// `<X: 32><Y: 32>` of a point on the other curves, big-endian.
    Point([u8; 64]),
}

impl RawPublicKey {
    /// 32 or 64 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) => bytes,
            Self::Point(bytes) => bytes,
        }
    }
}

impl From<&SecretKey> for RawPublicKey {
    fn from(key: &SecretKey) -> Self {
        match &key.0 {
            Scalar::Ed25519(key) => Self::Ed25519(key.verifying_key().to_bytes()),
            Scalar::Secp256k1(key) => point(&small::public(&key.to_nonzero_scalar())),
            Scalar::P256(key) => point(&small::public(&key.to_nonzero_scalar())),
        }
    }
}

fn point<C>(key: &impl ToSec1Point<C>) -> RawPublicKey
where
    C: Curve<FieldBytesSize: ModulusSize>,
{
    RawPublicKey::Point(untagged(key.to_sec1_point(false).as_bytes()))
}

/// Takes the leading 04 off `<04><X: 32><Y: 32>`.
fn untagged(uncompressed: &[u8]) -> [u8; 64] {
    uncompressed.last_chunk().copied().unwrap_or([0; 64])
}

/// VERIFY as the firmware does it: Ed25519 with the scalar S taken modulo the group order, ECDSA
/// with either half of S on both curves.
#[must_use]
pub fn verify_lax(key: &VerifyingKey, digest: &Digest, signature: &Signature) -> bool {
    let (Digest(digest), Signature(bytes)) = (digest, signature);
    match &key.0 {
        Point::Ed25519(key) => verify_ed25519(key, digest, bytes),
        Point::Secp256k1(key) => k256::ecdsa::Signature::from_slice(bytes)
            .is_ok_and(|signature| small::verify(key.as_affine(), digest, &signature)),
        Point::P256(key) => p256::ecdsa::Signature::from_slice(bytes)
            .is_ok_and(|signature| small::verify(key.as_affine(), digest, &signature)),
    }
}

/// A function of its own, so that its stack is not that of the other curves too.
#[inline(never)]
fn verify_ed25519(
    key: &ed25519_dalek::VerifyingKey,
    digest: &[u8; 32],
    signature: &[u8; 64],
) -> bool {
    key.verify(digest, &reduced(signature)).is_ok()
}

/// The same Ed25519 signature with S below the group order.
fn reduced(signature: &[u8; 64]) -> ed25519_dalek::Signature {
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    let s = Ed25519Scalar::from_bytes_mod_order(*signature.s_bytes());
    ed25519_dalek::Signature::from_components(*signature.r_bytes(), s.to_bytes())
}

/// Signs with a nonce of the caller's choice: what a device does whose random source has failed.
///
/// Two digests signed with one nonce give the secret key away. `None` for Ed25519, which has no
/// nonce to choose, and for a nonce that is zero or not below the order of the curve.
#[must_use]
pub fn sign_with_nonce(key: &SecretKey, digest: &Digest, nonce: &[u8; 32]) -> Option<Signature> {
    match &key.0 {
        Scalar::Ed25519(_) => None,
        Scalar::Secp256k1(key) => chosen(&key.to_nonzero_scalar(), digest, nonce)
            .map(|signature| Signature(signature.to_bytes().into())),
        Scalar::P256(key) => chosen(&key.to_nonzero_scalar(), digest, nonce)
            .map(|signature| Signature(signature.to_bytes().into())),
    }
}

fn chosen<C>(
    key: &NonZeroScalar<C>,
    digest: &Digest,
    nonce: &[u8; 32],
) -> Option<ecdsa::Signature<C>>
where
    C: EcdsaCurve + CurveArithmetic + Curve<FieldBytesSize = U32>,
{
    let nonce = NonZeroScalar::<C>::from_repr((*nonce).into()).into_option()?;
    small::sign(key, &digest.0, &nonce)
}
