//! Requests that make the published firmware leave its memory, or use what lies beside its tables:
//! a clean status each, marks and policy untouched, and the board alive.

use hex_literal::hex;
use tezio_core::hsm::{KeyAlias, RequestPacket};
use tezio_core::tezos::Digest;
use tezio_soft_hsm::Holes;

use crate::host::{attestation, marks, packet, profile, sign};
use crate::machine::{ALIVE, Machine, PROBE};
use crate::oversize::oversize;

const ALIAS: KeyAlias = KeyAlias::P256;
const MARKS: &str = "(marks: (p256: (
    block: (level: 1000, round: 2),
    attestation: (level: 1000, round: 2),
)))";

/// Runs `attack` on a board with marks, and proves that it is alive and as strict as before.
fn survives(attack: impl FnOnce(&mut Machine)) {
    let mut machine = Machine::start(&profile(MARKS, Holes::Closed));
    let before = marks(&mut machine);
    attack(&mut machine);
    machine.write(&PROBE);
    assert_eq!(machine.read_reply(), ALIVE);
    assert_eq!(marks(&mut machine), before);
    assert_eq!(sign(&mut machine, ALIAS, &attestation(5, 0)), hex!("d4"));
    assert_eq!(sign(&mut machine, ALIAS, &[0x04, 1, 2, 3]), hex!("b8"));
    assert_eq!(sign(&mut machine, ALIAS, &attestation(1001, 0)).len(), 64);
}

/// The first is the packet that sets every watermark of the published firmware to zero and allows
/// every kind; the longest is all that a length can announce.
#[test]
fn oversize_packets_have_one_status_and_no_effect() {
    survives(|machine| {
        let reset = oversize(1348, |bytes| {
            bytes[1028..1030].copy_from_slice(&hex!("d200"));
            bytes[1136..1346].fill(1);
        });
        assert_eq!(machine.ask(&reset), hex!("a7"));
        for length in [1029, 1033, 1040, 1136, 4000, 65535] {
            let body = machine.ask(&oversize(length, |_| {}));
            assert_eq!(body, hex!("a7"), "{length}");
        }
    });
}

#[test]
fn fitness_lengths_are_no_addresses() {
    survives(|machine| {
        for length in [938, 0xffff, 0x7fff_ffff, 0xffff_ff83, 0xffff_ffff_u32] {
            let mut block = [0; 200];
            block[0] = 0x11;
            block[5..9].copy_from_slice(&2000_u32.to_be_bytes());
            block[83..87].copy_from_slice(&length.to_be_bytes());
            assert_eq!(sign(machine, ALIAS, &block), hex!("ad"), "{length:08x}");
        }
    });
}

#[test]
fn kinds_outside_the_table_are_refused_for_every_key() {
    survives(|machine| {
        // Ones where the published firmware would look for a flag: the digest cannot be chosen, the
        // message behind it can.
        let mut message = [1; 200];
        for alias in KeyAlias::ALL {
            for kind in (0x00..=0xff).filter(|kind| !(0x01..=0x13).contains(kind)) {
                message[0] = kind;
                assert_eq!(sign(machine, alias, &message), hex!("b8"), "{kind:02x}");
            }
        }
    });
}

/// A digest that begins as an allowed kind, of a message below the mark; and one that the published
/// firmware takes for a block of the highest level.
#[test]
fn digests_are_not_signed_whatever_they_begin_with() {
    survives(|machine| {
        let mut message = attestation(5, 0);
        let mut tried = (0..=u32::MAX).map(|payload| {
            message[48..52].copy_from_slice(&payload.to_be_bytes());
            Digest::of(&message).0
        });
        let ground = tried.find(|digest| digest[0] == 0x03).unwrap();
        let mut poison = [0; 32];
        poison[..9].copy_from_slice(&hex!("11 00000000 ffffffff"));
        for mode in [1, 2] {
            for digest in [ground, poison] {
                let request = packet(0x21, ALIAS.number(), mode, &digest);
                assert_eq!(machine.ask(&request), hex!("ab"));
            }
        }
    });
}

#[test]
fn texts_that_are_no_signatures_are_refused() {
    survives(|machine| {
        let mut verify = |alias, first_part, data: &[u8]| {
            let packet = RequestPacket {
                opcode: 0x22,
                param1: Some(alias),
                param2: Some(4),
                param3: Some(first_part),
                data,
            };
            machine.ask(&packet.emit().unwrap())
        };
        for alias in 0..4 {
            for first_part in [200, 201, 0x7fff, 0xffff] {
                assert_eq!(verify(alias, first_part, &[b'z'; 200]), hex!("ac"));
            }
            for text in [1, 8, 89, 100, 200, 900] {
                assert_eq!(verify(alias, 74, &vec![b'z'; 74 + text]), hex!("ad"));
            }
            for character in [b'1', b'z', 0x00, 0xff] {
                for text in [90, 98, 99] {
                    let data = vec![character; 74 + text];
                    assert_eq!(verify(alias, 74, &data), hex!("00"), "{text}");
                }
            }
        }
    });
}

/// Any bytes at all: whatever comes back, the board lives and its marks stand.
#[test]
fn noise_moves_nothing() {
    survives(|machine| {
        let mut state = 0x2545_f491_u32;
        for _ in 0..40 {
            let noise = Vec::from_iter((0..300).map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_be_bytes()[0]
            }));
            machine.write(&noise);
        }
        machine.settle();
        assert_eq!(machine.ask(&packet(0x11, 4, 1, &[])), hex!("aa"));
    });
}
