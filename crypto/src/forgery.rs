//! ECDSA signatures that anybody can make for anybody's key, over digests that nobody chose.
//!
//! From a public key to a digest and two signatures of it that verify. They show that a device's
//! VERIFY computes, without having it sign anything; of the key's owner they prove nothing, since no
//! message with that digest is known.
//!
//! With the point `R = G + Q`, of key `Q`, and `r` its x: digest, r and s all equal to `r` satisfy
//! ECDSA's equation `R = (digest / s) G + (r / s) Q`, and so does s negated, with `-R` of the same x.

use ecdsa::elliptic_curve::group::{Curve as _, Group as _};
use ecdsa::elliptic_curve::ops::Reduce;
use ecdsa::elliptic_curve::point::AffineCoordinates as _;
use ecdsa::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytes, PrimeField as _, ProjectivePoint, Scalar,
};
use tezio_core::tezos::{Digest, Signature};

use crate::VerifyingKey;
use crate::verifier::Point;

/// A digest and both signatures over it, which differ in the sign of S.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgery {
    /// The digest.
    pub digest: Digest,
    /// A signature over it; which half of the numbers its S is in depends on the key.
    pub signature: Signature,
    /// The same with S negated.
    pub twin: Signature,
}

impl Forgery {
    /// The one for `key`; `None` for Ed25519, where the message is part of what is hashed.
    #[must_use]
    pub fn of(key: &VerifyingKey) -> Option<Self> {
        match &key.0 {
            Point::Ed25519(_) => None,
            Point::Secp256k1(key) => forge::<k256::Secp256k1>(*key.as_affine()),
            Point::P256(key) => forge::<p256::NistP256>(*key.as_affine()),
        }
    }
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "a group and a field: nothing overflows"
)]
fn forge<C>(key: AffinePoint<C>) -> Option<Forgery>
where
    C: CurveArithmetic,
    Scalar<C>: Reduce<FieldBytes<C>>,
{
    let sum = ProjectivePoint::<C>::from(key) + ProjectivePoint::<C>::generator();
    let r = Scalar::<C>::reduce(&sum.to_affine().x());
    let digest = r.to_repr().as_slice().try_into().ok()?;
    let negated = (-r).to_repr().as_slice().try_into().ok()?;
    Some(Forgery {
        digest: Digest(digest),
        signature: joined(&digest, &digest),
        twin: joined(&digest, &negated),
    })
}

fn joined(r: &[u8; 32], s: &[u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    let (first, second) = bytes.split_at_mut(32);
    first.copy_from_slice(r);
    second.copy_from_slice(s);
    Signature(bytes)
}
