//! Status bytes: one variant each, in the order of their numbers.

/// What an HSM says in a reply of one byte that is no VERIFY result.
///
/// Every number that the firmware defines has a variant, also those that it never sends, so that a
/// mended firmware is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Status {
    /// A0
    #[error("the key alias holds no key")]
    NoKey,
    /// A1
    #[error("the secure element does not answer")]
    ChipAbsent,
    /// A2
    #[error("unknown opcode")]
    UnknownOpcode,
    /// A3: what the firmware means to say when its own watermark refuses. It sends D4 instead.
    #[error("the HSM's own watermark refuses this level and round")]
    Watermark,
    /// A4
    #[error("length bytes missing")]
    LengthMissing,
    /// A5
    #[error("packet incomplete")]
    Incomplete,
    /// A6
    #[error("packet shorter than the shortest")]
    TooShort,
    /// A7
    #[error("checksum of the packet is wrong")]
    Checksum,
    /// A8
    #[error("announced and received length differ")]
    Length,
    /// A9
    #[error("request state could not be reset")]
    Reset,
    /// AA
    #[error("key alias out of range")]
    Param1,
    /// AB
    #[error("format or mode out of range")]
    Param2,
    /// AC
    #[error("third parameter out of range")]
    Param3,
    /// AD
    #[error("data missing or of a wrong size")]
    Data,
    /// AE
    #[error("digest is not 32 bytes")]
    DigestLength,
    /// AF
    #[error("the secure element failed to sign")]
    ChipSign,
    /// B0
    #[error("this operation is switched off for the key alias")]
    OperationDisabled,
    /// B1
    #[error("transport key could not be derived")]
    TransportKey,
    /// B2
    #[error("secret key could not be read")]
    SecretKeyRead,
    /// B3
    #[error("secret key could not be decrypted")]
    SecretKeyDecrypt,
    /// B4
    #[error("public key could not be read")]
    PublicKeyRead,
    /// B5
    #[error("encryption failed")]
    Encrypt,
    /// B6
    #[error("encrypted write failed")]
    EncryptedWrite,
    /// B7
    #[error("write failed")]
    ClearWrite,
    /// B8
    #[error("the HSM's own policy does not allow this magic byte for the key alias")]
    Kind,
    /// D1
    #[error("start byte found (an internal state)")]
    StartFound,
    /// D2
    #[error("packet complete (an internal state)")]
    PacketComplete,
    /// D3
    #[error("packet valid (an internal state)")]
    PacketValid,
    /// D4: "packet parsed" inside the firmware; on the wire it is the refusal of its watermark.
    #[error("the HSM's own watermark refuses this level and round (status D4)")]
    PacketParsed,
}

use Status::*;

/// Number and variant, in order.
const TABLE: [(u8, Status); 29] = [
    (0xa0, NoKey),
    (0xa1, ChipAbsent),
    (0xa2, UnknownOpcode),
    (0xa3, Watermark),
    (0xa4, LengthMissing),
    (0xa5, Incomplete),
    (0xa6, TooShort),
    (0xa7, Checksum),
    (0xa8, Length),
    (0xa9, Reset),
    (0xaa, Param1),
    (0xab, Param2),
    (0xac, Param3),
    (0xad, Data),
    (0xae, DigestLength),
    (0xaf, ChipSign),
    (0xb0, OperationDisabled),
    (0xb1, TransportKey),
    (0xb2, SecretKeyRead),
    (0xb3, SecretKeyDecrypt),
    (0xb4, PublicKeyRead),
    (0xb5, Encrypt),
    (0xb6, EncryptedWrite),
    (0xb7, ClearWrite),
    (0xb8, Kind),
    (0xd1, StartFound),
    (0xd2, PacketComplete),
    (0xd3, PacketValid),
    (0xd4, PacketParsed),
];

impl Status {
    /// The variant of a byte; `None` for bytes without meaning.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        TABLE
            .iter()
            .find(|(number, _)| *number == byte)
            .map(|(_, status)| *status)
    }

    /// The byte of a variant.
    #[must_use]
    pub fn byte(self) -> u8 {
        TABLE
            .iter()
            .find(|(_, status)| *status == self)
            .map_or(0, |(number, _)| *number)
    }

    /// Whether the device's view of where packets begin may differ from ours.
    #[must_use]
    pub const fn is_framing(self) -> bool {
        matches!(
            self,
            LengthMissing | Incomplete | TooShort | Checksum | Length
        )
    }

    /// Whether the HSM's own watermark refused: A3, or D4 as the published firmware has it.
    #[must_use]
    pub const fn is_watermark_refusal(self) -> bool {
        matches!(self, Watermark | PacketParsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_one_status_or_none() {
        let known = (0..=255).filter_map(Status::from_byte).count();
        assert_eq!(known, TABLE.len());
        for (byte, status) in TABLE {
            assert_eq!(Status::from_byte(byte), Some(status));
            assert_eq!(status.byte(), byte);
        }
    }

    #[test]
    fn success_and_verify_results_are_no_status() {
        assert_eq!(Status::from_byte(0x00), None);
        assert_eq!(Status::from_byte(0x01), None);
    }
}
