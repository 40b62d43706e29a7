//! The HSM's packets, with sums made bit by bit.

/// CRC-16/UMTS.
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| u16::from(byte >> bit & 1)));
    bits.fold(0, |sum, bit| {
        let shifted = sum << 1;
        if sum >> 15 ^ bit == 1 {
            shifted ^ 0x8005
        } else {
            shifted
        }
    })
}

/// `<length: u16 LE><body><crc: u16 LE>`: a reply, or a request without its start byte.
#[must_use]
pub fn packet(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap_or(u16::MAX);
    let mut packet = length.to_le_bytes().to_vec();
    packet.extend_from_slice(body);
    let sum = crc16(&packet);
    packet.extend(sum.to_le_bytes());
    packet
}
