//! Packets that no packet code makes: longer than any device has room for.

use tezio_core::hsm::START;

/// A packet with an announced length of `length` and a right checksum, made without the packet
/// code, which refuses to.
pub(crate) fn oversize(length: usize, fill: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut bytes = vec![0; length - 2];
    bytes[..2].copy_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
    bytes[2] = 0x11;
    fill(&mut bytes);
    let crc = crc16(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes.insert(0, START);
    bytes
}

/// CRC-16 with polynomial 8005, from zero, nothing reflected.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x8005 }
        })
    })
}
