//! The clients' keys: from a signed request to the authorized key that signed it.
//!
//! Keys are prepared once, at the start. A check of a tz4 key costs a pairing, many times what the
//! others cost: it is made for signatures of that kind alone, and with no key but those that count
//! for the key that is asked to sign. At most one pairing for each of them, and one before the first.

use crate::crypto::{InvalidPublicKey, Verify, VerifyBls};
use crate::limits::AUTHORIZED_KEYS;
use crate::octez::{Authentication, authenticated_digest, authenticated_head};
use crate::policy::KeyPolicy;
use crate::tezos::{BlsSignature, ClientKey, PublicKeyHash, SignatureText};

type Keys<K> = heapless::Vec<(PublicKeyHash, K), AUTHORIZED_KEYS>;

/// The authorized keys, ready for checking.
#[derive(Debug)]
pub(super) struct Clients<V: Verify + VerifyBls> {
    ordinary: Keys<V::Key>,
    bls: Keys<V::BlsKey>,
}

impl<V: Verify + VerifyBls> Clients<V> {
    /// Prepares every key; the address of one that cannot be, otherwise.
    pub(super) fn prepare(verifier: &V, keys: &[ClientKey]) -> Result<Self, PublicKeyHash> {
        let (mut ordinary, mut bls) = (Keys::new(), Keys::new());
        for key in keys {
            let hash = key.hash();
            match key {
                ClientKey::Ordinary(key) => add(&mut ordinary, hash, verifier.prepare(key)),
                ClientKey::Bls(key) => add(&mut bls, hash, verifier.prepare_bls(key)),
            }?;
        }
        Ok(Self { ordinary, bls })
    }

    /// The addresses of all of them.
    pub(super) fn hashes(&self) -> impl Iterator<Item = &PublicKeyHash> {
        let ordinary = self.ordinary.iter().map(|(hash, _)| hash);
        ordinary.chain(self.bls.iter().map(|(hash, _)| hash))
    }

    /// Who signed the request to sign `data` with `key`, of those who may.
    pub(super) fn who_signed(
        &self,
        verifier: &V,
        key: &KeyPolicy,
        data: &[u8],
        authentication: &Authentication,
    ) -> Option<PublicKeyHash> {
        match authentication {
            Authentication::Known(text) => self.who_signed_ordinary(verifier, key, data, text),
            Authentication::Bls(signature) => self.who_signed_bls(verifier, key, data, signature),
            Authentication::Foreign => None,
        }
    }

    fn who_signed_ordinary(
        &self,
        verifier: &V,
        key: &KeyPolicy,
        data: &[u8],
        text: &SignatureText,
    ) -> Option<PublicKeyHash> {
        let digest = authenticated_digest(&key.hash, data);
        counting(&self.ordinary, key)
            .filter(|(by, _)| text.curve.is_none_or(|curve| curve == by.curve()))
            .find(|(_, prepared)| {
                let verdict = verifier.verify(prepared, &digest, &text.signature);
                verdict.is_ok()
            })
            .map(|(by, _)| *by)
    }

    fn who_signed_bls(
        &self,
        verifier: &V,
        key: &KeyPolicy,
        data: &[u8],
        signature: &BlsSignature,
    ) -> Option<PublicKeyHash> {
        let mut keys = counting(&self.bls, key).peekable();
        keys.peek()?;
        let message = [&authenticated_head(&key.hash), data];
        let signed = verifier.prepare_signed(&message, signature).ok()?;
        keys.find(|(_, prepared)| verifier.verify_bls(prepared, &signed).is_ok())
            .map(|(by, _)| *by)
    }
}

/// The keys that count for `key`.
fn counting<'a, K>(
    keys: &'a Keys<K>,
    key: &'a KeyPolicy,
) -> impl Iterator<Item = &'a (PublicKeyHash, K)> {
    keys.iter().filter(|(by, _)| key.is_authorized_by(by))
}

fn add<K>(
    keys: &mut Keys<K>,
    hash: PublicKeyHash,
    prepared: Result<K, InvalidPublicKey>,
) -> Result<(), PublicKeyHash> {
    let prepared = prepared.map_err(|InvalidPublicKey| hash)?;
    keys.push((hash, prepared)).map_err(|_| hash)
}
