//! Contracts: whatever holds tez, be it the account of a key or a program.

use super::PublicKeyHash;
use super::base58check::{self, Base58Fault, Base58Text};

const KT1: &[u8] = &[0x02, 0x5a, 0x79];

/// Where tez can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contract {
    /// The account of a key, `tz1…` to `tz5…`.
    Implicit(PublicKeyHash),
    /// A program, `KT1…`.
    Originated([u8; 20]),
}

impl Contract {
    /// Reads an address from its text, 36 characters.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is no such address.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        if text.starts_with("KT1") {
            base58check::parse(text, KT1).map(Self::Originated)
        } else {
            PublicKeyHash::from_base58(text).map(Self::Implicit)
        }
    }

    /// The text form, 36 characters.
    #[must_use]
    pub fn to_base58(&self) -> Base58Text {
        match self {
            Self::Implicit(hash) => hash.to_base58(),
            Self::Originated(hash) => base58check::emit(KT1, hash),
        }
    }
}

impl core::fmt::Display for Contract {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_base58())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn accounts_and_programs_survive_the_round_trip() {
        let program = Contract::Originated([0x22; 20]).to_string();
        assert!(program.starts_with("KT1"));
        for text in [program.as_str(), "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe"] {
            assert_eq!(Contract::from_base58(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn rollups_are_no_contracts() {
        let rollup = super::super::SmartRollup([0x33; 20]).to_string();
        assert_eq!(Contract::from_base58(&rollup), Err(Base58Fault::OtherKind));
    }
}
