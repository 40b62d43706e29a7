//! A secure element in software: keys in memory, and the failures of a chip on order.

use tezio_core::crypto::{Sign as _, Verify as _};
use tezio_core::hsm::{KeyAlias, Status};
use tezio_core::tezos::{Digest, Signature};
use tezio_crypto::Verifier;
use tezio_crypto::firmware::{RawPublicKey, sign_with_nonce, verify_lax};

use crate::chip::{Chip, ChipFault, SlotRead};
use crate::element::{SLOT, SecureElement, compressed};
use crate::keys::{InvalidKey, Keys};
use crate::profile::Profile;

/// What lies on the firmware's stack when the random numbers for a nonce do not come.
const STUCK_NONCE: [u8; 32] = [0x5c; 32];

/// Where fresh randomness comes from: 32 bytes for each signature.
pub trait Entropy {
    /// 32 bytes that nobody can guess.
    fn bytes(&mut self) -> [u8; 32];
}

impl<F: FnMut() -> [u8; 32]> Entropy for F {
    fn bytes(&mut self) -> [u8; 32] {
        self()
    }
}

/// Keys in memory, behind the answers of a chip that works or, in one way, does not.
#[derive(Debug)]
pub struct SoftElement<E> {
    keys: Keys,
    chip: Chip,
    entropy: E,
    nonce_is_stuck: bool,
}

impl<E: Entropy> SoftElement<E> {
    /// An element with the keys of `profile` and its failure.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when a key of the profile is none.
    pub fn new(profile: &Profile, entropy: E) -> Result<Self, InvalidKey> {
        Ok(Self {
            keys: Keys::new(profile)?,
            chip: Chip(profile.chip_fault),
            entropy,
            nonce_is_stuck: false,
        })
    }

    pub(crate) const fn set_fault(&mut self, fault: Option<ChipFault>) {
        self.chip = Chip(fault);
    }
}

impl<E: Entropy> SecureElement for SoftElement<E> {
    fn wake(&mut self) -> Result<(), Status> {
        self.chip.wake()
    }

    fn read_public_key(&mut self, alias: KeyAlias, slot: &mut [u8; SLOT]) -> Result<(), Status> {
        let readable = match self.chip.read_public_key(alias) {
            SlotRead::Whole => SLOT,
            SlotRead::FirstHalf => SLOT.div_euclid(2),
            SlotRead::Nothing => 0,
        };
        let key = self.keys.of(alias).public();
        let key = key.as_ref().map_or(&[][..], RawPublicKey::as_bytes);
        let read = key.iter().take(readable);
        slot.iter_mut().zip(read).for_each(|(to, from)| *to = *from);
        self.chip.need_public_key(alias)
    }

    fn sign(&mut self, alias: KeyAlias, digest: &Digest) -> Result<Signature, Status> {
        let is_stuck = core::mem::take(&mut self.nonce_is_stuck) || !self.chip.has_random();
        match alias {
            KeyAlias::Authentication | KeyAlias::P256 => self.chip.sign()?,
            KeyAlias::Secp256k1 => self.chip.read_secret_key()?,
            KeyAlias::Ed25519 => {
                self.chip.read_secret_key()?;
                self.chip.need_public_key(alias)?;
            }
        }
        let secret = self.keys.of(alias).secret().ok_or(Status::ChipSign)?;
        let repeated = (is_stuck && alias == KeyAlias::Secp256k1)
            .then(|| sign_with_nonce(&secret, digest, &STUCK_NONCE))
            .flatten();
        Ok(repeated.unwrap_or_else(|| secret.sign(digest, &self.entropy.bytes())))
    }

    fn verify(&mut self, alias: KeyAlias, digest: &Digest, signature: &Signature) -> bool {
        let done = match alias {
            KeyAlias::Authentication | KeyAlias::P256 => self.chip.verify(),
            KeyAlias::Ed25519 | KeyAlias::Secp256k1 => true,
        };
        let mut slot = [0; SLOT];
        let read = self.read_public_key(alias, &mut slot);
        let key = Verifier.prepare(&compressed(alias, &slot));
        done && read.is_ok() && key.is_ok_and(|key| verify_lax(&key, digest, signature))
    }

    fn printed(&self) -> Option<u8> {
        self.chip.derivation_status()
    }

    fn repeat_nonce(&mut self) {
        self.nonce_is_stuck = true;
    }
}
