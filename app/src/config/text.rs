//! The values of the configuration file that are more than a number or a path: each is checked as
//! it is read, and its fault says what would be right.

use core::net::IpAddr;

use serde::de::{Deserialize, Deserializer, Error};
use tezio_core::hsm::KeyAlias;
use tezio_core::policy::AddressRange;
use tezio_core::tezos::{ChainId, ClientKey, ConsensusKind, MagicByte, PublicKeyHash};

/// The address of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address(pub(crate) PublicKeyHash);

/// A client's public key in full.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key(pub(crate) ClientKey);

/// A chain, by its id or by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain(pub(crate) ChainId);

/// An address, or a range of them with `/bits`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range(pub(crate) AddressRange);

/// An HSM's key number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alias(pub(crate) KeyAlias);

/// A magic byte that this signer can guard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op(pub(crate) u8);

/// Block, preattestation or attestation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind(pub(crate) ConsensusKind);

/// A level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level(pub(crate) tezio_core::tezos::Level);

/// A round.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Round(pub(crate) tezio_core::tezos::Round);

/// Reads a text and makes a value of it.
pub(crate) fn from_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    what: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(|fault| D::Error::custom(format!("\"{text}\" is not {what}: {fault}")))
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(
            deserializer,
            "a key's address (tz1…, tz2…, tz3…)",
            |text| PublicKeyHash::from_base58(text).map_err(|fault| fault.to_string()),
        )
        .map(Self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(
            deserializer,
            "a public key (edpk…, sppk…, p2pk…, BLpk…)",
            |text| ClientKey::from_base58(text).map_err(|fault| fault.to_string()),
        )
        .map(Self)
    }
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = ChainId::NAMED.map(|(name, _)| name).join(", ");
        let what = format!("a chain id (Net…) or the name of a chain ({names})");
        from_text(deserializer, &what, |text| {
            let named = ChainId::from_name(text).map(Ok);
            named
                .unwrap_or_else(|| ChainId::from_base58(text))
                .map_err(|fault| fault.to_string())
        })
        .map(Self)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let what = "an address or range (127.0.0.1, 192.168.1.0/24, ::1)";
        from_text(deserializer, what, range).map(Self)
    }
}

fn range(text: &str) -> Result<AddressRange, String> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| "not an address".to_owned())?;
    let bits = bits
        .map(|bits| {
            bits.parse::<u8>()
                .map_err(|_| "not a number of bits".to_owned())
        })
        .transpose()?;
    AddressRange::new(address, bits).map_err(|fault| fault.to_string())
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let what = "a kind (block, preattestation, attestation)";
        from_text(deserializer, what, |text| {
            ConsensusKind::ALL
                .into_iter()
                .find(|kind| kind.to_string() == text)
                .ok_or_else(|| "unknown".to_owned())
        })
        .map(Self)
    }
}

impl<'de> Deserialize<'de> for Alias {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        KeyAlias::from_number(number).map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "curve_alias {number} does not exist: an HSM has 0 (tz3), 1 (tz1), 2 (tz2) and 3 (tz3)"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        if MagicByte(number).is_signable() {
            return Ok(Self(number));
        }
        let known = MagicByte::SIGNABLE.map(|byte| byte.to_string()).join(", ");
        Err(D::Error::custom(format!(
            "magic byte {number:#04x} cannot be allowed: this signer knows {known}"
        )))
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        tezio_core::tezos::Level::try_from(number)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Round {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        tezio_core::tezos::Round::try_from(number)
            .map(Self)
            .map_err(D::Error::custom)
    }
}
