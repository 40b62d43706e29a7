//! Toy keys: cryptography that proves nothing and costs next to nothing, shaped like the real one.
//!
//! A signature is `<nonce: 32><sum over key, nonce and digest: 32>`. It is randomised, as the HSM's ECDSA
//! is: signing the same bytes twice gives two signatures, so that it shows.

use core::convert::Infallible;
use std::sync::LazyLock;

use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, Verify, VerifyBls};
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::{BlsPublicKey, BlsSignature, Digest, PublicKey, PublicKeyHash, Signature};

use crate::prng::mixed;

/// The aliases of the keys that the devices hold and the signer serves.
pub const KEYS: [KeyAlias; 2] = [KeyAlias::Secp256k1, KeyAlias::P256];

/// A key that no device should have.
pub const STRANGER: u8 = 99;

/// Checks toy signatures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Toy;

impl Verify for Toy {
    type Key = u8;

    fn prepare(&self, key: &PublicKey) -> Result<u8, InvalidPublicKey> {
        key.as_bytes().last().copied().ok_or(InvalidPublicKey)
    }

    fn verify(
        &self,
        key: &u8,
        digest: &Digest,
        signature: &Signature,
    ) -> Result<(), InvalidSignature> {
        let (nonce, sum) = signature.0.split_at(32);
        if sum == sum_of(*key, nonce, digest) {
            Ok(())
        } else {
            Err(InvalidSignature)
        }
    }
}

/// No client signs its requests here, so there are no keys to check them with.
impl VerifyBls for Toy {
    type BlsKey = Infallible;
    type BlsSigned = Infallible;

    fn prepare_bls(&self, _: &BlsPublicKey) -> Result<Infallible, InvalidPublicKey> {
        Err(InvalidPublicKey)
    }

    fn prepare_signed(
        &self,
        _: &[&[u8]],
        _: &BlsSignature,
    ) -> Result<Infallible, InvalidSignature> {
        Err(InvalidSignature)
    }

    fn verify_bls(&self, key: &Infallible, _: &Infallible) -> Result<(), InvalidSignature> {
        match *key {}
    }
}

/// The number of an alias's key, which is both its halves.
#[must_use]
pub const fn secret(alias: KeyAlias) -> u8 {
    alias.number()
}

/// The public half of an alias's key.
#[must_use]
pub const fn public_key(alias: KeyAlias) -> PublicKey {
    let secret = secret(alias);
    match alias {
        KeyAlias::Ed25519 => PublicKey::Ed25519([secret; 32]),
        KeyAlias::Secp256k1 => PublicKey::Secp256k1([secret; 33]),
        KeyAlias::Authentication | KeyAlias::P256 => PublicKey::P256([secret; 33]),
    }
}

/// The same as text.
#[must_use]
pub fn public_key_text(alias: KeyAlias) -> &'static str {
    static TEXTS: LazyLock<[String; 4]> =
        LazyLock::new(|| KeyAlias::ALL.map(|alias| public_key(alias).to_base58().to_string()));
    &TEXTS[usize::from(alias.number())]
}

/// The address of an alias's key.
#[must_use]
pub fn address(alias: KeyAlias) -> PublicKeyHash {
    static ADDRESSES: LazyLock<[PublicKeyHash; 4]> =
        LazyLock::new(|| KeyAlias::ALL.map(|alias| public_key(alias).hash()));
    ADDRESSES[usize::from(alias.number())]
}

/// Signs with the key `secret` and the nonce that grows from `nonce`.
#[must_use]
pub fn sign(secret: u8, digest: &Digest, nonce: u64) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&grown(nonce));
    let sum = sum_of(secret, &bytes[..32], digest);
    bytes[32..].copy_from_slice(&sum);
    Signature(bytes)
}

fn sum_of(secret: u8, nonce: &[u8], digest: &Digest) -> [u8; 32] {
    let words = nonce.chunks_exact(8).chain(digest.0.chunks_exact(8));
    let sum = words.fold(u64::from(secret), |sum, word| {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        mixed(sum ^ word)
    });
    grown(sum)
}

/// 32 bytes from a number.
fn grown(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut state = number;
    for word in bytes.chunks_exact_mut(8) {
        state = mixed(state);
        word.copy_from_slice(&state.to_le_bytes());
    }
    bytes
}
