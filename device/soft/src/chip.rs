//! The secure element, as far as its failures can be told from outside.

use serde::{Deserialize, Serialize};
use tezio_core::hsm::{KeyAlias, Status};

/// What the secure element fails to do, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChipFault {
    /// It does not answer at all.
    Absent,
    /// The sign command.
    Sign,
    /// The verify command.
    Verify,
    /// The nonce command, which loads a digest or begins a key derivation.
    Nonce,
    /// The random command.
    Random,
    /// The random command, but only after a secret key was read: what draws secp256k1's nonce.
    RandomLate,
    /// The encrypted read of a secret key.
    EncryptedRead,
    /// The clear read of a slot, a public key's: 11 for alias 3, 12, 13, 14 for alias 0.
    Read(u8),
    /// The second half of such a read.
    ReadSecondHalf(u8),
    /// Reading the serial number.
    ReadConfig,
    /// The key-derivation command answers with this status instead of success.
    KeyDerivation(u8),
}

/// The chip with its fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chip(pub(crate) Option<ChipFault>);

/// A public key as it came out of its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotRead {
    Whole,
    FirstHalf,
    Nothing,
}

impl Chip {
    /// Wakes the chip: A1 when it does not answer.
    pub(crate) fn wake(self) -> Result<(), Status> {
        self.unless(&[ChipFault::Absent], Status::ChipAbsent)
    }

    /// How much of the public key of `alias` can be read.
    pub(crate) fn read_public_key(self, alias: KeyAlias) -> SlotRead {
        let slot = public_slot(alias);
        match self.0 {
            Some(ChipFault::Read(failing)) if failing == slot => SlotRead::Nothing,
            Some(ChipFault::ReadSecondHalf(failing)) if failing == slot => SlotRead::FirstHalf,
            _ => SlotRead::Whole,
        }
    }

    /// The same where the firmware looks at the result: B4.
    pub(crate) fn need_public_key(self, alias: KeyAlias) -> Result<(), Status> {
        match self.read_public_key(alias) {
            SlotRead::Whole => Ok(()),
            SlotRead::FirstHalf | SlotRead::Nothing => Err(Status::PublicKeyRead),
        }
    }

    /// Signs inside the chip: AF when random, digest load or signing fail.
    pub(crate) fn sign(self) -> Result<(), Status> {
        let faults = [ChipFault::Random, ChipFault::Nonce, ChipFault::Sign];
        self.unless(&faults, Status::ChipSign)
    }

    /// Verifies inside the chip. A failure is no error there: it means "not valid".
    pub(crate) fn verify(self) -> bool {
        self.unless(&[ChipFault::Nonce, ChipFault::Verify], Status::ChipSign)
            .is_ok()
    }

    /// Reads the secret key of alias 1 or 2 through the encrypted link: B1, then B2.
    pub(crate) fn read_secret_key(self) -> Result<(), Status> {
        let derivation = [ChipFault::ReadConfig, ChipFault::Random, ChipFault::Nonce];
        self.unless(&derivation, Status::TransportKey)?;
        self.unless(&[ChipFault::EncryptedRead], Status::SecretKeyRead)?;
        match self.derivation_status() {
            Some(_) => Err(Status::SecretKeyRead),
            None => Ok(()),
        }
    }

    /// The status that the driver prints on the host's line when a key derivation goes wrong.
    pub(crate) const fn derivation_status(self) -> Option<u8> {
        match self.0 {
            Some(ChipFault::KeyDerivation(status)) => Some(status),
            _ => None,
        }
    }

    /// Whether software signing gets its random numbers. The firmware does not look.
    pub(crate) fn has_random(self) -> bool {
        self.0 != Some(ChipFault::RandomLate)
    }

    fn unless(self, faults: &[ChipFault], status: Status) -> Result<(), Status> {
        match self.0 {
            Some(fault) if faults.contains(&fault) => Err(status),
            _ => Ok(()),
        }
    }
}

const fn public_slot(alias: KeyAlias) -> u8 {
    match alias {
        KeyAlias::Authentication => 14,
        KeyAlias::Ed25519 => 13,
        KeyAlias::Secp256k1 => 12,
        KeyAlias::P256 => 11,
    }
}
