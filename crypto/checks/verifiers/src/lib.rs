//! Verifiers of others beside this project's own, on each curve that a Tezio HSM signs with.
//!
//! From a key, 32 bytes and a signature made here to the same verdict from every implementation, so that
//! `benches/verifiers.rs` times only what is right. None of them is in the daemon because of this; which
//! one is, and why, stands in `docs/performance.md`.
//!
//! It leaves to others what a verifier owes beyond a verdict on one signature: Ed25519's points of small
//! order and S in the upper half are where these differ, and `crypto/tests` hold ours to Tezos there.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(feature = "graviola")]
mod graviola;
#[cfg(feature = "libsecp256k1")]
mod libsecp256k1;
mod ours;
#[cfg(feature = "ring")]
mod ring;
mod sample;
#[cfg(feature = "windows")]
mod windows;

use core::fmt;

use tezio_core::tezos::Curve;

pub use sample::{Sample, Signed};

/// A key made ready: whether a sample's bytes and signature are of this key.
pub type Check = Box<dyn Fn(&Sample) -> bool>;

/// One implementation on one curve.
#[derive(Clone, Copy, Debug)]
pub struct Implementation {
    /// The library.
    pub name: &'static str,
    /// The curve.
    pub curve: Curve,
    /// What it takes: only with [`Signed::Blake2b`] can it check a signature of Tezos.
    pub signed: Signed,
    /// Makes the sample's key ready; `None` if it does not take the key.
    pub prepare: fn(&Sample) -> Option<Check>,
}

/// What an implementation got wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A good key refused.
    Key,
    /// A good signature refused.
    Good,
    /// Accepted with this bit flipped, counted through the signed bytes and then the signature.
    Flipped(usize),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => write!(f, "refuses a good key"),
            Self::Good => write!(f, "refuses a good signature"),
            Self::Flipped(bit) => write!(f, "accepts a signature with bit {bit} flipped"),
        }
    }
}

impl Implementation {
    /// What it is to check.
    #[must_use]
    pub fn sample(&self) -> Option<Sample> {
        Sample::new(self.curve, self.signed)
    }

    /// Holds it to one good signature, and to every one that differs from it in a single bit.
    ///
    /// # Errors
    ///
    /// The first thing it got wrong.
    pub fn prove(&self, sample: &Sample) -> Result<Check, Wrong> {
        let check = (self.prepare)(sample).ok_or(Wrong::Key)?;
        if !check(sample) {
            return Err(Wrong::Good);
        }
        match (0..Sample::BITS).find(|&bit| check(&sample.flipped(bit))) {
            Some(bit) => Err(Wrong::Flipped(bit)),
            None => Ok(check),
        }
    }
}

/// All that were compiled in, ours first on each curve.
#[must_use]
pub fn all() -> Vec<Implementation> {
    let groups: &[&[Implementation]] = &[
        &ours::ALL,
        #[cfg(feature = "windows")]
        &windows::ALL,
        #[cfg(feature = "aws-lc")]
        &aws_lc::ALL,
        #[cfg(feature = "libsecp256k1")]
        &libsecp256k1::ALL,
        #[cfg(feature = "graviola")]
        &graviola::ALL,
        #[cfg(feature = "ring")]
        &ring::ALL,
    ];
    let mut all = groups.concat();
    all.sort_by_key(|implementation| implementation.curve as u8);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_implementation_takes_the_good_signature_and_none_with_a_flipped_bit() {
        for implementation in all() {
            let sample = implementation.sample().expect("a curve with secret keys");
            let proven = implementation.prove(&sample).map(drop);
            assert_eq!(proven, Ok(()), "{implementation:?}");
        }
    }

    #[test]
    fn one_that_takes_everything_is_noticed() {
        let mut implementation = all()[0];
        implementation.prepare = |_| Some(Box::new(|_| true));
        let sample = implementation.sample().expect("a curve with secret keys");
        let proven = implementation.prove(&sample).map(drop);
        assert_eq!(proven, Err(Wrong::Flipped(0)));
    }
}
