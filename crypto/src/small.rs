//! ECDSA in little memory: the device's half, where tables of points do not fit on the stack.
//!
//! From scalars and points to signatures and verdicts, on both curves with the same lines. Points are
//! multiplied bit by bit, without tables: slower than `RustCrypto`'s own way, and in less stack
//! (`docs/footprint.md`). What touches secrets takes the same steps for every secret; checking does not, and
//! has none.
#![cfg_attr(
    not(test),
    expect(
        clippy::arithmetic_side_effects,
        reason = "scalars and points are of finite groups: nothing overflows"
    )
)]

use ecdsa::elliptic_curve::consts::U32;
use ecdsa::elliptic_curve::group::{Curve as _, Group as _};
use ecdsa::elliptic_curve::ops::{Invert as _, Reduce};
use ecdsa::elliptic_curve::point::AffineCoordinates as _;
use ecdsa::elliptic_curve::subtle::{Choice, ConditionallySelectable as _};
use ecdsa::elliptic_curve::{
    AffinePoint, Curve, CurveArithmetic, FieldBytes, NonZeroScalar, PrimeField as _,
    ProjectivePoint, Scalar,
};
use ecdsa::{DigestAlgorithm, EcdsaCurve, Signature};
use rfc6979::KGenerator;

/// The public point of `secret`.
#[inline(never)]
pub(crate) fn public<C: CurveArithmetic>(secret: &NonZeroScalar<C>) -> AffinePoint<C> {
    times_generator::<C>(secret).to_affine()
}

/// Signs with an RFC 6979 nonce that has `entropy` mixed in. Whether S is brought to its lower half
/// is the curve's own rule: yes for secp256k1, no for P-256.
#[inline(never)]
pub(crate) fn sign_hedged<C>(
    secret: &NonZeroScalar<C>,
    digest: &[u8; 32],
    entropy: &[u8; 32],
) -> Signature<C>
where
    C: DigestAlgorithm + CurveArithmetic + Curve<FieldBytesSize = U32>,
{
    let order = C::ORDER;
    let mut nonces =
        KGenerator::<C::Digest, C::Uint>::new(&secret.to_repr(), digest, entropy, &order);
    loop {
        let mut nonce = FieldBytes::<C>::default();
        nonces.fill_next_k(&mut nonce);
        let nonce = NonZeroScalar::<C>::from_repr(nonce).into_option();
        // Each is below the order already. One that is zero or gives an R or S of zero has a chance
        // of 1 in 2^254; the next one then.
        if let Some(signature) = nonce.and_then(|nonce| sign(secret, digest, &nonce)) {
            return signature;
        }
    }
}

/// Signs with `nonce`; `None` when R or S came out as zero.
#[inline(never)]
pub(crate) fn sign<C>(
    secret: &NonZeroScalar<C>,
    digest: &[u8; 32],
    nonce: &NonZeroScalar<C>,
) -> Option<Signature<C>>
where
    C: EcdsaCurve + CurveArithmetic + Curve<FieldBytesSize = U32>,
{
    let r = reduced::<C>(&times_generator::<C>(nonce).to_affine().x());
    let inverse: Scalar<C> = *nonce.invert();
    let z = digest_scalar::<C>(digest);
    let s = inverse * (z + r * **secret);
    let signature = Signature::<C>::from_scalars(r, s).ok()?;
    Some(if C::NORMALIZE_S {
        signature.normalize_s()
    } else {
        signature
    })
}

/// Whether `signature` is one of `digest` by `key`, whichever half its S is in.
#[inline(never)]
pub(crate) fn verify<C>(key: &AffinePoint<C>, digest: &[u8; 32], signature: &Signature<C>) -> bool
where
    C: EcdsaCurve + CurveArithmetic + Curve<FieldBytesSize = U32>,
{
    let (r, s) = signature.split_scalars();
    let inverse: Scalar<C> = *s.invert();
    let of_generator = digest_scalar::<C>(digest) * inverse;
    let of_key = *r * inverse;
    let point = sum_of_two::<C>(&of_generator, &of_key, key).to_affine();
    reduced::<C>(&point.x()) == *r
}

