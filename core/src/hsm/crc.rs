//! CRC-16/UMTS: polynomial 0x8005, start 0, nothing reflected, nothing inverted.

use crc::{CRC_16_UMTS, Crc, Table};

const UMTS: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_UMTS);

/// The checksum of `bytes`; it goes on the wire low byte first.
pub(super) const fn crc16(bytes: &[u8]) -> u16 {
    UMTS.checksum(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn check_value_is_the_catalogued_one() {
        assert_eq!(super::crc16(b"123456789"), 0xfee8);
    }
}
