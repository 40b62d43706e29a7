//! The keys in the device: what the secure element holds, and what the firmware gets out of it.

use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::Digest;
use tezio_crypto::SecretKey;
use tezio_crypto::firmware::RawPublicKey;

use crate::bytes32::Bytes32;
use crate::profile::Profile;

/// The test keys of the recorded device. Aliases 1 to 3 belong to the test mnemonic in upstream's
/// README. They are public; nothing of value may ever belong to them.
const TEST_KEYS: [(KeyAlias, &str); 4] = [
    (
        KeyAlias::Authentication,
        "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f",
    ),
    (
        KeyAlias::Ed25519,
        "517be5ee3e347be7298c5ac1bc9e88ecc3e400e9004ff761266e60cac9b10034",
    ),
    (
        KeyAlias::Secp256k1,
        "501a71d15252b1de24dbd569cdfa26cde49bee60311f26efa9a933b7e2174a26",
    ),
    (
        KeyAlias::P256,
        "8bf310a0a52e5a1935005627c9ed6bad9ca5a60899273cbc1947515104310b37",
    ),
];

/// A profile's secret key is none: zero, or not below the order of its curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey(pub KeyAlias);

impl core::fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "not a secret key for alias {}", self.0.number())
    }
}

impl core::error::Error for InvalidKey {}

/// One key pair, as bytes: made into what computes for each operation anew, and small meanwhile.
#[derive(Debug)]
pub(crate) struct KeyPair {
    alias: KeyAlias,
    /// The secret key whose public key is in its slot.
    stored: Bytes32,
    /// The secret key that comes out when its slot is read.
    read: Bytes32,
    /// The public key as its slot holds it, once it was asked for.
    public: Option<RawPublicKey>,
}

#[derive(Debug)]
pub(crate) struct Keys([KeyPair; 4]);

impl Keys {
    pub(crate) fn new(profile: &Profile) -> Result<Self, InvalidKey> {
        let pair = |alias| KeyPair::new(profile, alias).ok_or(InvalidKey(alias));
        Ok(Self([
            pair(KeyAlias::Authentication)?,
            pair(KeyAlias::Ed25519)?,
            pair(KeyAlias::Secp256k1)?,
            pair(KeyAlias::P256)?,
        ]))
    }

    pub(crate) const fn of(&mut self, alias: KeyAlias) -> &mut KeyPair {
        let Self([authentication, ed25519, secp256k1, p256]) = self;
        match alias {
            KeyAlias::Authentication => authentication,
            KeyAlias::Ed25519 => ed25519,
            KeyAlias::Secp256k1 => secp256k1,
            KeyAlias::P256 => p256,
        }
    }
}

impl KeyPair {
    fn new(profile: &Profile, alias: KeyAlias) -> Option<Self> {
        let stored = profile.keys.of(alias).or_else(|| test_key(alias))?;
        let read = match (alias, profile.chip_read_write_key) {
            (KeyAlias::Ed25519 | KeyAlias::Secp256k1, Some(key)) => misread(stored, key),
            _ => stored,
        };
        let pair = Self {
            alias,
            stored,
            read,
            public: None,
        };
        // Any 32 bytes are a key of Ed25519, and it is a long way to ask.
        let are_keys = alias == KeyAlias::Ed25519
            || [stored, read]
                .iter()
                .all(|bytes| pair.key(*bytes).is_some());
        are_keys.then_some(pair)
    }

    /// The key that signs.
    pub(crate) fn secret(&self) -> Option<SecretKey> {
        self.key(self.read)
    }

    /// The public key in its slot.
    pub(crate) fn public(&mut self) -> Option<RawPublicKey> {
        if self.public.is_none() {
            self.public = self.key(self.stored).map(|key| RawPublicKey::from(&key));
        }
        self.public
    }

    #[inline(never)]
    fn key(&self, bytes: Bytes32) -> Option<SecretKey> {
        SecretKey::from_bytes(self.alias.curve(), &bytes.0).ok()
    }
}

fn test_key(alias: KeyAlias) -> Option<Bytes32> {
    let (_, text) = TEST_KEYS.iter().find(|(of, _)| *of == alias)?;
    Bytes32::from_hex(text)
}

/// What decrypting with the wrong key makes of a secret key: other bytes.
fn misread(secret: Bytes32, key: Bytes32) -> Bytes32 {
    Bytes32(Digest::of_parts(&[&secret.0, &key.0]).0)
}
