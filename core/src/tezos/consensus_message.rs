//! Blocks, preattestations and attestations: from signed bytes to kind, chain, level and round.
//!
//! The whole layout is walked and must be used up exactly; each number is bounded to 31 bits. What a
//! field means beyond level and round is of no interest here: votes, branch, payload and DAL content
//! pass unread, so a protocol that changes their meaning does not stop a baker.
//!
//! ```text
//! block          <11><chain: 4><level: i32><proto: 1><predecessor: 32><time: 8><passes: 1><operations: 32>
//!                <fitness: u32 length><02><level><locked round or nothing><predecessor round><round>
//!                <context: 32><payload: 32><payload round: 4><work nonce: 8><00 | ff, seed nonce: 32><votes: 1>
//! (pre)attest.   <12|13><chain: 4><branch: 32><tag: 1><slot: 2><level: i32><round: i32><payload: 32>[<bitset>]
//! … of tz4       <12|13><chain: 4><branch: 32><tag: 1><level: i32><round: i32><payload: 32>
//! ```
//!
//! Format: Octez, `src/proto_025_PsUshuai/lib_protocol/operation_repr.ml` and
//! `src/lib_base/block_header.ml`, at commit `d26a8bef8215`.

use super::{ChainId, ConsensusKind, Curve, Level, MessageFault, Round};
use crate::reader::{Ended, Reader};

const FITNESS_VERSION: u8 = 2;

/// What decides whether a consensus message may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsensusMessage {
    /// Block, preattestation or attestation.
    pub kind: ConsensusKind,
    /// The chain it is meant for.
    pub chain: ChainId,
    /// Its level; for a block header and fitness agree on it.
    pub level: Level,
    /// Its round; for a block the one in its fitness, never the payload round.
    pub round: Round,
    /// Which keys sign this form.
    pub layout: Layout,
}

/// Which keys a consensus message is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Blocks look the same for every key.
    AnyKey,
    /// A vote with its slot, for tz1, tz2 and tz3.
    Slotted,
    /// A vote without slot, for tz4 alone.
    Slotless,
}

impl ConsensusMessage {
    /// Whether a key of `curve` signs messages of this layout.
    #[must_use]
    pub fn suits(&self, curve: Curve) -> bool {
        match self.layout {
            Layout::AnyKey => true,
            Layout::Slotted => curve != Curve::Bls12381,
            Layout::Slotless => curve == Curve::Bls12381,
        }
    }
}

/// Reads all of `data`, whose magic byte announced `kind`.
pub(super) fn parse(kind: ConsensusKind, data: &[u8]) -> Result<ConsensusMessage, MessageFault> {
    let mut walk = Walk {
        kind,
        length: data.len(),
        reader: Reader::new(data),
    };
    walk.skip(1)?;
    let chain = ChainId(walk.array()?);
    let message = match kind {
        ConsensusKind::Block => walk.block(chain)?,
        ConsensusKind::Preattestation | ConsensusKind::Attestation => walk.vote(chain)?,
    };
    walk.finish()?;
    Ok(message)
}

/// A cursor that reports every fault in terms of the message it walks.
struct Walk<'a> {
    kind: ConsensusKind,
    length: usize,
    reader: Reader<'a>,
}

