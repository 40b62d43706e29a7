//! BLAKE2b-256 of a message: what every curve signs, and how a repeated request is recognised.

use blake2::Digest as _;
use blake2::digest::consts::U32;

/// The `BLAKE2b` digest of a whole message, 32 bytes, magic byte included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `message`.
    #[must_use]
    pub fn of(message: &[u8]) -> Self {
        Self::of_parts(&[message])
    }

    /// The digest of several pieces put one behind the other.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hash = blake2::Blake2b::<U32>::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl core::fmt::Display for Digest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn digest_is_the_one_octez_signs() {
        let digest = Digest::of(&hex!("03deadbeef"));
        let expected = hex!("9d1451bf0f87efb30aa0e5b991174e427f047c515e281c5aed58d5e27d280b99");
        assert_eq!(digest, Digest(expected));
    }

    #[test]
    fn parts_are_one_message() {
        let whole = Digest::of(b"abc");
        assert_eq!(Digest::of_parts(&[b"a", b"", b"bc"]), whole);
    }
}
