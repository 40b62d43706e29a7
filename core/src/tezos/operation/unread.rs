//! Bodies, and parts of bodies, that are walked over to find their end and say nothing that decides.

use super::walk::{Read, Walk, below};

const ANY_NUMBER: usize = usize::MAX;

/// `<length: u32, bytes>` twice.
pub(super) fn two_of_any_size(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip_bytes()?;
    walk.skip_bytes()
}

/// `<slot: 2>` and two signed votes, each behind its length.
pub(super) fn two_votes(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip(2)?;
    two_of_any_size(walk)
}

/// `<slot: 2><level: 4><round: 4><payload hash: 32>`.
pub(super) fn vote(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip(2)?;
    common_vote(walk)
}

/// A vote and its DAL content, one number.
pub(super) fn vote_with_dal(walk: &mut Walk<'_>) -> Read<()> {
    vote(walk)?;
    walk.digits().map(|_| ())
}

/// `<level: 4><round: 4><payload hash: 32><length: u32><slots: 2 each>`.
pub(super) fn preattestations(walk: &mut Walk<'_>) -> Read<()> {
    common_vote(walk)?;
    walk.arrays::<2>("a list of slots", ANY_NUMBER).map(|_| ())
}

/// `<level: 4><round: 4><payload hash: 32><length: u32>` and for each vote `<slot: 2><00 | ff, DAL
/// content>`.
pub(super) fn attestations(walk: &mut Walk<'_>) -> Read<()> {
    common_vote(walk)?;
    walk.list(|vote| {
        vote.skip(2)?;
        vote.option(Walk::digits).map(|_| ())
    })
}

fn common_vote(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip(4 + 4 + 32)
}

/// `<length: u32, attestation><slot: 2><slot index: 1><00 | ff, lag index: 1><shard index: 4>`
/// `<length: u32><scalars: 32 each><proof: 48>`.
pub(super) fn entrapment(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip_bytes()?;
    walk.skip(2 + 1)?;
    walk.option(|walk| walk.skip(1))?;
    walk.skip(4)?;
    scalars(walk)?;
    walk.skip(48)
}

fn scalars(walk: &mut Walk<'_>) -> Read<()> {
    walk.arrays::<32>("a list of scalars", ANY_NUMBER)
        .map(|_| ())
}

/// `<machine: u8><length: u32, kernel><length: u32, type><00 | ff, length: u32, key hashes: 21 each>`.
pub(super) fn new_rollup(walk: &mut Walk<'_>) -> Read<()> {
    walk.choice("kind of rollup", below(3))?;
    two_of_any_size(walk)?;
    walk.option(|walk| walk.list(player)).map(|_| ())
}

/// `<state: 32><inbox level: 4><predecessor: 32><ticks: 8>`.
pub(super) fn rollup_state(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip(32 + 4 + 32 + 8)
}

/// `<key hash: 21>`.
pub(super) fn player(walk: &mut Walk<'_>) -> Read<()> {
    walk.key_hash().map(|_| ())
}

/// `<key hash: 21>` twice.
pub(super) fn two_players(walk: &mut Walk<'_>) -> Read<()> {
    player(walk)?;
    player(walk)
}

/// `<commitment: 32><length: u32, proof>`.
pub(super) fn outbox(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip(32)?;
    walk.skip_bytes()
}

/// `<opponent: 21>`, then `<00><commitments: 64>` to begin or `<01><tick>` and a step.
pub(super) fn refutation(walk: &mut Walk<'_>) -> Read<()> {
    player(walk)?;
    match walk.choice("refutation", below(2))? {
        0 => walk.skip(32 + 32),
        _ => {
            walk.digits()?;
            step(walk)
        }
    }
}

/// `<00><length: u32>` and for each section `<00 | ff, state: 32><tick>`, or
/// `<01><length: u32, proof><00 | ff, proof of the input>`.
fn step(walk: &mut Walk<'_>) -> Read<()> {
    match walk.choice("step of a refutation", below(2))? {
        0 => walk.list(|section| {
            section.option(|state| state.skip(32))?;
            section.digits().map(|_| ())
        }),
        _ => {
            walk.skip_bytes()?;
            walk.option(input_proof).map(|_| ())
        }
    }
}

/// `<00><level: 4><message counter><length: u32, proof>`, `<01>` and what is revealed, or `<02>`.
fn input_proof(walk: &mut Walk<'_>) -> Read<()> {
    match walk.choice("proof of an input", below(3))? {
        0 => {
            walk.skip(4)?;
            walk.digits()?;
            walk.skip_bytes()
        }
        1 => revealed(walk),
        _ => Ok(()),
    }
}

/// `<00><length: u16, data>`, `<01>`, `<02><level: 4><slot index: 1><page: 2><length: u32, proof>` or
/// `<03>`.
fn revealed(walk: &mut Walk<'_>) -> Read<()> {
    match walk.choice("proof of what is revealed", below(4))? {
        0 => {
            let length = walk.array().map(u16::from_be_bytes)?;
            walk.skip(usize::from(length))
        }
        2 => {
            walk.skip(4 + 1 + 2)?;
            walk.skip_bytes()
        }
        _ => Ok(()),
    }
}

/// `<length: u32, parameters><length: u32, circuits><length: u32><scalars: 32 each><count: 4>`.
pub(super) fn new_zk_rollup(walk: &mut Walk<'_>) -> Read<()> {
    two_of_any_size(walk)?;
    scalars(walk)?;
    walk.skip(4)
}

/// `<rollup: 20><length: u32, operations>`.
pub(super) fn zk_publish(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip(20)?;
    walk.skip_bytes()
}

/// `<rollup: 20>`, two of any size, `<length: u32><scalars: 32 each><length: u32, proof>`.
pub(super) fn zk_update(walk: &mut Walk<'_>) -> Read<()> {
    walk.skip(20)?;
    two_of_any_size(walk)?;
    scalars(walk)?;
    walk.skip_bytes()
}
