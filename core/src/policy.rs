//! The security and signing policy: who may ask, with which keys, for what.
//!
//! Values alone, checked once when the configuration is read. The switches are those of the original
//! Tezio Signer; each turns one check off for everything:
//!
//! | switch | off means |
//! |---|---|
//! | `remote_ip_check` | requests are taken from any address, and over Unix sockets from any user |
//! | `auth_check` | no key needs a signed request |
//! | `signing_policy_check` | each key signs every [`MagicByte::SIGNABLE`] |
//! | `high_water_mark_check` | no marks: a level and round can be signed twice |
//!
//! Not a matter of switches: consensus messages must be whole and sound, other magic bytes are never
//! sent to an HSM, and every signature is verified.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::hsm::KeyAlias;
use crate::limits::{ADDRESS_RANGES, AUTHORIZED_KEYS, CLIENT_NAME, CLIENTS, HSMS, KEYS, USERS};
use crate::tezos::{ClientKey, MagicByte, PublicKeyHash};

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

/// What one key may sign, and where it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// The key's address, by which clients name it and the HSM's key is recognised.
    pub hash: PublicKeyHash,
    /// The HSMs that hold it, each with the alias it has there.
    pub homes: heapless::Vec<(HsmId, KeyAlias), HSMS>,
    /// The magic bytes it may sign.
    pub magic_bytes: MagicBytes,
    /// Whether a request to sign with it must be signed itself.
    pub authentication_required: bool,
    /// Which of [`Policy::authorized_keys`] count for this key; `None` for all of them.
    pub authorized_by: Option<heapless::Vec<PublicKeyHash, AUTHORIZED_KEYS>>,
}

impl KeyPolicy {
    /// Whether requests to sign with this key may be signed by an authorized key.
    #[must_use]
    pub fn is_authorized_by(&self, authorized: &PublicKeyHash) -> bool {
        let listed = self.authorized_by.as_ref();
        listed.is_none_or(|listed| listed.contains(authorized))
    }
}

/// Names one of a signer's HSMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HsmId(pub u8);

/// A set of magic bytes, each of [`MagicByte::SIGNABLE`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MagicBytes(heapless::Vec<MagicByte, { MagicByte::SIGNABLE.len() }>);

impl MagicBytes {
    /// Adds `byte`; says whether it could be added, which is so for those that can be signed.
    pub fn insert(&mut self, byte: MagicByte) -> bool {
        self.contains(byte) || (byte.is_signable() && self.0.push(byte).is_ok())
    }

    /// Whether `byte` is in the set.
    #[must_use]
    pub fn contains(&self, byte: MagicByte) -> bool {
        self.0.contains(&byte)
    }
}

/// A name that a client's certificate may bear.
pub type ClientName = heapless::String<CLIENT_NAME>;

/// One of [`Policy::allowed_clients`]. Made by [`Policy::recognise`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientId(usize);

/// Who sends a request, as far as the transport can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A peer on the network.
    Address(IpAddr),
    /// A peer on the network that has shown a certificate.
    Certified {
        /// Where it is.
        address: IpAddr,
        /// Which of the allowed clients it is, if any.
        client: Option<ClientId>,
    },
    /// A process of this host, by its effective user and group.
    User {
        /// The user's number.
        uid: u32,
        /// The group's number.
        gid: u32,
    },
}

impl core::fmt::Display for Peer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Address(address) => address.to_canonical().fmt(f),
            Self::Certified { address, .. } => {
                write!(f, "{} with a certificate", address.to_canonical())
            }
            Self::User { uid, gid } => write!(f, "user {uid}, group {gid}"),
        }
    }
}

/// Addresses of one family that agree in their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    network: IpAddr,
    bits: u8,
}

/// Why an address and a number of bits are no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeFault {
    /// More bits than the address has.
    #[error("{bits} bits are more than the {width} of the address")]
    Bits {
        /// Asked for.
        bits: u8,
        /// The most.
        width: u8,
    },
    /// The address has bits set behind those that count: it is one of the range, not its begin.
    #[error("{0} is not the first address of that range")]
    NotFirst(IpAddr),
}

