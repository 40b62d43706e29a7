//! The keys in the device: what the secure element holds, and what the firmware gets out of it.

use tezio_core::crypto::{Sign as _, Verify as _};
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::{Digest, PublicKey};
use tezio_crypto::firmware::RawPublicKey;
use tezio_crypto::{SecretKey, Verifier, VerifyingKey};

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

/// One key pair.
#[derive(Debug)]
pub(crate) struct KeyPair {
    /// The key that signs: what comes out of the slot when it is read.
    pub(crate) secret: SecretKey,
    /// The public key as its slot holds it.
    pub(crate) raw: RawPublicKey,
    /// The same, ready for VERIFY.
    pub(crate) verifying: VerifyingKey,
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

    pub(crate) const fn of(&self, alias: KeyAlias) -> &KeyPair {
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
        let bytes = profile.keys.of(alias).or_else(|| test_key(alias))?;
        let stored = SecretKey::from_bytes(alias.curve(), &bytes.0).ok()?;
        let public: PublicKey = stored.public_key();
        let verifying = Verifier.prepare(&public).ok()?;
        let secret = match (alias, profile.chip_read_write_key) {
            (KeyAlias::Ed25519 | KeyAlias::Secp256k1, Some(key)) => misread(alias, bytes, key)?,
            _ => stored,
        };
        Some(Self {
            secret,
            raw: RawPublicKey::from(&verifying),
            verifying,
        })
    }
}

fn test_key(alias: KeyAlias) -> Option<Bytes32> {
    let (_, text) = TEST_KEYS.iter().find(|(of, _)| *of == alias)?;
    Bytes32::from_hex(text)
}

/// What decrypting with the wrong key makes of a secret key: other bytes, of the same curve.
fn misread(alias: KeyAlias, secret: Bytes32, key: Bytes32) -> Option<SecretKey> {
    let Digest(bytes) = Digest::of_parts(&[&secret.0, &key.0]);
    SecretKey::from_bytes(alias.curve(), &bytes).ok()
}
