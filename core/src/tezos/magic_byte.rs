//! The magic byte: the first byte of a message, which says what the rest is.

/// The first byte of what is signed. It is hashed and signed with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MagicByte(pub u8);

impl MagicByte {
    /// A block of the Emmy protocols, before Ithaca.
    pub const EMMY_BLOCK: Self = Self(0x01);
    /// An endorsement of the Emmy protocols, before Ithaca.
    pub const EMMY_ENDORSEMENT: Self = Self(0x02);
    /// Any operation that is no consensus operation: transfers, votes, delegations.
    pub const OPERATION: Self = Self(0x03);
    /// A client's proof that it may use a signer.
    pub const AUTHENTICATION: Self = Self(0x04);
    /// Packed Michelson data, as multisig contracts take it.
    pub const MICHELSON: Self = Self(0x05);
    /// A Tenderbake block header.
    pub const BLOCK: Self = Self(0x11);
    /// A Tenderbake preattestation.
    pub const PREATTESTATION: Self = Self(0x12);
    /// A Tenderbake attestation, with or without DAL content.
    pub const ATTESTATION: Self = Self(0x13);

    /// Those that this signer can pass to a Tezio HSM without losing sight of what is signed.
    ///
    /// Emmy's 0x01 and 0x02 are left out because their level and round cannot be guarded any more;
    /// everything else because the HSM's firmware judges a kind outside its table by whatever lies
    /// in memory there.
    pub const SIGNABLE: [Self; 6] = [
        Self::OPERATION,
        Self::AUTHENTICATION,
        Self::MICHELSON,
        Self::BLOCK,
        Self::PREATTESTATION,
        Self::ATTESTATION,
    ];

    /// Whether the byte is one of [`MagicByte::SIGNABLE`].
    #[must_use]
    pub fn is_signable(self) -> bool {
        Self::SIGNABLE.contains(&self)
    }
}

impl core::fmt::Display for MagicByte {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:#04x}", self.0)
    }
}
