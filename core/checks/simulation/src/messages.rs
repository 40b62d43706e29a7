//! Messages that clients want signed: recorded bytes with chain, level, round and some content changed.
//!
//! The bytes are those of the core's recorded vectors (`core/tests/recorded/octez-vectors.md`); what each
//! message means is written down beside it, so that nothing here depends on the core's parser.

use hex_literal::hex;
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::{ChainId, ConsensusKind, Digest, Level, Round};
use tezio_core::watermark::{Mark, Watermark};

use crate::toy::{KEYS, address};

/// The chains.
pub const CHAINS: [ChainId; 2] = [ChainId::MAINNET, ChainId([0xaf, 0x18, 0x64, 0xd9])];

/// How many watermarks there are: of each key, on each chain, for each kind.
pub const WATERMARKS: usize = KEYS.len() * CHAINS.len() * ConsensusKind::ALL.len();

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

/// What a client wants signed, and with which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The key.
    pub key: KeyAlias,
    /// The message.
    pub bytes: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
    /// Where it must not be signed twice, if it is that kind of message.
    pub slot: Option<Slot>,
}

/// A place where one message may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Whose, where and what.
    pub watermark: Watermark,
    /// Level and round.
    pub mark: Mark,
}

impl core::fmt::Display for Wanted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let content = self.digest.0[0];
        match &self.slot {
            Some(Slot { watermark, mark }) => {
                let place = position(watermark);
                let kind = watermark.kind;
                write!(
                    f,
                    "{kind} at {mark} [watermark {place}, content {content:02x}]"
                )
            }
            None => write!(f, "operation [content {content:02x}]"),
        }
    }
}

/// A consensus message; another `salt` makes it another message for the same slot.
#[must_use]
pub fn consensus(watermark: Watermark, mark: Mark, salt: u8) -> Wanted {
    let (level, round) = (mark.level.number(), mark.round.number());
    let mut bytes;
    match watermark.kind {
        ConsensusKind::Block => {
            bytes = BLOCK.to_vec();
            put(&mut bytes, 5, level);
            put(&mut bytes, 96, level);
            put(&mut bytes, 116, round);
            bytes[120] = salt;
        }
        ConsensusKind::Preattestation | ConsensusKind::Attestation => {
            bytes = VOTE.to_vec();
            if watermark.kind == ConsensusKind::Preattestation {
                bytes[0] = 0x12;
                bytes[37] = 20;
            }
            put(&mut bytes, 40, level);
            put(&mut bytes, 44, round);
            bytes[48] = salt;
        }
    }
    bytes[1..5].copy_from_slice(&watermark.chain.0);
    Wanted {
        key: alias_of(&watermark),
        digest: Digest::of(&bytes),
        bytes,
        slot: Some(Slot { watermark, mark }),
    }
}

/// An operation, which no watermark guards.
#[must_use]
pub fn operation(key: KeyAlias, salt: u8) -> Wanted {
    let bytes = vec![0x03, salt, 0xde, 0xad, 0xbe, 0xef];
    Wanted {
        key,
        digest: Digest::of(&bytes),
        bytes,
        slot: None,
    }
}

/// A level and round.
///
/// # Panics
///
/// When one of them has more than 31 bits.
#[must_use]
pub fn mark(level: u32, round: u32) -> Mark {
    Mark {
        level: Level::new(level).expect("a level"),
        round: Round::new(round).expect("a round"),
    }
}

/// The watermark of a number below [`WATERMARKS`].
#[must_use]
pub fn watermark(position: usize) -> Watermark {
    let (kind, rest) = (position % 3, position / 3);
    Watermark {
        chain: CHAINS[rest % 2],
        key: address(KEYS[rest / 2 % 2]),
        kind: ConsensusKind::ALL[kind],
    }
}

/// The number of a watermark: the other way round.
#[must_use]
pub fn position(watermark: &Watermark) -> usize {
    let kind = ConsensusKind::ALL
        .iter()
        .position(|kind| *kind == watermark.kind);
    let chain = usize::from(watermark.chain != CHAINS[0]);
    let key = usize::from(watermark.key != address(KEYS[0]));
    (key * 2 + chain) * 3 + kind.unwrap_or(0)
}

fn alias_of(watermark: &Watermark) -> KeyAlias {
    KEYS[usize::from(watermark.key != address(KEYS[0]))]
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
}
