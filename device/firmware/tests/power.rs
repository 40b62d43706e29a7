//! A board whose power goes anywhere signs no two messages of one level.

#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use std::collections::BTreeMap;

use support::Nrf51;
use tezio_core::hsm::device::{Operations as _, Reply, Request};
use tezio_core::hsm::extension::{Features, GREETING, OFFER, VERSION};
use tezio_core::hsm::{KeyAlias, RequestPacket, Status};
use tezio_core::tezos::{Digest, Signature};
use tezio_firmware::{Extended, FlashMarks, SecureElement};
use tezio_soft_hsm::{Holes, Hsm, Latency, Profile, SLOT};

/// A page has room for 58 marks; in this many levels one is filled and the next begun.
const FILLED: u32 = 50;
const LEVELS: core::ops::RangeInclusive<u32> = 40..=64;

/// Signs with the beginning of the digest.
struct Paper;

impl SecureElement for Paper {
    fn wake(&mut self) -> Result<(), Status> {
        Ok(())
    }

    fn read_public_key(&mut self, _: KeyAlias, _: &mut [u8; SLOT]) -> Result<(), Status> {
        Err(Status::PublicKeyRead)
    }

    fn sign(&mut self, _: KeyAlias, digest: &Digest) -> Result<Signature, Status> {
        Ok(Signature(core::array::from_fn(|at| digest.0[at % 32])))
    }

    fn verify(&mut self, _: KeyAlias, _: &Digest, _: &Signature) -> bool {
        false
    }
}

type Board = Extended<Paper, FlashMarks<Nrf51>>;

/// A board at its start; one that finds no marks where there were some would be noticed below.
fn start(flash: &Nrf51) -> Board {
    let profile = Profile {
        latency: Latency::Instant,
        holes: Holes::Closed,
        ..Profile::default()
    };
    let keeper = FlashMarks::new(flash.clone());
    Extended::new(Hsm::around(Paper, &profile), keeper, [0; 16]).unwrap()
}

fn ask(board: &mut Board, opcode: u8, param1: u8, param2: u8, data: &[u8]) -> Vec<u8> {
    let packet = RequestPacket {
        opcode,
        param1: Some(param1),
        param2: Some(param2),
        param3: Some(0),
        data,
    };
    let mut reply = Reply::new();
    let buffer = &[0; tezio_core::hsm::device::CAPACITY];
    board.run(Ok(Request { packet, buffer }), &mut reply);
    reply.bytes()[2..reply.bytes().len() - 2].to_vec()
}

/// The signatures that ever left, by level.
type Signed = BTreeMap<u32, Vec<u8>>;

/// Has attestations of `block` signed at all `levels`, as far as the board does, and holds that
/// none is the second of its level.
fn attest(board: &mut Board, levels: impl Iterator<Item = u32>, block: u8, signed: &mut Signed) {
    for level in levels {
        let mut message = [block; 80];
        message[0] = 0x13;
        message[40..48].copy_from_slice(&(u64::from(level) << 32).to_be_bytes());
        let body = ask(board, 0x21, 3, 3, &message);
        if body.len() == 64 {
            let earlier = signed.insert(level, body);
            assert_eq!(earlier, None, "a second signature at level {level}");
        }
    }
}

#[test]
fn cut_anywhere_and_started_again_it_never_signs_two_messages_of_one_level() {
    let flash = Nrf51::erased(3 * 1024);
    let mut first = start(&flash);
    let offered = ask(&mut first, OFFER, Features::LASTING.0, VERSION, &GREETING);
    assert_eq!(offered[1], Features::LASTING.0);
    let mut before = Signed::new();
    attest(&mut first, 1..=FILLED, 0xaa, &mut before);
    assert_eq!(before.len(), 50);
    for words in 0..=700 {
        let flash = flash.copied();
        let mut signed = before.clone();
        // Each start begins a page. The power goes, and it goes again in what follows.
        for (block, words) in [(0xbb, words), (0xcc, words * 37 % 401), (0xdd, usize::MAX)] {
            flash.cut_after(words);
            attest(&mut start(&flash), LEVELS, block, &mut signed);
        }
        let behind = signed.keys().filter(|level| **level > FILLED).count();
        assert!(behind >= 9, "{words}: {behind}");
    }
}
