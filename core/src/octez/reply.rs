//! A reply: what a client is told, however it is put.

use crate::crypto::VerifiedSignature;
use crate::limits::{AUTHORIZED_KEYS, KEYS};
use crate::tezos::{Curve, PublicKey, PublicKeyHash, Signature};
use crate::verdict::{Refusal, Unguarded};
use crate::watermark::Stored;

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Somebody is there.
    Hello,
    /// The signature asked for.
    Signature(Release),
    /// The public key asked for.
    PublicKey(PublicKey),
    /// The addresses of the keys that may authenticate; `None` when nobody needs to.
    AuthorizedKeys(Option<heapless::Vec<PublicKeyHash, AUTHORIZED_KEYS>>),
    /// The addresses of the keys that this signer serves.
    KnownKeys(heapless::Vec<PublicKeyHash, KEYS>),
    /// There are no deterministic nonces here.
    NoDeterministicNonces,
    /// Nothing of the kind, and why.
    Refused(Refusal),
}

/// A signature that may leave: of a consensus message only from its stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    signature: Signature,
    curve: Curve,
}

impl Release {
    /// The signature of a consensus message, recorded on the disk.
    #[must_use]
    pub const fn stored(stored: &Stored, curve: Curve) -> Self {
        Self {
            signature: *stored.signature(),
            curve,
        }
    }

    /// The signature of a message that no watermark guards.
    #[must_use]
    pub const fn unguarded(verified: &VerifiedSignature, _: Unguarded) -> Self {
        Self {
            signature: *verified.signature(),
            curve: verified.key().curve(),
        }
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The curve of the key that made it, which decides how it is written.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }
}
