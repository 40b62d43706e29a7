//! A request: what a client wants, however it was put.

use crate::malformed::Malformed;
use crate::tezos::{PublicKeyHash, SignatureText};

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
        authentication: Option<SignatureText>,
    },
    /// The public key of an address.
    PublicKey {
        /// The address.
        key: PublicKeyHash,
    },
    /// Which keys may authenticate requests, if they must be authenticated.
    AuthorizedKeys,
    /// Something that is no request. It goes the same way as the others, so that an address which
    /// may not ask learns nothing, and every refusal is seen in one place.
    Malformed(Malformed),
}
