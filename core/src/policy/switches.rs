//! The switches of the original Tezio Signer, each of which turns one check off for everything.

/// The original's four switches; all on by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Compare the peer's address with the allowed ones.
    pub remote_ip_check: bool,
    /// Ask for a signed request where a key's policy says so.
    pub auth_check: bool,
    /// Compare the magic byte with those allowed for the key.
    pub signing_policy_check: bool,
    /// Compare level and round with the high watermarks, and keep them.
    pub high_water_mark_check: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            remote_ip_check: true,
            auth_check: true,
            signing_policy_check: true,
            high_water_mark_check: true,
        }
    }
}