/// `scalar` x generator, in the same steps whatever the scalar.
#[inline(never)]
fn times_generator<C: CurveArithmetic>(scalar: &NonZeroScalar<C>) -> ProjectivePoint<C> {
    let generator = ProjectivePoint::<C>::generator();
    let mut product = ProjectivePoint::<C>::identity();
    for byte in scalar.to_repr() {
        for shift in (0..8_u32).rev() {
            product = product.double();
            let sum = product + generator;
            product.conditional_assign(&sum, bit(byte, shift));
        }
    }
    product
}

/// `first` x generator + `second` x `key`, both at once. Nothing here is secret.
#[inline(never)]
fn sum_of_two<C: CurveArithmetic>(
    first: &Scalar<C>,
    second: &Scalar<C>,
    key: &AffinePoint<C>,
) -> ProjectivePoint<C> {
    let generator = ProjectivePoint::<C>::generator();
    let key = ProjectivePoint::<C>::from(*key);
    let both = generator + key;
    let mut sum = ProjectivePoint::<C>::identity();
    for (first, second) in first.to_repr().into_iter().zip(second.to_repr()) {
        for shift in (0..8_u32).rev() {
            sum = sum.double();
            match (
                bool::from(bit(first, shift)),
                bool::from(bit(second, shift)),
            ) {
                (true, true) => sum += both,
                (true, false) => sum += generator,
                (false, true) => sum += key,
                (false, false) => {}
            }
        }
    }
    sum
}

fn bit(byte: u8, shift: u32) -> Choice {
    Choice::from(byte.wrapping_shr(shift) & 1)
}

/// Digest and field are of one size; a curve of which they are not does not compile.
fn digest_scalar<C>(digest: &[u8; 32]) -> Scalar<C>
where
    C: CurveArithmetic + Curve<FieldBytesSize = U32>,
{
    reduced::<C>(&(*digest).into())
}

fn reduced<C: CurveArithmetic>(bytes: &FieldBytes<C>) -> Scalar<C> {
    Scalar::<C>::reduce(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecdsa::elliptic_curve::Field as _;
    use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};

    /// Numbers with long runs of ones and zeros, where carries and doublings meet.
    const NUMBERS: [[u8; 32]; 5] = [
        [0x21; 32],
        [0x7f; 32],
        one_byte(31, 1),
        one_byte(0, 0x80),
        one_byte(15, 0xff),
    ];

    const fn one_byte(at: usize, byte: u8) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[at] = byte;
        bytes
    }

    /// The numbers, and the key whose point is the generator's negative: both together are nothing.
    fn secrets<C>() -> impl Iterator<Item = NonZeroScalar<C>>
    where
        C: CurveArithmetic + Curve<FieldBytesSize = U32>,
    {
        let minus_one = NonZeroScalar::<C>::new(-Scalar::<C>::ONE).unwrap();
        let numbers = NUMBERS.map(|bytes| NonZeroScalar::<C>::from_repr(bytes.into()).unwrap());
        numbers.into_iter().chain([minus_one])
    }

    fn agrees<C>()
    where
        C: DigestAlgorithm + CurveArithmetic + Curve<FieldBytesSize = U32>,
    {
        for secret in secrets::<C>() {
            let theirs = ProjectivePoint::<C>::mul_by_generator(&secret).to_affine();
            let key = public::<C>(&secret);
            assert_eq!(key, theirs);
            for digest in NUMBERS.into_iter().chain([[0; 32], [0xff; 32]]) {
                let signature = sign_hedged::<C>(&secret, &digest, &[7; 32]);
                let (theirs, _) =
                    sign_prehashed_rfc6979::<C, C::Digest>(&secret, &digest, &[7; 32]);
                assert_eq!(signature, theirs);
                let point = ProjectivePoint::<C>::from(key);
                assert!(verify_prehashed(&point, &digest, &signature).is_ok());
                assert!(verify(&key, &digest, &signature));
                assert!(!verify(&key, &digest.map(|byte| byte ^ 1), &signature));
                let (r, s) = signature.split_scalars();
                let other_half = Signature::<C>::from_scalars(*r, -*s).unwrap();
                assert!(verify(&key, &digest, &other_half));
                let other_r = Signature::<C>::from_scalars(*r + Scalar::<C>::ONE, *s);
                assert!(other_r.is_ok_and(|signature| !verify(&key, &digest, &signature)));
            }
        }
    }

    #[test]
    fn keys_signatures_and_verdicts_are_those_of_rustcrypto() {
        agrees::<k256::Secp256k1>();
        agrees::<p256::NistP256>();
    }
}
