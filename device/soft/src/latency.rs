//! How long operations take, in milliseconds.

use serde::{Deserialize, Serialize};
use tezio_core::hsm::{KeyAlias, KeyFormat, Opcode, RequestPacket, Status};

/// The added time of an address: a fixed pause in the firmware.
const ADDRESS_MS: u32 = 100;
const STATUS_MS: u32 = 1;
const CHIP_ABSENT_MS: u32 = 4;

/// Where the delays come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Latency {
    /// The pauses of the secure element's driver, measured with the firmware on Linux.
    #[default]
    Measured,
    /// The same and an estimate of the board's computing time for software curves.
    Board,
    /// None at all, and none of the pauses of the firmware's loop either, where the driver of that
    /// loop heeds it: what is left is what the host takes.
    Instant,
}

impl Latency {
    /// The time until the reply to `request`, given whether it was done or with which status not.
    pub(crate) fn of(self, request: &RequestPacket<'_>, outcome: Result<(), Status>) -> u32 {
        match (self, outcome) {
            (Self::Instant, _) => 0,
            (Self::Measured | Self::Board, Err(Status::ChipAbsent)) => CHIP_ABSENT_MS,
            (Self::Measured | Self::Board, outcome) if reaches_chip(request, outcome) => {
                self.of_operation(request)
            }
            (Self::Measured | Self::Board, _) => STATUS_MS,
        }
    }

    fn of_operation(self, request: &RequestPacket<'_>) -> u32 {
        let alias = KeyAlias::from_number(request.param1.unwrap_or_default());
        let table = match (Opcode::from_byte(request.opcode), self) {
            (Some(Opcode::GetPublicKey), _) => [31, 22, 31, 31],
            (Some(Opcode::Sign), Self::Board) => [160, 1000, 720, 160],
            (Some(Opcode::Sign), _) => [147, 148, 209, 147],
            (Some(Opcode::Verify), Self::Board) => [150, 1450, 570, 150],
            (Some(Opcode::Verify), _) => [140, 23, 31, 140],
            (None, _) => return STATUS_MS,
        };
        let millis = alias.and_then(|alias| table.get(usize::from(alias.number())));
        let pause = if is_address(request) { ADDRESS_MS } else { 0 };
        millis.copied().unwrap_or(STATUS_MS).saturating_add(pause)
    }
}

fn is_address(request: &RequestPacket<'_>) -> bool {
    request.opcode == Opcode::GetPublicKey.byte()
        && request.param2 == Some(KeyFormat::Address.number())
}

/// Everything but the constant signature and the statuses of checks.
const fn reaches_chip(request: &RequestPacket<'_>, outcome: Result<(), Status>) -> bool {
    match outcome {
        Ok(()) => !is_default_signature(request),
        Err(status) => matches!(
            status,
            Status::ChipSign | Status::TransportKey | Status::SecretKeyRead | Status::PublicKeyRead
        ),
    }
}

const fn is_default_signature(request: &RequestPacket<'_>) -> bool {
    request.opcode == Opcode::Sign.byte() && matches!(request.param2, None | Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(opcode: u8, alias: u8, param2: u8) -> RequestPacket<'static> {
        RequestPacket {
            opcode,
            param1: Some(alias),
            param2: Some(param2),
            param3: None,
            data: &[],
        }
    }

    #[test]
    fn delays_are_the_measured_ones() {
        let done =
            |opcode, alias, param2| Latency::Measured.of(&request(opcode, alias, param2), Ok(()));
        assert_eq!((done(0x11, 1, 1), done(0x11, 3, 4)), (22, 131));
        assert_eq!((done(0x21, 2, 3), done(0x21, 2, 0)), (209, 1));
        assert_eq!(done(0x22, 0, 3), 140);
    }

    #[test]
    fn refusals_are_quick_and_chip_failures_are_not() {
        let refused = |status| Latency::Measured.of(&request(0x21, 3, 3), Err(status));
        assert_eq!(refused(Status::PacketParsed), 1);
        assert_eq!(refused(Status::ChipSign), 147);
        assert_eq!(Latency::Instant.of(&request(0x21, 3, 3), Ok(())), 0);
    }
}
