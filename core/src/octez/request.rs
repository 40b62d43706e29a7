//! A request: what a client wants, however it was put.

use crate::malformed::Malformed;
use crate::tezos::{BlsSignature, PublicKeyHash, Signature, SignatureText};

/// One request. Borrowed parts live in the buffer it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Is anybody there?
    Hello,
    /// Sign `data` with `key`.
    Sign {
        /// The key to sign with.
        key: PublicKeyHash,
        /// What to sign, magic byte first.
        data: &'a [u8],
        /// An authorized key's signature over the request.
        authentication: Option<Authentication>,
    },
    /// The public key of an address.
    PublicKey {
        /// The address.
        key: PublicKeyHash,
    },
    /// Which keys may authenticate requests, if they must be authenticated.
    AuthorizedKeys,
    /// Which keys this signer serves.
    KnownKeys,
    /// A nonce, or its hash, that depends on data and the secret key alone. No Tezio HSM makes them.
    DeterministicNonce {
        /// The key.
        key: PublicKeyHash,
    },
    /// Whether there are such nonces.
    SupportsDeterministicNonces {
        /// The key.
        key: PublicKeyHash,
    },
    /// A proof of possession of a BLS key. No Tezio HSM holds such keys.
    ProvePossession {
        /// The key.
        key: PublicKeyHash,
    },
    /// Something that is no request. It goes the same way as the others, so that an address which
    /// may not ask learns nothing, and every refusal is seen in one place.
    Malformed(Malformed),
}

/// The signature that shows that a request comes from an authorized key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// One that a tz1, tz2 or tz3 key can have made.
    Known(SignatureText),
    /// One that a tz4 key can have made.
    Bls(BlsSignature),
    /// One of another kind of key, ML-DSA: sound, but nobody's here.
    Foreign,
}

impl Authentication {
    /// A signature of 64 bytes whose curve is not known before it is checked.
    #[must_use]
    pub const fn of_any_curve(signature: Signature) -> Self {
        Self::Known(SignatureText {
            curve: None,
            signature,
        })
    }
}
