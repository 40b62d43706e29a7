//! Messages: kind, chain, level and round stand where the layout has them, the firmware finds the same
//! ones, and a message that is cut or goes on is none.
//!
//! Input: a message.

#![no_main]

use tezio_core::hsm::device::{CAPACITY, Operations as _, Reply, Request};
use tezio_core::hsm::{KeyAlias, MAX_DATA, Mode, Opcode, RequestPacket};
use tezio_core::tezos::{ConsensusKind, ConsensusMessage, Layout, Message};
use tezio_soft_hsm::{Mark, Profile, SoftHsm};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(message) = Message::parse(data) else {
        return;
    };
    assert_eq!(message.data(), data);
    assert_eq!(Some(&message.magic_byte().0), data.first());
    let kind = ConsensusKind::from_magic_byte(message.magic_byte());
    let Some(consensus) = message.consensus() else {
        assert_eq!(kind, None);
        return;
    };
    assert_eq!(kind, Some(consensus.kind));
    assert_eq!(data[1..5], consensus.chain.0);
    check_numbers(data, consensus);
    check_length(data);
    if consensus.layout != Layout::Slotless && data.len() <= MAX_DATA {
        check_firmware(data, consensus);
    }
});

fn number(data: &[u8], at: usize) -> u32 {
    let bytes = data[at..at + 4].try_into();
    bytes.map_or(0, u32::from_be_bytes)
}

fn check_numbers(data: &[u8], consensus: &ConsensusMessage) {
    let (level_at, round_at) = match (consensus.kind, consensus.layout) {
        (ConsensusKind::Block, _) => {
            let fitness = usize::try_from(number(data, 83)).expect("32 bits");
            // The level again: behind the length, the version and its own length.
            assert_eq!(number(data, 87 + 4 + 1 + 4), consensus.level.number());
            (5, 87 + fitness - 4)
        }
        (_, Layout::Slotless) => (38, 42),
        (_, Layout::Slotted | Layout::AnyKey) => (40, 44),
    };
    assert_eq!(number(data, level_at), consensus.level.number());
    assert_eq!(number(data, round_at), consensus.round.number());
}

/// No message begins with another: shorter or longer it is none.
fn check_length(data: &[u8]) {
    for cut in 1..data.len() {
        assert!(Message::parse(&data[..cut]).is_err(), "cut to {cut}");
    }
    for behind in [0, 1, 0x7f, 0x80, 0xff] {
        let longer = [data, &[behind]].concat();
        assert!(Message::parse(&longer).is_err(), "and {behind:#04x}");
    }
}

/// The firmware sees the same level and round, and signs above its mark alone.
fn check_firmware(data: &[u8], consensus: &ConsensusMessage) {
    let mut hsm = SoftHsm::new(&Profile::default(), || [7; 32]).expect("its own keys");
    let packet = RequestPacket {
        opcode: Opcode::Sign.byte(),
        param1: Some(KeyAlias::P256.number()),
        param2: Some(Mode::MessageRaw.number()),
        param3: Some(0),
        data,
    };
    let request = Request {
        packet,
        buffer: &[0; CAPACITY],
    };
    let mut reply = Reply::new();
    hsm.run(Ok(request), &mut reply);
    let marks = &hsm.marks().p256;
    let mark = match consensus.kind {
        ConsensusKind::Block => marks.block,
        ConsensusKind::Preattestation => marks.preattestation,
        ConsensusKind::Attestation => marks.attestation,
    };
    let seen = Mark {
        level: consensus.level.number(),
        round: consensus.round.number(),
    };
    assert_eq!(mark, seen);
    let fresh = seen != Mark::default();
    assert_eq!(
        reply.bytes().len() == 2 + 64 + 2,
        fresh,
        "{:02x?}",
        reply.bytes()
    );
}
