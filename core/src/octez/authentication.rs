//! What a client signs to show that it may use a key.
//!
//! ```text
//! <04: authentication><01: sign><key asked to sign: tag u8, hash 20><data>
//! ```
//!
//! The tag is that of the key that is asked to sign, whatever the curve of the authorized key. There
//! is no nonce and no time: a request once seen can be sent again, so it can only ever make the
//! signer repeat itself.
//!
//! Format: Octez, `src/lib_signer_services/signer_messages.ml`, at commit `d26a8bef8215`.

use crate::tezos::{Digest, MagicByte, PublicKeyHash};

const SIGN: u8 = 0x01;

/// What stands before the data in the message that an authorized key signs for a request to sign it
/// with `key`. A tz4 key signs that message as it stands.
#[must_use]
pub fn authenticated_head(key: &PublicKeyHash) -> [u8; 23] {
    let mut head = [0; 23];
    let (what, tagged) = head.split_at_mut(2);
    what.copy_from_slice(&[MagicByte::AUTHENTICATION.0, SIGN]);
    tagged.copy_from_slice(&key.tagged());
    head
}

/// The digest that an authorized key of another kind signs for a request to sign `data` with `key`.
#[must_use]
pub fn authenticated_digest(key: &PublicKeyHash, data: &[u8]) -> Digest {
    Digest::of_parts(&[&authenticated_head(key), data])
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// Constructed from Octez at `d26a8bef8215`.
    #[test]
    fn digest_is_the_one_octez_client_signs() {
        let key = PublicKeyHash::from_base58("tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NRr").unwrap();
        assert_eq!(
            authenticated_digest(&key, &hex!("03deadbeef")),
            Digest(hex!(
                "a42122817fb59e350e6e6921e4cde69a8b060c9fb2202e61b500f0f8bc746eaf"
            ))
        );
    }
}
