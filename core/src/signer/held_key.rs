//! What is known of a configured key: nothing, until an HSM has shown it.

use crate::limits::NONCES;
use crate::tezos::{Curve, Digest, PublicKey, Signature};

/// A key that the signer serves.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap, and every key is read once"
)]
pub(super) enum HeldKey<K> {
    /// No HSM has been asked for it yet.
    Unread,
    /// An HSM gave it twice, its address is the configured one, and it is a point on its curve.
    Read {
        /// The key.
        public: PublicKey,
        /// The same, ready for checking signatures.
        prepared: K,
        /// The nonces of its last signatures.
        nonces: Nonces,
    },
}

impl<K> HeldKey<K> {
    /// Takes over a key that an HSM has shown; one that was known keeps its nonces.
    pub(super) fn read(&mut self, public: PublicKey, prepared: K) {
        if matches!(self, Self::Unread) {
            let nonces = Nonces::default();
            *self = Self::Read {
                public,
                prepared,
                nonces,
            };
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
