//! The security and signing policy: who may ask, with which keys, for what.
//!
//! Values alone, checked once when the configuration is read. The switches are those of the original
//! Tezio Signer; each turns one check off for everything:
//!
//! | switch | off means |
//! |---|---|
//! | `remote_ip_check` | requests are taken from any address, and over Unix sockets from any user |
//! | `auth_check` | no key needs a signed request |
//! | `signing_policy_check` | each key signs every [`MagicByte::SIGNABLE`], whatever it is, for every client |
//! | `high_water_mark_check` | no marks: a level and round can be signed twice |
//!
//! Not a matter of switches: consensus messages must be whole and sound, other magic bytes are never
//! sent to an HSM, and every signature is verified.

mod addresses;
mod client_rules;
mod clients;
mod day;
mod entrypoint_name;
mod keys;
mod kinds;
mod operations;
mod rules;
mod spending;
mod switches;

use core::net::IpAddr;

use crate::limits::{ADDRESS_RANGES, AUTHORIZED_KEYS, CLIENT_RULES, CLIENTS, KEYS, USERS};
use crate::tezos::operation::Operation;
use crate::tezos::{ClientKey, MagicByte, PublicKeyHash};

pub use addresses::{AddressRange, RangeFault};
pub use client_rules::{ClientRule, ForbiddenClient, Wanted, Who};
pub use clients::{ClientId, ClientName, Peer};
pub use day::{Counted, Day, Overspent};
pub use entrypoint_name::EntrypointName;
pub use keys::{HsmId, KeyPolicy, MagicBytes};
pub use kinds::{KindSet, Standing};
pub use operations::{ForbiddenOperation, Objection, Operations};
pub use rules::{Breach, Full, Rule, Rules};
pub use spending::Spending;
pub use switches::Switches;

/// Everything that is allowed.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Which checks are made at all.
    pub switches: Switches,
    /// Whether the keys served are listed for those who ask.
    pub known_keys_listed: bool,
    /// Where requests may come from.
    pub allowed_addresses: heapless::Vec<AddressRange, ADDRESS_RANGES>,
    /// Which users' processes requests may come from; with no user and no group listed, all that
    /// the socket's file lets in.
    pub allowed_users: heapless::Vec<u32, USERS>,
    /// Which groups' processes requests may come from.
    pub allowed_groups: heapless::Vec<u32, USERS>,
    /// The names of which a client's certificate must bear one, where certificates are asked for;
    /// with none listed, any certificate will do. No switch turns this off.
    pub allowed_clients: heapless::Vec<ClientName, CLIENTS>,
    /// The keys that signing requests may be signed by.
    pub authorized_keys: heapless::Vec<ClientKey, AUTHORIZED_KEYS>,
    /// The keys that sign.
    pub keys: heapless::Vec<KeyPolicy, KEYS>,
    /// The rules for operations, for those keys that go by them.
    pub rules: Rules,
    /// What may be asked by whom, for those keys that do not sign the same for everybody.
    pub client_rules: heapless::Vec<ClientRule, CLIENT_RULES>,
    /// Whether HSMs are asked to keep their own marks in flash, if their firmware can. It is a
    /// second line: what may be signed is decided by the signer's marks.
    pub lasting_marks: bool,
    /// What becomes of requests while no HSM that holds their key can be used.
    pub without_hsm: WithoutHsm,
}

/// What becomes of a signing request that no HSM can serve now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutHsm {
    /// It waits for one within its time: a board that was unplugged may be back in a second.
    #[default]
    Wait,
    /// It is refused at once, so that its client can turn to another signer.
    Refuse,
}

impl Policy {
    /// Whether requests from `peer` are listened to.
    #[must_use]
    pub fn admits(&self, peer: &Peer) -> bool {
        let listed = match peer {
            Peer::Address(address) => self.lists(*address),
            Peer::Certified { address, client } => {
                if client.is_none() && !self.allowed_clients.is_empty() {
                    return false;
                }
                self.lists(*address)
            }
            Peer::User { uid, gid } => {
                let anybody = self.allowed_users.is_empty() && self.allowed_groups.is_empty();
                anybody || self.allowed_users.contains(uid) || self.allowed_groups.contains(gid)
            }
        };
        listed || !self.switches.remote_ip_check
    }

