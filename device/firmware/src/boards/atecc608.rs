//! The secure element ATECC608 on I2C: P-256 keys that never leave it.
//!
//! ```text
//! to it     <03><count><opcode><param1><param2: u16 LE><data><CRC: u16 LE>      count: from itself on
//! from it   <count><data or one status byte><CRC: u16 LE>
//! ```
//!
//! Keys lie where Tezio HSMs have them: secret keys of aliases 0 and 3 in slots 0 and 3, public keys
//! of aliases 0 to 3 in slots 14, 13, 12, 11. The secret keys of aliases 1 and 2 come out of the chip
//! encrypted, over a link whose key a board would have to bring; that is left to its author, and
//! until then these aliases answer B2.
//!
//! Each operation wakes the chip and sends it to sleep again: awake it does not heed a wake, and a
//! watchdog puts it to sleep about a second later whatever it does. It wakes up when the data line
//! is low for 60 us, which the eight zeros of address 0 make at 100 kHz, and not at 400.
//!
//! Commands: data sheet of the ATECC608A, Microchip DS40001977.

use core::fmt::{Debug, Formatter};

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;
use tezio_core::hsm::{KeyAlias, Status};
use tezio_core::tezos::{Digest, Signature};
use tezio_soft_hsm::{SLOT, SecureElement};

const ADDRESS: u8 = 0x60;
const COMMAND: u8 = 0x03;
const SLEEP: u8 = 0x01;
const WAKE_US: u32 = 1500;
const AWAKE: [u8; 4] = [0x04, 0x11, 0x33, 0x43];

/// The longest command: a signature and a public key.
const LONGEST: usize = 1 + 7 + 128;
const CRC: crc::Crc<u16, crc::Table<1>> = crc::Crc::<u16, crc::Table<1>>::new(&ALGORITHM);
const ALGORITHM: crc::Algorithm<u16> = crc::Algorithm {
    width: 16,
    poly: 0x8005,
    init: 0,
    refin: true,
    refout: false,
    xorout: 0,
    check: 0xbcdd,
    residue: 0,
};

/// What the chip did not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Failed;

/// One command: its code, its parameters, and how long it takes.
struct Task {
    opcode: u8,
    param1: u8,
    param2: u16,
    millis: u32,
}

const RANDOM: Task = Task {
    opcode: 0x1b,
    param1: 0,
    param2: 0,
    millis: 23,
};
const LOAD_DIGEST: Task = Task {
    opcode: 0x16,
    param1: 0x03,
    param2: 0,
    millis: 29,
};
const VERIFY: Task = Task {
    opcode: 0x45,
    param1: 0x02,
    param2: 0x0004,
    millis: 105,
};

const fn sign_with(slot: u16) -> Task {
    Task {
        opcode: 0x41,
        param1: 0x80,
        param2: slot,
        millis: 115,
    }
}

const fn read(slot: u8, block: u8) -> Task {
    Task {
        opcode: 0x02,
        param1: 0x82,
        param2: u16::from_le_bytes([slot.wrapping_shl(3), block]),
        millis: 5,
    }
}

/// The chip on its bus, of at most 100 kHz while it is woken.
pub struct Atecc608<B, D> {
    bus: B,
    delay: D,
}

impl<B, D> Debug for Atecc608<B, D> {
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        f.write_str("Atecc608")
    }
}

impl<B: I2c, D: DelayNs> Atecc608<B, D> {
    /// The chip on `bus` at its usual address.
    pub const fn new(bus: B, delay: D) -> Self {
        Self { bus, delay }
    }

    /// Does `work` with the chip awake.
    fn awake<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Failed>) -> Result<T, Failed> {
        let done = self.rouse().and_then(|()| work(self));
        self.rest();
        done
    }

    fn rouse(&mut self) -> Result<(), Failed> {
        // A chip that was left awake, by a board that was reset, would not heed what comes next.
        self.rest();
        // Nobody answers at address 0: what wakes the chip is the line held low.
        let _ = self.bus.write(0, &[0]);
        self.delay.delay_us(WAKE_US);
        let mut answer = [0; AWAKE.len()];
        self.bus.read(ADDRESS, &mut answer).map_err(|_| Failed)?;
        if answer == AWAKE { Ok(()) } else { Err(Failed) }
    }

    /// A chip that is asleep already does not answer.
    fn rest(&mut self) {
        let _ = self.bus.write(ADDRESS, &[SLEEP]);
    }

    /// Has the chip work, and reads what it answers: exactly `N` bytes.
    fn run<const N: usize>(&mut self, task: &Task, data: &[u8]) -> Result<[u8; N], Failed> {
        let packet = packet(task, data).ok_or(Failed)?;
        self.bus.write(ADDRESS, &packet).map_err(|_| Failed)?;
        self.delay.delay_ms(task.millis);
        // The longest answer is a signature or a key.
        let mut answer = [0; 1 + SLOT + 2];
        let answer = answer.get_mut(..N.saturating_add(3)).ok_or(Failed)?;
        self.bus.read(ADDRESS, answer).map_err(|_| Failed)?;
        body(answer).ok_or(Failed)
    }

    /// Has the chip do something that it answers with a status.
    fn has_done(&mut self, task: &Task, data: &[u8]) -> Result<(), Failed> {
        match self.run(task, data)? {
            [0] => Ok(()),
            [_] => Err(Failed),
        }
    }

    fn read_slot(&mut self, alias: KeyAlias, slot: &mut [u8; SLOT]) -> Result<(), Failed> {
        let number = match alias {
            KeyAlias::Authentication => 14,
            KeyAlias::Ed25519 => 13,
            KeyAlias::Secp256k1 => 12,
            KeyAlias::P256 => 11,
        };
        let (halves, _) = slot.as_chunks_mut::<32>();
        let blocks = if alias == KeyAlias::Ed25519 { 1 } else { 2 };
        for (half, block) in halves.iter_mut().take(blocks).zip(0..) {
            *half = self.run(&read(number, block), &[])?;
        }
        Ok(())
    }

    fn sign_in(&mut self, slot: u16, digest: &Digest) -> Result<Signature, Failed> {
        // Brings fresh randomness into the chip's own generator, from which it draws the nonce.
        self.run::<32>(&RANDOM, &[])?;
        self.has_done(&LOAD_DIGEST, &digest.0)?;
        self.run(&sign_with(slot), &[]).map(Signature)
    }

    fn verify_in(
        &mut self,
        alias: KeyAlias,
        digest: &Digest,
        signature: &Signature,
    ) -> Result<(), Failed> {
        let mut data = [0; 2 * SLOT];
        let (first, second) = data.split_at_mut(SLOT);
        first.copy_from_slice(&signature.0);
        let mut key = [0; SLOT];
        self.read_slot(alias, &mut key)?;
        second.copy_from_slice(&key);
        self.has_done(&LOAD_DIGEST, &digest.0)?;
        self.has_done(&VERIFY, &data)
    }
}

