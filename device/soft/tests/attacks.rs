//! Requests that make the firmware leave its memory: a clean status, and nothing has changed.

#[path = "support/oversize.rs"]
mod oversize;
mod support;

use hex_literal::hex;
use oversize::oversize;
use support::{Bench, attestation, body_of};
use tezio_core::hsm::{Command, KeyAlias, Mode, RequestPacket, START};

const ALIAS: KeyAlias = KeyAlias::P256;
const MARKS: &str = "(marks: (p256: (
    block: (level: 1000, round: 2),
    attestation: (level: 1000, round: 2),
)))";

/// Runs `attack` on a device with marks, and proves that it is alive and as strict as before.
fn survives(attack: impl FnOnce(&mut Bench)) {
    let mut bench = Bench::from_ron(MARKS);
    let before = *bench.device.operations().marks();
    attack(&mut bench);
    assert_eq!(*bench.device.operations().marks(), before);
    let probe = bench.exchange(&hex!("030500004400"));
    assert_eq!(probe, [hex!("0500a28b83")]);
    assert_eq!(sign(&mut bench, &attestation(5, 0)), hex!("d4"));
    assert_eq!(sign(&mut bench, &[0x04, 1, 2, 3]), hex!("b8"));
    assert_eq!(sign(&mut bench, &attestation(1001, 0)).len(), 64);
}

fn sign(bench: &mut Bench, data: &[u8]) -> Vec<u8> {
    bench.command(&Command::Sign {
        alias: ALIAS,
        mode: Mode::MessageRaw,
        data,
    })
}

/// The frame that sets every watermark to zero and every kind to "allowed" in the firmware.
#[test]
fn one_long_frame_resets_nothing() {
    survives(|bench| {
        let attack = oversize(1348, |bytes| {
            bytes[1028..1030].copy_from_slice(&hex!("d200"));
            bytes[1136..1346].fill(1);
        });
        assert_eq!(bench.exchange(&attack), [hex!("0500a79583")]);
    });
}

#[test]
fn every_announced_length_above_the_buffer_is_answered_with_one_status() {
    survives(|bench| {
        for length in [1029, 1030, 1032, 1033, 1040, 1136, 4000, 65535] {
            let replies = bench.exchange(&oversize(length, |_| {}));
            assert_eq!(replies, [hex!("0500a79583")], "{length}");
        }
    });
}

/// Four bytes more than the buffer land in fields that are written anew: the firmware answers.
#[test]
fn lengths_up_to_1028_are_answered() {
    survives(|bench| {
        for length in 1024..=1028 {
            let replies = bench.exchange(&oversize(length, |bytes| bytes[3..5].fill(1)));
            assert_eq!(replies.len(), 1, "{length}");
            assert_eq!(body_of(&replies[0]).len(), 32, "{length}");
        }
    });
}

#[test]
fn announced_bytes_that_never_come_are_waited_for_once() {
    survives(|bench| {
        for announced in [1029_u16, 0x8000, 0xffff] {
            for sent in [0, 3, 1026, 1027, 2000] {
                let mut bytes = vec![START];
                bytes.extend_from_slice(&announced.to_le_bytes());
                bytes.resize(3 + sent.min(usize::from(announced) - 2), 0);
                let replies = bench.exchange(&bytes);
                assert_eq!(replies.len(), 1, "{sent} of {announced}");
                let body = body_of(&replies[0])[0];
                let complete = sent < 3;
                assert_eq!(body, if complete { 0xa6 } else { 0xa7 });
            }
        }
    });
}

#[test]
fn fitness_length_is_no_address() {
    survives(|bench| {
        for length in [
            938,
            1024,
            0xffff,
            0x7fff_ffff,
            0xffff_ff83,
            0xffff_ff8b,
            0xffff_ffff_u32,
        ] {
            let mut block = [0; 200];
            block[0] = 0x11;
            block[5..9].copy_from_slice(&2000_u32.to_be_bytes());
            block[83..87].copy_from_slice(&length.to_be_bytes());
            assert_eq!(sign(bench, &block), hex!("ad"), "{length:08x}");
        }
    });
}

#[test]
fn verify_texts_that_overrun_the_firmware_have_a_status() {
    survives(|bench| {
        let verify = |bench: &mut Bench, alias, first_part, data: &[u8]| {
            bench.ask(&RequestPacket {
                opcode: 0x22,
                param1: Some(alias),
                param2: Some(4),
                param3: Some(first_part),
                data,
            })
        };
        for alias in 0..4 {
            for data in [100_usize, 500, 1015] {
                for first_part in [data, data + 1, 0x7fff, 0xffff] {
                    let first_part = u16::try_from(first_part).unwrap();
                    let body = verify(bench, alias, first_part, &vec![b'z'; data]);
                    assert_eq!(body, hex!("ac"), "{data} {first_part}");
                }
            }
            for text in [1, 8, 89, 100, 200, 900] {
                let data = vec![b'z'; 74 + text];
                assert_eq!(verify(bench, alias, 74, &data), hex!("ad"), "{text}");
            }
            for text in 90..100 {
                for character in [b'1', b'z', 0x00, 0xff] {
                    let data = vec![character; 74 + text];
                    assert_eq!(verify(bench, alias, 74, &data), hex!("00"), "{text}");
                }
            }
        }
    });
}
