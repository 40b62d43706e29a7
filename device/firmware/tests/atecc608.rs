//! The driver of the secure element, against a chip of paper that sleeps, wakes and times out as the
//! data sheet says.

use core::cell::RefCell;
use std::rc::Rc;

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};
use hex_literal::hex;
use tezio_core::hsm::{KeyAlias, Status};
use tezio_core::tezos::{Digest, Signature};
use tezio_firmware::SecureElement;
use tezio_firmware::boards::Atecc608;
use tezio_soft_hsm::SLOT;

const ADDRESS: u8 = 0x60;
/// How long it stays awake at most, in nanoseconds, by the data sheet.
const WATCHDOG_NS: u64 = 700_000_000;
const WAKE_NS: u64 = 1_500_000;

/// The chip and its bus; time goes by as the driver waits.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Chip>>);

#[derive(Default)]
struct Chip {
    now: u64,
    /// Since when it is awake.
    awake: Option<u64>,
    /// What it has to say next.
    answer: Vec<u8>,
    /// What it was asked, without the parts that are the same each time.
    opcodes: Vec<u8>,
    has_digest: bool,
    is_absent: bool,
}

impl Chip {
    fn is_awake(&self) -> bool {
        self.awake
            .is_some_and(|since| self.now - since < WATCHDOG_NS)
    }

    fn write(&mut self, address: u8, bytes: &[u8]) -> Option<()> {
        if address == 0 && !self.is_absent && !self.is_awake() {
            (self.awake, self.has_digest) = (Some(self.now), false);
            self.answer = hex!("04 11 33 43").to_vec();
        }
        if address != ADDRESS || !self.is_awake() {
            return None;
        }
        match bytes {
            [0x01] => self.awake = None,
            [0x03, count, opcode, behind @ ..] => {
                assert!(self.now >= self.awake.unwrap() + WAKE_NS, "too early");
                assert_eq!(usize::from(*count), bytes.len() - 1);
                self.opcodes.push(*opcode);
                self.answer = framed(&self.result(*opcode, behind));
            }
            other => panic!("{other:02x?}"),
        }
        Some(())
    }

    fn result(&mut self, opcode: u8, behind: &[u8]) -> Vec<u8> {
        match opcode {
            0x1b => vec![0x77; 32],
            0x16 => {
                self.has_digest = true;
                vec![0]
            }
            0x02 => vec![behind[1]; 32],
            0x41 if self.has_digest => vec![0x55; 64],
            0x45 if self.has_digest => vec![u8::from(behind[3..67] != [0x55; 64])],
            other => panic!("{other:02x}"),
        }
    }
}

/// `<count><body><CRC>`, the checksum with its bits reflected.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(body.len() + 3).unwrap()];
    bytes.extend_from_slice(body);
    let sum = bytes.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum, |sum, bit| {
            let flips = (sum >> 15) ^ u16::from(byte >> bit & 1) == 1;
            (sum << 1) ^ if flips { 0x8005 } else { 0 }
        })
    });
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

impl ErrorType for Paper {
    type Error = ErrorKind;
}

impl I2c for Paper {
    fn transaction(&mut self, address: u8, does: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
        let chip = &mut *self.0.borrow_mut();
        let nobody = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address);
        for operation in does {
            match operation {
                Operation::Write(bytes) => chip.write(address, bytes).ok_or(nobody)?,
                Operation::Read(_) if address != ADDRESS || !chip.is_awake() => return Err(nobody),
                Operation::Read(bytes) => bytes.copy_from_slice(&chip.answer),
            }
        }
        Ok(())
    }
}

impl DelayNs for Paper {
    fn delay_ns(&mut self, nanoseconds: u32) {
        self.0.borrow_mut().now += u64::from(nanoseconds);
    }
}

fn driver(chip: &Paper) -> Atecc608<Paper, Paper> {
    Atecc608::new(chip.clone(), chip.clone())
}

const DIGEST: Digest = Digest([0x99; 32]);
const SIGNATURE: Signature = Signature([0x55; 64]);

/// As the operations do it: wake, then work.
fn sign(driver: &mut Atecc608<Paper, Paper>) -> Result<Signature, Status> {
    driver.wake()?;
    driver.sign(KeyAlias::P256, &DIGEST)
}

#[test]
fn one_request_follows_the_other() {
    let chip = Paper::default();
    let mut driver = driver(&chip);
    for _ in 0..20 {
        assert_eq!(sign(&mut driver), Ok(SIGNATURE));
        assert!(!chip.0.borrow().is_awake(), "it sleeps in between");
    }
    assert_eq!(chip.0.borrow().opcodes[..6], hex!("1b 16 41 1b 16 41"));
    let mut slot = [0; SLOT];
    driver.wake().unwrap();
    assert_eq!(driver.read_public_key(KeyAlias::P256, &mut slot), Ok(()));
    assert_eq!(slot, [11 << 3; SLOT]);
    driver.wake().unwrap();
    driver.read_public_key(KeyAlias::P256, &mut slot).unwrap();
    assert!(driver.verify(KeyAlias::P256, &DIGEST, &SIGNATURE));
    assert!(!driver.verify(KeyAlias::P256, &DIGEST, &Signature([0x56; 64])));
}

/// The board was reset, the chip was not.
#[test]
fn a_chip_that_was_left_awake_is_woken() {
    for waited_ns in [
        0,
        1_000,
        WAKE_NS,
        WATCHDOG_NS / 2,
        WATCHDOG_NS,
        2 * WATCHDOG_NS,
    ] {
        let chip = Paper::default();
        chip.0.borrow_mut().write(0, &[0]);
        chip.0.borrow_mut().now += waited_ns;
        chip.0.borrow_mut().answer = framed(&[0]);
        assert_eq!(sign(&mut driver(&chip)), Ok(SIGNATURE), "{waited_ns}");
    }
}

#[test]
fn a_chip_that_is_not_there_is_a1() {
    let chip = Paper::default();
    chip.0.borrow_mut().is_absent = true;
    let mut driver = driver(&chip);
    assert_eq!(driver.wake(), Err(Status::ChipAbsent));
    assert_eq!(driver.sign(KeyAlias::P256, &DIGEST), Err(Status::ChipSign));
}

#[test]
fn keys_for_software_are_left_to_the_board() {
    let mut driver = driver(&Paper::default());
    for alias in [KeyAlias::Ed25519, KeyAlias::Secp256k1] {
        assert_eq!(driver.sign(alias, &DIGEST), Err(Status::SecretKeyRead));
        assert!(!driver.verify(alias, &DIGEST, &SIGNATURE));
    }
}
