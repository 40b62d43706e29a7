//! The extension: what a device may do beyond the published firmware, for a host that asks.
//!
//! ```text
//! OFFER (features wanted) -> version, features that are on, identity      or A2: published firmware
//! MARK, RAISE (alias, kind) -> level, round
//! ```
//!
//! The words alone. What a device does with them is the business of its firmware; a host asks with
//! [`super::Command::Offer`] and serves with either answer. Format: this project's own.

use super::RequestPacket;

/// The version of the extension.
pub const VERSION: u8 = 1;
/// What the data of OFFER has to be.
pub const GREETING: [u8; 4] = *b"TZHX";
/// The opcode of OFFER.
pub const OFFER: u8 = 0x70;
/// The opcode of MARK, which reads a mark.
pub const MARK: u8 = 0x71;
/// The opcode of RAISE, which raises one.
pub const RAISE: u8 = 0x72;
/// The size of a board's identity, in bytes.
pub const IDENTITY: usize = 16;
/// The size of the answer to OFFER, in bytes.
pub const ANSWER: usize = 2 + IDENTITY;

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(pub u8);

impl Features {
    /// The device's own watermark refuses with A3 instead of D4.
    pub const CLEAR_REFUSALS: Self = Self(1);
    /// MARK and RAISE are answered.
    pub const MARKS: Self = Self(2);
    /// Marks are kept in flash before the signature leaves.
    pub const LASTING: Self = Self(4);

    /// Both sets in one.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `wanted` are in the set.
    #[must_use]
    pub const fn have(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }
}

/// A device's answer to OFFER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What is on from now on.
    pub features: Features,
    /// The board's own bytes, the same at each asking. They prove nothing.
    pub identity: [u8; IDENTITY],
}

impl Extension {
    /// The answer's body.
    #[must_use]
    pub fn emit(&self) -> [u8; ANSWER] {
        let mut body = [VERSION; ANSWER];
        let (head, identity) = body.split_at_mut(2);
        if let [_, features] = head {
            *features = self.features.0;
        }
        identity.copy_from_slice(&self.identity);
        body
    }

    /// Reads the answer's body; `None` when it is of another version or size.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let (&[version, features], identity) = body.split_first_chunk()?;
        let identity = identity.try_into().ok()?;
        let features = Features(features);
        (version == VERSION).then_some(Self { features, identity })
    }
}

/// The packet that asks for `features`.
pub(super) const fn offer(features: Features) -> RequestPacket<'static> {
    RequestPacket {
        opcode: OFFER,
        param1: Some(features.0),
        param2: Some(VERSION),
        param3: Some(0),
        data: &GREETING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written_and_of_no_other_version() {
        let extension = Extension {
            features: Features::MARKS.and(Features::LASTING),
            identity: *b"0123456789abcdef",
        };
        let mut body = extension.emit();
        assert_eq!(body, *b"\x01\x060123456789abcdef");
        assert_eq!(Extension::parse(&body), Some(extension));
        assert_eq!(Extension::parse(&body[..17]), None);
        body[0] = 2;
        assert_eq!(Extension::parse(&body), None);
    }

    #[test]
    fn a_set_has_what_was_put_in_alone() {
        let set = Features::CLEAR_REFUSALS.and(Features::LASTING);
        assert!(set.have(Features::LASTING) && set.have(Features::default()));
        assert!(!set.have(Features::MARKS) && !set.have(Features::MARKS.and(set)));
    }
}
