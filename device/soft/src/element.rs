//! What holds the keys: the secure element of a board, or software in its place.
//!
//! The operations check, hash and write texts; for the keys themselves they ask a
//! [`SecureElement`]. It gets what was allowed already and says with a status what it cannot do.

use tezio_core::hsm::{KeyAlias, Status};
use tezio_core::tezos::{Digest, PublicKey, Signature};

/// The size of a public key's slot, in bytes: `<X: 32><Y: 32>`, or the 32 bytes of Ed25519 first.
pub const SLOT: usize = 64;
const HALF: usize = SLOT / 2;

/// The place of the keys.
pub trait SecureElement {
    /// Makes it ready for an operation.
    ///
    /// # Errors
    ///
    /// A1 when it does not answer.
    fn wake(&mut self) -> Result<(), Status>;

    /// Reads the public key of `alias` into `slot`. What cannot be read leaves its bytes there as
    /// they were.
    ///
    /// # Errors
    ///
    /// B4 when any part of the key could not be read.
    fn read_public_key(&mut self, alias: KeyAlias, slot: &mut [u8; SLOT]) -> Result<(), Status>;

    /// Signs `digest` as it stands with the key of `alias`.
    ///
    /// # Errors
    ///
    /// AF when it fails to sign; B1, B2 or B4 when a key for software signing cannot be read.
    fn sign(&mut self, alias: KeyAlias, digest: &Digest) -> Result<Signature, Status>;

    /// Whether `signature` is one of `digest` by the key of `alias`. A failure is "no".
    fn verify(&mut self, alias: KeyAlias, digest: &Digest, signature: &Signature) -> bool;

    /// A number that the driver prints on the host's line when a secret key cannot be read. A
    /// driver that prints nothing leaves this alone.
    fn printed(&self) -> Option<u8> {
        None
    }

    /// Has the next signature of secp256k1 use a nonce that never changes: a fault on order, for
    /// tests of hosts. What does not do that leaves this alone.
    fn repeat_nonce(&mut self) {}
}

/// The parity of Y in front of X, or the key as it is. Whether it is a point is not asked.
pub(crate) fn compressed(alias: KeyAlias, slot: &[u8; SLOT]) -> PublicKey {
    let (x, y) = slot.split_at(HALF);
    let parity = y.last().copied().unwrap_or_default() & 1;
    let mut key = [0; HALF + 1];
    let bytes = core::iter::once(parity | 2).chain(x.iter().copied());
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    match alias {
        KeyAlias::Ed25519 => PublicKey::Ed25519(x.try_into().unwrap_or([0; HALF])),
        KeyAlias::Secp256k1 => PublicKey::Secp256k1(key),
        KeyAlias::Authentication | KeyAlias::P256 => PublicKey::P256(key),
    }
}
