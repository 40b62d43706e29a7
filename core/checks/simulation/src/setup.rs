//! What there is before anything happens: devices, times, the policy.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::hsm::KeyAlias;
use tezio_core::policy::{
    AddressRange, HsmId, KeyPolicy, MagicBytes, Operations, Policy, WithoutHsm,
};
use tezio_core::tezos::MagicByte;
use tezio_core::watermark::JumpGuard;

use crate::journal::Pace;
use crate::toy::address;

/// Where clients ask from.
pub const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What there is before anything happens.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where all that is random begins.
    pub seed: u64,
    /// How long an exchange takes with each device, in milliseconds.
    pub latencies_ms: Vec<u32>,
    /// How long a client waits, in milliseconds.
    pub request_ms: u32,
    /// Whether requests wait for a device to come back.
    pub without_hsm: WithoutHsm,
    /// How fast the journal's thread is.
    pub pace: Pace,
    /// For how many records a fresh journal has room.
    pub room: u32,
    /// How far ahead a level may be.
    pub jumps: Option<JumpGuard>,
    /// Whether everything that happens is written to standard error.
    pub traced: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 0,
            latencies_ms: vec![100],
            request_ms: 10_000,
            without_hsm: WithoutHsm::default(),
            pace: Pace {
                wake: 1..2,
                report: 1..2,
            },
            room: 16,
            jumps: None,
            traced: false,
        }
    }
}

/// These keys on every device, all magic bytes, nobody needs to authenticate.
///
/// # Panics
///
/// When there are more keys or devices than a signer has.
#[must_use]
pub fn policy(keys: &[KeyAlias], hsms: usize, without_hsm: WithoutHsm) -> Policy {
    let mut policy = Policy {
        without_hsm,
        ..Policy::default()
    };
    let home = AddressRange::new(HOME, None).expect("a range");
    policy.allowed_addresses.push(home).expect("room");
    let mut magic_bytes = MagicBytes::default();
    for byte in MagicByte::SIGNABLE {
        assert!(magic_bytes.insert(byte), "all can be signed");
    }
    for &alias in keys {
        let key = KeyPolicy {
            hash: address(alias),
            homes: (0..hsms).map(|at| (number(at), alias)).collect(),
            magic_bytes: magic_bytes.clone(),
            authentication_required: false,
            authorized_by: None,
            chains: [].into_iter().collect(),
            // The operations here are made up.
            operations: Operations {
                unreadable_allowed: true,
                ..Operations::default()
            },
        };
        policy.keys.push(key).expect("room");
    }
    policy
}

/// The name of the device at a place.
pub(crate) fn number(at: usize) -> HsmId {
    HsmId(u8::try_from(at).expect("few devices"))
}
