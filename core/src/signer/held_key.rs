//! What is known of a configured key: what it has signed, and itself once an HSM has shown it.

use crate::limits::NONCES;
use crate::tezos::{Curve, Digest, PublicKey, Signature};
use crate::watermark::Released;

/// A key that the signer serves.
#[derive(Clone, Debug)]
pub(super) struct HeldKey<K> {
    /// The key itself, once an HSM has shown it.
    pub(super) shown: Option<Shown<K>>,
    /// The nonces of its last signatures.
    pub(super) nonces: Nonces,
}

/// A key that an HSM gave twice, whose address is the configured one, and that is a point on its
/// curve.
#[derive(Clone, Debug)]
pub(super) struct Shown<K> {
    /// The key.
    pub(super) public: PublicKey,
    /// The same, ready for checking signatures.
    pub(super) prepared: K,
}

impl<K> HeldKey<K> {
    /// A key that nobody has shown yet, and that made these signatures.
    pub(super) fn new<'r>(curve: Curve, made: impl Iterator<Item = &'r Released>) -> Self {
        let mut nonces = Nonces::default();
        for Released { digest, signature } in made {
            nonces.admit(curve, *digest, signature);
        }
        Self {
            shown: None,
            nonces,
        }
    }
}

/// The nonces of a key's last ECDSA signatures, so that none is used twice.
///
/// Two signatures of different messages with one nonce give the secret key away. The firmware's
/// secp256k1 goes on with an old nonce when its random source fails, so the second signature must not
/// leave.
#[derive(Clone, Debug, Default)]
pub(super) struct Nonces {
    last: heapless::HistoryBuf<([u8; 32], Digest), NONCES>,
}

impl Nonces {
    /// Remembers the nonce of a signature; says whether it is new, or known from the same message.
    pub(super) fn admit(&mut self, curve: Curve, digest: Digest, signature: &Signature) -> bool {
        let (Some((r, _)), Curve::Secp256k1 | Curve::P256) =
            (signature.0.split_first_chunk::<32>(), curve)
        else {
            return true;
        };
        let known = self.last.as_slice().iter().find(|(known, _)| known == r);
        match known {
            Some((_, of)) => *of == digest,
            None => {
                self.last.write((*r, digest));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Digest = Digest([1; 32]);
    const OTHER: Digest = Digest([2; 32]);

    fn signature(r: u8, s: u8) -> Signature {
        Signature(core::array::from_fn(|at| if at < 32 { r } else { s }))
    }

    #[test]
    fn a_nonce_serves_one_message() {
        let mut nonces = Nonces::default();
        assert!(nonces.admit(Curve::Secp256k1, ONE, &signature(7, 1)));
        assert!(nonces.admit(Curve::Secp256k1, ONE, &signature(7, 1)));
        assert!(!nonces.admit(Curve::Secp256k1, OTHER, &signature(7, 2)));
        assert!(!nonces.admit(Curve::Secp256k1, OTHER, &signature(7, 3)));
        assert!(nonces.admit(Curve::Secp256k1, OTHER, &signature(8, 2)));
    }

    #[test]
    fn ed25519_derives_its_nonces_and_needs_no_watching() {
        let mut nonces = Nonces::default();
        assert!(nonces.admit(Curve::Ed25519, ONE, &signature(7, 1)));
        assert!(nonces.admit(Curve::Ed25519, OTHER, &signature(7, 1)));
    }
}
