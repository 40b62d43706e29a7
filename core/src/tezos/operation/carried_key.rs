//! Public keys in operations, of all five kinds.

use blake2::Digest as _;
use blake2::digest::consts::U20;

use super::walk::{Read, Walk};
use super::{OperationFault, Unreadable};
use crate::tezos::{Curve, PublicKeyHash};

const PROOF: usize = 96;

/// A public key that an operation carries: to be shown, or to be put in another's place.
///
/// The bytes are not promised to be a point on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarriedKey<'a> {
    curve: Curve,
    bytes: &'a [u8],
}

impl<'a> CarriedKey<'a> {
    /// The curve of the key.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The compressed key without any tag, 32, 33, 48 or 1312 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The address of the key: `BLAKE2b` of 20 bytes over it.
    #[must_use]
    pub fn hash(&self) -> PublicKeyHash {
        let hash = blake2::Blake2b::<U20>::digest(self.bytes);
        PublicKeyHash::new(self.curve, hash.into())
    }

    /// `<tag: u8><key><00 | ff, length: u32, proof: 96>`.
    pub(super) fn parse(walk: &mut Walk<'a>) -> Read<Self> {
        let curve = walk.choice("kind of key", Curve::from_tag)?;
        let bytes = walk.slice(size(curve))?;
        walk.option(proof)?;
        Ok(Self { curve, bytes })
    }
}

fn proof(walk: &mut Walk<'_>) -> Read<()> {
    let at = walk.at();
    match walk.bytes()?.len() {
        PROOF => Ok(()),
        bytes => Err(Unreadable {
            at,
            fault: OperationFault::Size {
                what: "a proof of possession",
                bytes,
            },
        }),
    }
}

const fn size(curve: Curve) -> usize {
    match curve {
        Curve::Ed25519 => 32,
        Curve::Secp256k1 | Curve::P256 => 33,
        Curve::Bls12381 => 48,
        Curve::MlDsa44 => 1312,
    }
}
