//! Signatures of 64 bytes: `<r: 32><s: 32>`, or Ed25519's `<R: 32><S: 32>`.

use super::Curve;
use super::base58check::{self, Base58Fault, Base58Text};

const EDSIG: &[u8] = &[0x09, 0xf5, 0xcd, 0x86, 0x12];
const SPSIG: &[u8] = &[0x0d, 0x73, 0x65, 0x13, 0x3f];
const P2SIG: &[u8] = &[0x36, 0xf0, 0x2c, 0x34];
const GENERIC: &[u8] = &[0x04, 0x82, 0x2b];

/// A signature as raw bytes. Which curve it belongs to is known from the key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// A signature read from text, with the curve that its prefix named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureText {
    /// The curve, or `None` for the generic `sig…` form.
    pub curve: Option<Curve>,
    /// The signature itself.
    pub signature: Signature,
}

impl Signature {
    /// The text form for a key of `curve`: `edsig…`, `spsig1…`, `p2sig…`; `sig…` for the curves
    /// whose signatures are no 64 bytes and that this signer never produces.
    #[must_use]
    pub fn to_base58(&self, curve: Curve) -> Base58Text {
        base58check::emit(prefix(Some(curve)), &self.0)
    }
}

impl SignatureText {
    /// Reads `edsig…`, `spsig1…`, `p2sig…` or the generic `sig…`.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is none of them.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        let curve = match text.as_bytes() {
            [b'e', b'd', ..] => Some(Curve::Ed25519),
            [b's', b'p', ..] => Some(Curve::Secp256k1),
            [b'p', b'2', ..] => Some(Curve::P256),
            _ => None,
        };
        let signature = base58check::parse(text, prefix(curve)).map(Signature)?;
        Ok(Self { curve, signature })
    }
}

const fn prefix(curve: Option<Curve>) -> &'static [u8] {
    match curve {
        Some(Curve::Ed25519) => EDSIG,
        Some(Curve::Secp256k1) => SPSIG,
        Some(Curve::P256) => P2SIG,
        Some(Curve::Bls12381 | Curve::MlDsa44) | None => GENERIC,
    }
}