    fn lists(&self, address: IpAddr) -> bool {
        let mut ranges = self.allowed_addresses.iter();
        ranges.any(|range| range.contains(address))
    }

    /// Which of the allowed clients bears one of these names.
    pub fn recognise<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<ClientId> {
        let allowed = &self.allowed_clients;
        let mut found = names
            .into_iter()
            .filter_map(|name| allowed.iter().position(|allowed| allowed == name));
        found.next().map(ClientId)
    }

    /// The name by which a client was recognised.
    #[must_use]
    pub fn client_name(&self, client: ClientId) -> Option<&str> {
        self.allowed_clients.get(client.0).map(|name| name.as_str())
    }

    /// The position of a key among [`Policy::keys`].
    #[must_use]
    pub fn position(&self, hash: &PublicKeyHash) -> Option<usize> {
        self.keys.iter().position(|key| key.hash == *hash)
    }

    /// Whether `key` may sign messages that begin with `byte`.
    #[must_use]
    pub fn allows(&self, key: &KeyPolicy, byte: MagicByte) -> bool {
        byte.is_signable()
            && (!self.switches.signing_policy_check || key.magic_bytes.contains(byte))
    }

    /// What `operation` spends, if the key at `at` may sign it.
    ///
    /// # Errors
    ///
    /// The first content that it may not sign, and why.
    pub fn check_operation(
        &self,
        at: usize,
        key: &KeyPolicy,
        operation: &Operation<'_>,
    ) -> Result<Spending, ForbiddenOperation> {
        key.operations.check(&self.rules, (at, key.hash), operation)
    }

    /// Whether `peer`, whose request `authorized_by` has signed, may ask the key at `at` for a
    /// message that begins with `byte`, and is `operation` if it is one that can be read.
    ///
    /// # Errors
    ///
    /// What it may not ask for.
    pub fn check_client(
        &self,
        at: usize,
        (peer, authorized_by): (&Peer, Option<PublicKeyHash>),
        byte: MagicByte,
        operation: Option<&Operation<'_>>,
    ) -> Result<(), Wanted> {
        let mut entries = self
            .client_rules
            .iter()
            .filter(|rule| rule.key == at)
            .peekable();
        if entries.peek().is_none() {
            return Ok(());
        }
        let fitting = entries.filter(|rule| rule.who.fits(peer, authorized_by));
        let mut verdict = Err(Wanted::Anything);
        for rule in fitting {
            verdict = rule.check(byte, operation);
            if verdict.is_ok() {
                break;
            }
        }
        verdict
    }

    /// Whether a request to sign with `key` must be signed itself.
    #[must_use]
    pub const fn needs_authentication(&self, key: &KeyPolicy) -> bool {
        self.switches.auth_check && key.authentication_required
    }

    /// Whether an authorized key counts for any key that needs signed requests.
    #[must_use]
    pub fn is_enforced(&self, authorized: &PublicKeyHash) -> bool {
        let mut keys = self
            .keys
            .iter()
            .filter(|key| self.needs_authentication(key));
        keys.any(|key| key.is_authorized_by(authorized))
    }

    /// Whether any key needs signed requests.
    #[must_use]
    pub fn any_needs_authentication(&self) -> bool {
        self.keys.iter().any(|key| self.needs_authentication(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tezos::PublicKey;

    #[test]
    fn with_the_policy_switch_off_unknown_magic_bytes_stay_refused() {
        let policy = Policy {
            switches: Switches {
                signing_policy_check: false,
                ..Switches::default()
            },
            ..Policy::default()
        };
        let key = KeyPolicy {
            hash: PublicKey::Ed25519([0; 32]).hash(),
            homes: heapless::Vec::new(),
            magic_bytes: MagicBytes::default(),
            authentication_required: true,
            authorized_by: None,
            chains: heapless::Vec::new(),
            operations: Operations::default(),
        };
        for byte in (0..=255).map(MagicByte) {
            assert_eq!(policy.allows(&key, byte), byte.is_signable(), "{byte}");
        }
    }
}