impl Walk<'_> {
    fn block(&mut self, chain: ChainId) -> Result<ConsensusMessage, MessageFault> {
        let level = self.level()?;
        self.skip(1 + 32 + 8 + 1 + 32)?;
        let round = self.fitness(level)?;
        self.skip(32 + 32 + 4 + 8)?;
        match self.u8()? {
            0x00 => {}
            0xff => self.skip(32)?,
            other => return Err(MessageFault::SeedNonce(other)),
        }
        self.skip(1)?;
        Ok(self.message(chain, level, round, Layout::AnyKey))
    }

    /// Reads the fitness and returns the round in its last element.
    fn fitness(&mut self, header: Level) -> Result<Round, MessageFault> {
        let length = self.u32()?;
        let length = usize::try_from(length).map_err(|_| MessageFault::Fitness)?;
        let bytes = self.slice(length)?;
        let (fitness, round) = fitness_numbers(bytes).ok_or(MessageFault::Fitness)?;
        if fitness != header.number() {
            let header = header.number();
            return Err(MessageFault::Levels { header, fitness });
        }
        bounded("round", round, Round::new)
    }

    fn vote(&mut self, chain: ChainId) -> Result<ConsensusMessage, MessageFault> {
        self.skip(32)?;
        let tag = self.u8()?;
        let layout = match (self.kind, tag) {
            (ConsensusKind::Preattestation, 20) | (ConsensusKind::Attestation, 21 | 23) => {
                self.skip(2)?;
                Layout::Slotted
            }
            (ConsensusKind::Preattestation, 40) | (ConsensusKind::Attestation, 41) => {
                Layout::Slotless
            }
            (what, tag) => return Err(MessageFault::Tag { what, tag }),
        };
        let level = self.level()?;
        let round = bounded("round", self.u32()?, Round::new)?;
        self.skip(32)?;
        if tag == 23 {
            self.dal_bitset()?;
        }
        Ok(self.message(chain, level, round, layout))
    }

    /// One number of as many bytes as have their top bit set, and one more.
    fn dal_bitset(&mut self) -> Result<(), MessageFault> {
        while self.u8().map_err(|_| MessageFault::Dal)? & 0x80 != 0 {}
        if self.reader.rest().is_empty() {
            Ok(())
        } else {
            Err(MessageFault::Dal)
        }
    }

    fn message(
        &self,
        chain: ChainId,
        level: Level,
        round: Round,
        layout: Layout,
    ) -> ConsensusMessage {
        ConsensusMessage {
            kind: self.kind,
            chain,
            level,
            round,
            layout,
        }
    }

    fn finish(&self) -> Result<(), MessageFault> {
        match self.reader.rest().len() {
            0 => Ok(()),
            extra => Err(MessageFault::Trailing {
                what: self.kind,
                extra,
            }),
        }
    }

    fn level(&mut self) -> Result<Level, MessageFault> {
        bounded("level", self.u32()?, Level::new)
    }

    fn skip(&mut self, length: usize) -> Result<(), MessageFault> {
        self.slice(length).map(|_| ())
    }

    fn slice(&mut self, length: usize) -> Result<&[u8], MessageFault> {
        self.reader
            .slice(length)
            .map_err(|ended| truncated(self.kind, self.length, ended))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MessageFault> {
        self.reader
            .array()
            .map_err(|ended| truncated(self.kind, self.length, ended))
    }

    fn u8(&mut self) -> Result<u8, MessageFault> {
        self.array().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, MessageFault> {
        self.array().map(u32::from_be_bytes)
    }
}

/// Level and round out of `<01><02>`, level, locked round, predecessor round and round, each element
/// behind its length; `None` when it is anything else.
fn fitness_numbers(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut reader = Reader::new(bytes);
    let version = fitness_element(&mut reader)?;
    let level = number(fitness_element(&mut reader)?)?;
    let locked = fitness_element(&mut reader)?;
    let predecessor = number(fitness_element(&mut reader)?);
    let round = number(fitness_element(&mut reader)?)?;
    let whole = version == [FITNESS_VERSION]
        && matches!(locked.len(), 0 | 4)
        && predecessor.is_some()
        && reader.rest().is_empty();
    whole.then_some((level, round))
}

fn fitness_element<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = usize::try_from(reader.u32().ok()?).ok()?;
    reader.slice(length).ok()
}

fn number(element: &[u8]) -> Option<u32> {
    element.try_into().ok().map(u32::from_be_bytes)
}

fn bounded<T>(
    field: &'static str,
    number: u32,
    new: impl Fn(u32) -> Option<T>,
) -> Result<T, MessageFault> {
    new(number).ok_or(MessageFault::Negative { field, number })
}

const fn truncated(what: ConsensusKind, length: usize, _: Ended) -> MessageFault {
    MessageFault::Truncated { what, length }
}
