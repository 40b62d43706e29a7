//! The words of `operations` and `clients`: kinds, amounts, destinations, entrypoints, votes. Each is
//! checked as it is read.

use serde::de::{Deserialize, Deserializer, Error};
use tezio_core::policy::{EntrypointName, Standing};
use tezio_core::tezos::operation::{OperationKind, Vote as CoreVote};
use tezio_core::tezos::{Contract, Mutez, PublicKeyHash};

use super::text::from_text;

/// A kind of operation by the name that the protocol has for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct KindName(pub(super) OperationKind);

/// An amount of tez, with up to six decimals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tez(pub(super) Mutez);

/// An address, or `self` for that of the key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Destination {
    Itself,
    Of(Contract),
}

/// The name of an entrypoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entrypoint(pub(super) EntrypointName);

/// What a ballot says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vote(pub(super) CoreVote);

impl Tez {
    pub(super) const ONE: Self = Self(Mutez(1_000_000));
}

impl Destination {
    /// The address, where `key` is the one that signs.
    pub(super) const fn contract(self, key: PublicKeyHash) -> Contract {
        match self {
            Self::Itself => Contract::Implicit(key),
            Self::Of(contract) => contract,
        }
    }
}

impl<'de> Deserialize<'de> for KindName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, "a kind of operation to be named here", kind).map(Self)
    }
}

fn kind(name: &str) -> Result<OperationKind, String> {
    let kind = name.parse::<OperationKind>();
    let kind = kind.map_err(|_| "docs/policy.md lists them, as in \"transaction\"".to_owned())?;
    match Standing::of(kind) {
        Standing::Never => Err("votes of consensus have magic bytes of their own".to_owned()),
        Standing::Signed | Standing::MustBeNamed => Ok(kind),
    }
}

impl<'de> Deserialize<'de> for Tez {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tez = f64::deserialize(deserializer)?;
        mutez(tez).map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "{tez} is no amount of tez: it is from 0 to 2000000000, with at most six decimals"
            ))
        })
    }
}

/// The amount in millionths, which are whole.
fn mutez(tez: f64) -> Option<Mutez> {
    // More than there are, and far below where numbers of this kind leave out whole ones.
    const MOST: f64 = 2e15;
    let millionths = tez * 1e6;
    let whole = millionths.round();
    let exact = (millionths - whole).abs() < 1e-3;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and in range, as was just seen"
    )]
    (exact && (0.0..=MOST).contains(&whole)).then_some(Mutez(whole as u64))
}

impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let what = "a destination (tz1…, KT1…, or self)";
        from_text(deserializer, what, |text| match text {
            "self" => Ok(Self::Itself),
            _ => Contract::from_base58(text)
                .map(Self::Of)
                .map_err(|fault| fault.to_string()),
        })
    }
}

impl<'de> Deserialize<'de> for Entrypoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, "an entrypoint", |text| {
            EntrypointName::new(text).ok_or_else(|| "it has 1 to 31 characters, no spaces".into())
        })
        .map(Self)
    }
}

impl<'de> Deserialize<'de> for Vote {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, "a vote (yay, nay, pass)", |text| {
            [CoreVote::Yay, CoreVote::Nay, CoreVote::Pass]
                .into_iter()
                .find(|vote| vote.to_string() == text)
                .ok_or_else(|| "unknown".to_owned())
        })
        .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        for (tez, millionths) in [
            (0.0, 0),
            (0.000_001, 1),
            (0.1, 100_000),
            (12.345_678, 12_345_678),
            (2e9, 2_000_000_000_000_000),
        ] {
            assert_eq!(mutez(tez), Some(Mutez(millionths)), "{tez}");
        }
        for tez in [
            -1.0,
            0.000_000_5,
            1.234_567_8,
            2.1e9,
            f64::NAN,
            f64::INFINITY,
        ] {
            assert_eq!(mutez(tez), None, "{tez}");
        }
    }
}
