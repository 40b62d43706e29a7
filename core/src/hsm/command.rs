//! Commands: what a host can ask of an HSM, as typed values and as packets.
//!
//! The whole vocabulary is here, pre-hashed modes and all, since the device role must understand
//! it. What a careful host sends is narrower: see the link.

use super::RequestPacket;
use super::extension::{self, Features};
use crate::tezos::Curve;

/// Which of the HSM's four keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyAlias {
    /// 0: the P-256 key that the HSM itself checks authentication with.
    Authentication,
    /// 1: the tz1 key.
    Ed25519,
    /// 2: the tz2 key.
    Secp256k1,
    /// 3: the tz3 key.
    P256,
}

impl KeyAlias {
    /// All four, in order.
    pub const ALL: [Self; 4] = [
        Self::Authentication,
        Self::Ed25519,
        Self::Secp256k1,
        Self::P256,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Authentication => 0,
            Self::Ed25519 => 1,
            Self::Secp256k1 => 2,
            Self::P256 => 3,
        }
    }

    /// The curve of the key.
    #[must_use]
    pub const fn curve(self) -> Curve {
        match self {
            Self::Ed25519 => Curve::Ed25519,
            Self::Secp256k1 => Curve::Secp256k1,
            Self::Authentication | Self::P256 => Curve::P256,
        }
    }

    /// The alias of a number on the wire.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Authentication),
            1 => Some(Self::Ed25519),
            2 => Some(Self::Secp256k1),
            3 => Some(Self::P256),
            _ => None,
        }
    }
}

/// How `GET_PK` writes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFormat {
    /// 1: 32 bytes for Ed25519, X and Y for the others.
    Raw,
    /// 2: as [`crate::tezos::PublicKey`] has it.
    Compressed,
    /// 3: base58check text of the compressed key.
    Base58,
    /// 4: the address as text.
    Address,
}

impl KeyFormat {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Raw => 1,
            Self::Compressed => 2,
            Self::Base58 => 3,
            Self::Address => 4,
        }
    }

    /// The format of a number on the wire.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Raw),
            2 => Some(Self::Compressed),
            3 => Some(Self::Base58),
            4 => Some(Self::Address),
            _ => None,
        }
    }
}

/// What SIGN and VERIFY take and give: digest or message, signature raw or as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 1: a digest, raw signature. The HSM's policy and watermark see the digest, not the message.
    DigestRaw,
    /// 2: a digest, signature as text. As unsafe as mode 1.
    DigestText,
    /// 3: a message, raw signature.
    MessageRaw,
    /// 4: a message, signature as text.
    MessageText,
}

impl Mode {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::DigestRaw => 1,
            Self::DigestText => 2,
            Self::MessageRaw => 3,
            Self::MessageText => 4,
        }
    }

    /// The mode of a number on the wire; 0, the constant signature, is none of these.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::DigestRaw),
            2 => Some(Self::DigestText),
            3 => Some(Self::MessageRaw),
            4 => Some(Self::MessageText),
            _ => None,
        }
    }

    /// Whether data is a digest instead of a message.
    #[must_use]
    pub const fn is_digest(self) -> bool {
        matches!(self, Self::DigestRaw | Self::DigestText)
    }

    /// Whether the signature is base58check text instead of 64 bytes.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::DigestText | Self::MessageText)
    }
}

/// The operation of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// 11
    GetPublicKey,
    /// 21
    Sign,
    /// 22
    Verify,
}

impl Opcode {
    /// The byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::GetPublicKey => 0x11,
            Self::Sign => 0x21,
            Self::Verify => 0x22,
        }
    }

    /// The operation of a byte on the wire.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x11 => Some(Self::GetPublicKey),
            0x21 => Some(Self::Sign),
            0x22 => Some(Self::Verify),
            _ => None,
        }
    }
}

/// One request to an HSM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// An opcode that no firmware knows: answered A2 without touching chip or state. A host uses it
    /// to find out that both sides agree where packets begin.
    Probe,
    /// Reads a public key.
    PublicKey {
        /// Whose.
        alias: KeyAlias,
        /// Written how.
        format: KeyFormat,
    },
    /// SIGN mode 0: gives a constant that proves nothing. Here so that it can be recognised.
    DefaultSignature {
        /// Whose prefix.
        alias: KeyAlias,
    },
    /// Signs a message or digest.
    Sign {
        /// With which key.
        alias: KeyAlias,
        /// What data is, and how the signature comes back.
        mode: Mode,
        /// Message, magic byte first, or digest.
        data: &'a [u8],
    },
    /// Checks a signature with the alias's key.
    Verify {
        /// Whose key.
        alias: KeyAlias,
        /// What the first part of data is, and how the signature is written.
        mode: Mode,
        /// Bytes before the signature; the HSM looks at it in the text modes alone.
        first_part: u16,
        /// Message or digest, then the signature.
        data: &'a [u8],
    },
    /// Asks for features beyond the published firmware, which answers A2 as to [`Command::Probe`].
    Offer(Features),
}

impl<'a> Command<'a> {
    /// The packet that asks for this.
    #[must_use]
    pub const fn packet(&self) -> RequestPacket<'a> {
        let (opcode, alias, param2, param3, data) = match *self {
            Command::Probe => return PROBE,
            Command::Offer(features) => return extension::offer(features),
            Command::PublicKey { alias, format } => (
                Opcode::GetPublicKey,
                alias,
                format.number(),
                None,
                &[] as &[u8],
            ),
            Command::DefaultSignature { alias } => (Opcode::Sign, alias, 0, None, &[] as &[u8]),
            Command::Sign { alias, mode, data } => {
                (Opcode::Sign, alias, mode.number(), Some(0), data)
            }
            Command::Verify {
                alias,
                mode,
                first_part,
                data,
            } => (Opcode::Verify, alias, mode.number(), Some(first_part), data),
        };
        RequestPacket {
            opcode: opcode.byte(),
            param1: Some(alias.number()),
            param2: Some(param2),
            param3,
            data,
        }
    }
}

const PROBE: RequestPacket<'static> = RequestPacket {
    opcode: 0x00,
    param1: None,
    param2: None,
    param3: None,
    data: &[],
};
