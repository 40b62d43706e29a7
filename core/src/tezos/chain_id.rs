//! A chain id: the first four bytes of the hash of a chain's first block.

use super::base58check::{self, Base58Fault, Base58Text};

const PREFIX: &[u8] = &[0x57, 0x52, 0x00];

/// Which chain a consensus message belongs to, `Net…` as text.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct ChainId(pub [u8; 4]);

impl ChainId {
    /// Mainnet, `NetXdQprcVkpaWU`.
    pub const MAINNET: Self = Self([0x7a, 0x06, 0xa7, 0x70]);

    /// The chains that last, by the names that everybody has for them: `NetXdQprcVkpaWU`,
    /// `NetXnHfVqm9iesp` and `NetXsqzbfFenSTS`.
    pub const NAMED: [(&str, Self); 3] = [
        ("mainnet", Self::MAINNET),
        ("ghostnet", Self([0xaf, 0x18, 0x64, 0xd9])),
        ("shadownet", Self([0xd0, 0x52, 0x21, 0x8e])),
    ];

    /// The chain of one of the names in [`ChainId::NAMED`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut named = Self::NAMED.into_iter();
        named.find(|(known, _)| *known == name).map(|(_, id)| id)
    }

    /// Reads a chain id from its text.
    ///
    /// # Errors
    ///
    /// [`Base58Fault`] when the text is no chain id.
    pub fn from_base58(text: &str) -> Result<Self, Base58Fault> {
        base58check::parse(text, PREFIX).map(Self)
    }

    /// The text form, 15 characters.
    #[must_use]
    pub fn to_base58(&self) -> Base58Text {
        base58check::emit(PREFIX, &self.0)
    }
}

impl core::fmt::Display for ChainId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_base58())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mainnet_has_its_published_name() {
        assert_eq!(ChainId::MAINNET.to_base58().as_str(), "NetXdQprcVkpaWU");
        assert_eq!(
            ChainId::from_base58("NetXdQprcVkpaWU"),
            Ok(ChainId::MAINNET)
        );
    }

    #[test]
    fn known_chains_have_their_published_ids() {
        let published = ["NetXdQprcVkpaWU", "NetXnHfVqm9iesp", "NetXsqzbfFenSTS"];
        for ((name, id), text) in ChainId::NAMED.into_iter().zip(published) {
            assert_eq!(ChainId::from_name(name), Some(id));
            assert_eq!(id.to_base58().as_str(), text);
        }
        assert_eq!(ChainId::from_name("Mainnet"), None);
    }

    #[test]
    fn another_kind_of_text_is_refused() {
        assert_eq!(
            ChainId::from_base58("tz3MyarJihHrejsze59J2Seita7jYWDCJDPe"),
            Err(Base58Fault::OtherKind)
        );
    }
}
