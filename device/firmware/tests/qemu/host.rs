//! The host's end: profiles, requests, and the marks as the extension tells them.

use tezio_core::hsm::extension::{Features, GREETING, MARK, OFFER, VERSION};
use tezio_core::hsm::{Command, KeyAlias, Mode, RequestPacket};
use tezio_soft_hsm::{Holes, Latency, Profile};
use tezio_soft_hsm_pty::profile_from_ron;

use crate::machine::Machine;

/// The profile in `text`, with the board's own computing time for all delays.
pub(crate) fn profile(text: &str, holes: Holes) -> Profile {
    Profile {
        latency: Latency::Instant,
        holes,
        ..profile_from_ron(text).unwrap()
    }
}

pub(crate) fn packet(opcode: u8, param1: u8, param2: u8, data: &[u8]) -> Vec<u8> {
    let packet = RequestPacket {
        opcode,
        param1: Some(param1),
        param2: Some(param2),
        param3: Some(0),
        data,
    };
    packet.emit().unwrap().to_vec()
}

pub(crate) fn sign(machine: &mut Machine, alias: KeyAlias, data: &[u8]) -> Vec<u8> {
    let mode = Mode::MessageRaw;
    let command = Command::Sign { alias, mode, data };
    machine.ask(&command.packet().emit().unwrap())
}

/// Level and round per alias and kind. All is asked in one go: the board answers one after another.
pub(crate) fn marks(machine: &mut Machine) -> [[[u64; 2]; 3]; 4] {
    let mut requests = packet(OFFER, Features::MARKS.0, VERSION, &GREETING);
    for alias in 0..4 {
        for kind in [0x11, 0x12, 0x13] {
            requests.extend(packet(MARK, alias, kind, &[]));
        }
    }
    requests.extend(packet(OFFER, 0, VERSION, &GREETING));
    machine.write(&requests);
    machine.read_reply();
    let marks = [(); 4].map(|()| [(); 3].map(|()| mark(&machine.read_reply())));
    machine.read_reply();
    marks
}

/// `<length: u16><level: u32><round: u32><CRC: u16>`, all little-endian.
fn mark(reply: &[u8]) -> [u64; 2] {
    assert_eq!(reply.len(), 12, "{reply:02x?}");
    let number = |at: usize| u32::from_le_bytes(*reply[at..].first_chunk().unwrap());
    [2, 6].map(|at| u64::from(number(at)))
}

/// An attestation as a baker would have it signed.
pub(crate) fn attestation(level: u32, round: u32) -> [u8; 80] {
    let mut message = [0x44; 80];
    message[0] = 0x13;
    message[40..44].copy_from_slice(&level.to_be_bytes());
    message[44..48].copy_from_slice(&round.to_be_bytes());
    message
}
