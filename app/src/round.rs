//! Rounds: how long they last, and how much of one has passed.
//!
//! What can be known of a round's end is little: a vote says its level and round and not when that round
//! began, and only a block carries a time, at which its own round begins. How long rounds last is a
//! constant of the chain's protocol, which the configuration tells. Nothing is decided by it.

use core::time::Duration;

use tezio_core::tezos::{ConsensusKind, Round};

/// The rounds of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// How long round 0 lasts, in seconds; not zero.
    pub(crate) first_seconds: u32,
    /// By how much each round is longer than the one before it, in seconds.
    pub(crate) longer_seconds: u32,
}

/// Blocks that are this much too late are all the same.
const FAR: f64 = 10.0;

/// A header's time: seconds since 1970, big-endian, behind magic byte, chain, level, protocol and
/// predecessor.
const TIME_AT: usize = 1 + 4 + 4 + 1 + 32;

impl Rounds {
    /// How long `round` lasts, in seconds.
    pub(crate) fn seconds(&self, round: Round) -> f64 {
        let longer = f64::from(round.number()) * f64::from(self.longer_seconds);
        f64::from(self.first_seconds) + longer
    }

    /// The share of `round` that `took` is.
    pub(crate) fn share(&self, took: Duration, round: Round) -> f64 {
        took.as_secs_f64() / self.seconds(round)
    }

    /// The share of `round` that has passed at `now`, from 0 to 10, if it began at `begun`; both in
    /// seconds since 1970.
    pub(crate) fn elapsed(&self, begun: f64, now: f64, round: Round) -> f64 {
        ((now - begun) / self.seconds(round)).clamp(0.0, FAR)
    }
}

/// When the round of a block began, by its header, in seconds since 1970. `None` for votes.
pub(crate) fn begun(kind: ConsensusKind, data: &[u8]) -> Option<f64> {
    if kind != ConsensusKind::Block {
        return None;
    }
    let bytes = data.get(TIME_AT..)?.first_chunk()?;
    // Times beyond 32 bits are no times of blocks.
    u32::try_from(i64::from_be_bytes(*bytes))
        .ok()
        .map(f64::from)
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    const MAINNET: Rounds = Rounds {
        first_seconds: 6,
        longer_seconds: 3,
    };

    /// A block of Ghostnet of 5 March 2024, as recorded in `testing/` of
    /// github.com/prof-groff/tezio at bc67eef, up to its time.
    const BLOCK: [u8; 50] = hex!(
        "11af1864d90055c2d20866309658c0cc63b9110b942506d9e5699b8d1a4b0de5e7688bc44bc044e44d41000000"
        "0065e785d8"
    );

    fn round(number: u32) -> Round {
        Round::new(number).unwrap()
    }

    #[test]
    fn each_round_is_longer_than_the_one_before() {
        let seconds = [0, 1, 2, 10].map(|number| MAINNET.seconds(round(number)));
        assert_eq!(seconds, [6.0, 9.0, 12.0, 36.0]);
        assert!(
            MAINNET
                .seconds(Round::new(0x7fff_ffff).unwrap())
                .is_finite()
        );
    }

    #[test]
    fn a_share_is_of_the_round_that_is_signed_for() {
        let took = Duration::from_millis(900);
        assert!((MAINNET.share(took, round(0)) - 0.15).abs() < 1e-9);
        assert!((MAINNET.share(took, round(1)) - 0.1).abs() < 1e-9);
    }

    #[test]
    fn a_block_ahead_of_its_time_has_used_nothing_and_an_old_one_not_for_ever() {
        let at = |now| MAINNET.elapsed(100.0, now, round(0));
        assert_eq!([at(97.0), at(100.0), at(103.0)], [0.0, 0.0, 0.5]);
        assert_eq!(at(1e9), 10.0);
    }

    #[test]
    fn a_block_says_when_its_round_began_and_a_vote_does_not() {
        let block = begun(ConsensusKind::Block, &BLOCK);
        assert_eq!(block, Some(1_709_671_896.0));
        assert_eq!(begun(ConsensusKind::Attestation, &BLOCK), None);
        assert_eq!(begun(ConsensusKind::Block, &BLOCK[..49]), None);
        let mut odd = BLOCK;
        odd[42] = 0x80;
        assert_eq!(begun(ConsensusKind::Block, &odd), None);
    }
}