impl<B: I2c, D: DelayNs> SecureElement for Atecc608<B, D> {
    fn wake(&mut self) -> Result<(), Status> {
        self.awake(|_| Ok(())).map_err(|Failed| Status::ChipAbsent)
    }

    fn read_public_key(&mut self, alias: KeyAlias, slot: &mut [u8; SLOT]) -> Result<(), Status> {
        self.awake(|chip| chip.read_slot(alias, slot))
            .map_err(|Failed| Status::PublicKeyRead)
    }

    fn sign(&mut self, alias: KeyAlias, digest: &Digest) -> Result<Signature, Status> {
        let slot = match alias {
            KeyAlias::Authentication => 0,
            KeyAlias::P256 => 3,
            KeyAlias::Ed25519 | KeyAlias::Secp256k1 => return Err(Status::SecretKeyRead),
        };
        self.awake(|chip| chip.sign_in(slot, digest))
            .map_err(|Failed| Status::ChipSign)
    }

    fn verify(&mut self, alias: KeyAlias, digest: &Digest, signature: &Signature) -> bool {
        match alias {
            KeyAlias::Authentication | KeyAlias::P256 => self
                .awake(|chip| chip.verify_in(alias, digest, signature))
                .is_ok(),
            KeyAlias::Ed25519 | KeyAlias::Secp256k1 => false,
        }
    }
}

/// `None` for data that no command has: longer than the longest.
fn packet(task: &Task, data: &[u8]) -> Option<Packet> {
    let count = u8::try_from(data.len()).ok()?.checked_add(7)?;
    let [low, high] = task.param2.to_le_bytes();
    let head = [COMMAND, count, task.opcode, task.param1, low, high];
    let mut bytes = [0; LONGEST];
    let length = head.len().checked_add(data.len())?;
    let body = bytes.get_mut(..length)?;
    let all = head.iter().chain(data);
    body.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
    let sum = CRC.checksum(body.get(1..)?).to_le_bytes();
    let end = length.checked_add(sum.len())?;
    bytes.get_mut(length..end)?.copy_from_slice(&sum);
    Some(Packet { bytes, end })
}

struct Packet {
    bytes: [u8; LONGEST],
    end: usize,
}

impl core::ops::Deref for Packet {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or_default()
    }
}

/// The `N` bytes in an answer that is whole and has just these.
fn body<const N: usize>(answer: &[u8]) -> Option<[u8; N]> {
    let (counted, sum) = answer.split_last_chunk::<2>()?;
    let (count, body) = counted.split_first()?;
    let is_whole =
        usize::from(*count) == answer.len() && *sum == CRC.checksum(counted).to_le_bytes();
    is_whole.then_some(body)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn packets_and_sums_are_those_of_the_data_sheet() {
        let random = packet(&RANDOM, &[]).unwrap();
        assert_eq!(*random, hex!("03 07 1b 00 00 00 24 cd"));
        assert_eq!(body(&AWAKE), Some([0x11]));
        assert_eq!(body::<1>(&hex!("04 11 33 44")), None);
        assert_eq!(body::<2>(&AWAKE), None);
        assert!(packet(&VERIFY, &[0; 128]).is_some());
        assert!(packet(&VERIFY, &[0; 129]).is_none());
    }

    #[test]
    fn halves_of_a_key_are_two_blocks_of_its_slot() {
        let of = |task: &Task| packet(task, &[]).unwrap()[..6].to_vec();
        assert_eq!(of(&read(11, 0)), hex!("03 07 02 82 58 00"));
        assert_eq!(of(&read(11, 1)), hex!("03 07 02 82 58 01"));
    }
}
