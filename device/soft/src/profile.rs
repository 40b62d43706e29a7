//! What one device is: keys, policy, marks at the start, delays, and everything that is wrong with
//! it.
//!
//! From a configuration file to a value. Every part has a default, and together they are the
//! sketch as published, with the public test keys. Fields that do not exist are refused.

use serde::{Deserialize, Serialize};
use tezio_core::hsm::{KeyAlias, Opcode};

use crate::bytes32::Bytes32;
use crate::chip::ChipFault;
use crate::faults::{Injection, MAX_INJECTIONS};
use crate::latency::Latency;
use crate::marks::AliasMarks;
use crate::per_alias::PerAlias;

/// Magic bytes that a key signs, each of 01 to 13 (hexadecimal); others have no flag.
pub type Kinds = heapless::Vec<u8, 19>;

/// Opcodes that are switched off for a key: 11, 21, 22 (hexadecimal).
pub type SwitchedOff = heapless::Vec<u8, 3>;

/// What the published firmware lets through because it does not look, and goes on with bytes that
/// were never meant: digests of anything, whose first byte is taken for a magic byte, magic bytes
/// outside the flag table, keys out of slots that cannot be read.
///
/// Its memory errors are in no device of this crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holes {
    /// As published.
    #[default]
    Open,
    /// Each message passes policy, then its mark, or is not signed:
    ///
    /// - SIGN of a digest (modes 1 and 2) is a mode that there is none (AB),
    /// - a magic byte outside the table is not allowed (B8),
    /// - what policy refuses does not move a mark,
    /// - a slot that cannot be read is an error (B4).
    Closed,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Secret keys. Where one is left out, the public test key is taken.
    pub keys: PerAlias<Option<Bytes32>>,
    /// Magic bytes that are signed. Where they are left out: 03, and for alias 3 also 11, 12, 13.
    pub kinds: PerAlias<Option<Kinds>>,
    /// Operations that are refused; none by default.
    pub switched_off: PerAlias<SwitchedOff>,
    /// The marks that the sketch sets when it starts; level 0, round 0 by default.
    pub marks: PerAlias<AliasMarks>,
    /// How long the operations take.
    pub latency: Latency,
    /// What the secure element fails to do.
    pub chip_fault: Option<ChipFault>,
    /// A read/write key in the secure element that is not the firmware's: secret keys of aliases 1
    /// and 2 come out wrong, and nothing notices.
    pub chip_read_write_key: Option<Bytes32>,
    /// Whether the firmware's holes are there.
    pub holes: Holes,
    /// Faults for testing hosts.
    pub faults: heapless::Vec<Injection, MAX_INJECTIONS>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            keys: PerAlias::default(),
            kinds: PerAlias::default(),
            switched_off: PerAlias::default(),
            marks: PerAlias::default(),
            latency: Latency::Measured,
            chip_fault: None,
            chip_read_write_key: None,
            holes: Holes::Open,
            faults: heapless::Vec::new(),
        }
    }
}

impl Profile {
    /// Whether the profile enables magic byte `kind` for `alias`.
    pub(crate) fn enables(&self, alias: KeyAlias, kind: u8) -> bool {
        let published: &[u8] = match alias {
            KeyAlias::P256 => &[0x03, 0x11, 0x12, 0x13],
            KeyAlias::Authentication | KeyAlias::Ed25519 | KeyAlias::Secp256k1 => &[0x03],
        };
        let kinds = self.kinds.of(alias).as_deref();
        kinds.unwrap_or(published).contains(&kind)
    }

    /// Whether the profile switches `opcode` off for `alias`.
    pub(crate) fn switches_off(&self, alias: KeyAlias, opcode: u8) -> bool {
        Opcode::from_byte(opcode).is_some() && self.switched_off.of(alias).contains(&opcode)
    }
}
