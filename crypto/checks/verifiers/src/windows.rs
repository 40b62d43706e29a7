//! `p256` with tables that are made once: 16 odd multiples of the key and of the base point, 1.5 KiB each.
//!
//! `ecdsa` makes both tables anew for every signature, and small ones. This is its equation written out on
//! the same field, scalars and `wnaf`, which are all public, with windows of six bits: what could be had
//! from `p256` without changing it. Wider windows panic in `wnaf` 0.14.1 where debug assertions are on: its
//! digits are `i8`, and 128 is none.

use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::consts::U6;
use p256::elliptic_curve::ops::{Invert as _, Reduce as _};
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::{FieldBytes, ProjectivePoint, Scalar};
use tezio_core::tezos::{Curve, Digest, PublicKey};
use wnaf::{WnafBase, WnafScalar};

use crate::{Check, Implementation, Sample, Signed};

pub(crate) const ALL: [Implementation; 1] = [Implementation {
    name: "p256, tables made once per key",
    curve: Curve::P256,
    signed: Signed::Blake2b,
    prepare,
}];

type Table = WnafBase<ProjectivePoint, U6>;
type Digits = WnafScalar<Scalar, U6>;

fn prepare(sample: &Sample) -> Option<Check> {
    let PublicKey::P256(bytes) = &sample.key else {
        return None;
    };
    let key = VerifyingKey::from_sec1_bytes(bytes).ok()?;
    let tables = [
        Table::new(&ProjectivePoint::GENERATOR),
        Table::new(&ProjectivePoint::from(*key.as_affine())),
    ];
    Some(Box::new(move |sample| {
        Signature::from_slice(&sample.signature)
            .is_ok_and(|signature| holds(&tables, sample.digest(), &signature))
    }))
}

/// Whether the x of `(digest / s) G + (r / s) Q` is r, for tables of G and Q.
fn holds(tables: &[Table; 2], Digest(digest): Digest, signature: &Signature) -> bool {
    let (r, s) = signature.split_scalars();
    let inverse = *s.invert_vartime();
    let digest = Scalar::reduce(&FieldBytes::from(digest));
    let digits = [digest * inverse, *r * inverse].map(|scalar| Digits::new(&scalar));
    let sum = Table::multiscalar_mul(tables.iter().zip(&digits));
    Scalar::reduce(&sum.to_affine().x()) == *r
}
