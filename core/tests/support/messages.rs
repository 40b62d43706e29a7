//! Messages to be signed: recorded bytes with level, round and some content changed.
//!
//! The bytes are those of the recorded vectors (see `recorded/octez-vectors.md`); what each message
//! means is written down beside it, so that nothing here depends on the parser under test.

use hex_literal::hex;
use tezio_core::tezos::{ChainId, ConsensusKind};

pub(crate) const MAINNET: ChainId = ChainId::MAINNET;
pub(crate) const GHOSTNET: ChainId = ChainId([0xaf, 0x18, 0x64, 0xd9]);

const BLOCK: [u8; 198] = hex!(
    "117a06a7700098968119a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0"
    "a0a0000000006a18a50004b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
    "b1b1b100000021000000010200000004009896810000000000000004ffffffff0000000400000000"
    "c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2d3d3d3d3d3d3d3d3"
    "d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d30000000000112233445566770002"
);
const VOTE: [u8; 80] = hex!(
    "137a06a770e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e415ffff0098968100000002"
    "f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5"
);
/// 407 mutez with a fee of 33.
const TRANSACTION: [u8; 93] = hex!(
    "030e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a86c0002298c03ed7d454a101eb7022bc95f7e"
    "5f41ac7821dc05edecc004adcacdb7d4019703000002298c03ed7d454a101eb7022bc95f7e5f41ac7800"
);

/// What a client wants signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    pub(crate) bytes: Vec<u8>,
    /// What must not be signed twice, if it is that kind of message.
    pub(crate) slot: Option<Slot>,
}

/// Kind, chain, level and round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot {
    pub(crate) kind: ConsensusKind,
    pub(crate) chain: ChainId,
    pub(crate) level: u32,
    pub(crate) round: u32,
}

/// A block; `salt` makes it different from others at its level and round.
pub(crate) fn block(level: u32, round: u32, salt: u8) -> Wanted {
    let mut bytes = BLOCK.to_vec();
    put(&mut bytes, 5, level);
    put(&mut bytes, 96, level);
    put(&mut bytes, 116, round);
    bytes[120] = salt;
    wanted(bytes, ConsensusKind::Block, level, round)
}

pub(crate) fn attestation(level: u32, round: u32, salt: u8) -> Wanted {
    vote(ConsensusKind::Attestation, level, round, salt)
}

pub(crate) fn preattestation(level: u32, round: u32, salt: u8) -> Wanted {
    vote(ConsensusKind::Preattestation, level, round, salt)
}

/// An attestation with DAL content, of the bitset 2048.
pub(crate) fn dal_attestation(level: u32, round: u32, salt: u8) -> Wanted {
    let mut wanted = attestation(level, round, salt);
    wanted.bytes[37] = 23;
    wanted.bytes.extend([0x80, 0x20]);
    wanted
}

/// An attestation in the layout for tz4 keys, which has no slot.
pub(crate) fn tz4_attestation(level: u32, round: u32, salt: u8) -> Wanted {
    let mut wanted = attestation(level, round, salt);
    wanted.bytes[37] = 41;
    wanted.bytes.drain(38..40);
    wanted
}

pub(crate) fn vote_or_block(kind: ConsensusKind, level: u32, round: u32, salt: u8) -> Wanted {
    match kind {
        ConsensusKind::Block => block(level, round, salt),
        ConsensusKind::Preattestation | ConsensusKind::Attestation => {
            vote(kind, level, round, salt)
        }
    }
}

/// A transaction, which no watermark guards; `salt` makes it different from others, by its branch.
pub(crate) fn operation(salt: u8) -> Wanted {
    let mut bytes = TRANSACTION.to_vec();
    bytes[1] = salt;
    Wanted { bytes, slot: None }
}

/// An operation of so many bytes, at least 38, that carries text and does nothing.
pub(crate) fn operation_of_size(bytes: usize) -> Wanted {
    let text = bytes - 38;
    let length = u32::try_from(text).unwrap().to_be_bytes();
    let parts = [&[0x03; 33], &[17][..], &length, &vec![b'a'; text]];
    Wanted {
        bytes: parts.concat(),
        slot: None,
    }
}

/// The same on another chain.
pub(crate) fn on_chain(chain: ChainId, mut wanted: Wanted) -> Wanted {
    wanted.bytes[1..5].copy_from_slice(&chain.0);
    if let Some(slot) = &mut wanted.slot {
        slot.chain = chain;
    }
    wanted
}

fn vote(kind: ConsensusKind, level: u32, round: u32, salt: u8) -> Wanted {
    let mut bytes = VOTE.to_vec();
    if kind == ConsensusKind::Preattestation {
        bytes[0] = 0x12;
        bytes[37] = 20;
    }
    put(&mut bytes, 40, level);
    put(&mut bytes, 44, round);
    bytes[48] = salt;
    wanted(bytes, kind, level, round)
}

fn wanted(bytes: Vec<u8>, kind: ConsensusKind, level: u32, round: u32) -> Wanted {
    let slot = Slot {
        kind,
        chain: MAINNET,
        level,
        round,
    };
    Wanted {
        bytes,
        slot: Some(slot),
    }
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
}