impl AddressRange {
    /// The addresses that agree with `network` in the first `bits` bits; all of them by default. An
    /// IPv4 address in its IPv6 form is taken for what it is.
    ///
    /// # Errors
    ///
    /// [`RangeFault`] when the two do not fit.
    pub fn new(network: IpAddr, bits: Option<u8>) -> Result<Self, RangeFault> {
        let given = width(network);
        let bits = bits.unwrap_or(given);
        let network = network.to_canonical();
        let width = width(network);
        let fault = RangeFault::Bits { bits, width: given };
        let bits = given
            .checked_sub(width)
            .and_then(|mapping| bits.checked_sub(mapping))
            .filter(|bits| *bits <= width)
            .ok_or(fault)?;
        if begin(network, bits) == network {
            Ok(Self { network, bits })
        } else {
            Err(RangeFault::NotFirst(network))
        }
    }

    /// Whether `address` is one of them. An IPv4 address is the same in its IPv6 form.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        width(address) == width(self.network) && begin(address, self.bits) == self.network
    }
}

/// How many bits an address has.
const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with all but its first `bits` bits cleared.
fn begin(address: IpAddr, bits: u8) -> IpAddr {
    let behind = u32::from(width(address).saturating_sub(bits));
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(behind).unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(behind).unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
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
    use std::string::ToString;

    fn range(text: &str, prefix: Option<u8>) -> AddressRange {
        AddressRange::new(text.parse().unwrap(), prefix).unwrap()
    }

    fn inside(range: AddressRange, address: &str) -> bool {
        range.contains(address.parse().unwrap())
    }

    #[test]
    fn a_single_address_is_itself_alone() {
        let home = range("127.0.0.1", None);
        assert!(inside(home, "127.0.0.1"));
        assert!(!inside(home, "127.0.0.2"));
        assert!(!inside(home, "::1"));
    }

    #[test]
    fn ipv4_is_the_same_in_its_ipv6_form() {
        let home = range("127.0.0.1", None);
        assert!(inside(home, "::ffff:127.0.0.1"));
        assert!(inside(range("::ffff:127.0.0.1", None), "127.0.0.1"));
        let peer = Peer::Address("::ffff:127.0.0.1".parse().unwrap());
        assert_eq!(peer.to_string(), "127.0.0.1");
    }

    #[test]
    fn ranges_end_where_their_prefix_does() {
        let lan = range("192.168.1.0", Some(24));
        assert!(inside(lan, "192.168.1.255"));
        assert!(!inside(lan, "192.168.2.0"));
        let ula = range("fd00::", Some(8));
        assert!(inside(ula, "fdff::1"));
        assert!(!inside(ula, "fe00::1"));
        let any4 = range("0.0.0.0", Some(0));
        assert!(inside(any4, "8.8.8.8"));
        assert!(!inside(any4, "2001:db8::1"));
    }

    #[test]
    fn short_ipv6_prefixes_do_not_let_ipv4_in() {
        let any = range("::", Some(0));
        assert!(inside(any, "2001:db8::1"));
        assert!(!inside(any, "8.8.8.8"));
        assert!(!inside(any, "::ffff:8.8.8.8"));
        assert!(!inside(range("::", Some(80)), "8.8.8.8"));
    }

    #[test]
    fn a_range_in_mapped_form_is_the_ipv4_range() {
        let net = range("::ffff:10.0.0.0", Some(104));
        assert_eq!(net, range("10.0.0.0", Some(8)));
        let short = AddressRange::new("::ffff:10.0.0.0".parse().unwrap(), Some(24));
        assert!(matches!(short, Err(RangeFault::Bits { .. })), "{short:?}");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let new = |text: &str, bits| AddressRange::new(text.parse().unwrap(), Some(bits));
        let (bits, width) = (33, 32);
        assert_eq!(new("1.2.3.4", 33), Err(RangeFault::Bits { bits, width }));
        let (bits, width) = (129, 128);
        assert_eq!(new("::1", 129), Err(RangeFault::Bits { bits, width }));
        let inside = "192.168.1.77";
        let fault = RangeFault::NotFirst(inside.parse().unwrap());
        assert_eq!(new(inside, 24), Err(fault));
        assert!(matches!(new("::1", 64), Err(RangeFault::NotFirst(_))));
    }

    #[test]
    fn only_signable_magic_bytes_enter_a_set() {
        let mut set = MagicBytes::default();
        for byte in (0..=255).map(MagicByte) {
            assert_eq!(set.insert(byte), byte.is_signable(), "{byte}");
            assert_eq!(set.contains(byte), byte.is_signable(), "{byte}");
        }
    }

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
        };
        for byte in (0..=255).map(MagicByte) {
            assert_eq!(policy.allows(&key, byte), byte.is_signable(), "{byte}");
        }
    }
}
