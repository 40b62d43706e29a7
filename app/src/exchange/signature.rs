//! Signatures in files: a digest in hex and a signature in base58, of one key.
//!
//! A signature can be checked against its key's prefix here, and no further: files hold no public
//! keys. It is believed, because all that a wrong one can do is to be handed to a client that asks
//! for the very same message again, which then rejects it. No second message is ever signed for it.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::Deserializer;
use tezio_core::tezos::{Curve, Digest, PublicKeyHash, SignatureText};
use tezio_core::watermark::Released;

use crate::config::text::from_text;

/// A digest: 64 hex digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct DigestText(pub(super) Digest);

impl<'de> Deserialize<'de> for DigestText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, "a digest (64 hex digits)", |text| {
            let mut bytes = [0; 32];
            hex::decode_to_slice(text, &mut bytes).map_err(|fault| fault.to_string())?;
            Ok(Self(Digest(bytes)))
        })
    }
}

/// What `key` released, by the texts of digest and signature.
///
/// # Errors
///
/// When the signature is none, or one of another curve.
pub(super) fn released(key: PublicKeyHash, digest: Digest, text: &str) -> Result<Released> {
    let parsed = SignatureText::from_base58(text)
        .with_context(|| format!("\"{text}\" is not a signature of {key}"))?;
    ensure!(
        parsed.curve.is_none_or(|curve| curve == key.curve()),
        "\"{text}\" is a signature of another curve than {key}"
    );
    Ok(Released {
        digest,
        signature: parsed.signature,
    })
}

/// Whether a Tezio HSM can hold keys of this curve.
pub(super) const fn is_ours(curve: Curve) -> bool {
    match curve {
        Curve::Ed25519 | Curve::Secp256k1 | Curve::P256 => true,
        Curve::Bls12381 | Curve::MlDsa44 => false,
    }
}
