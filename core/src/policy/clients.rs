//! Who asks, as far as the transports can tell.

use core::net::IpAddr;

use crate::limits::CLIENT_NAME;

/// A name that a client's certificate may bear.
pub type ClientName = heapless::String<CLIENT_NAME>;

/// One of the policy's `allowed_clients`. Made by [`Policy::recognise`](super::Policy::recognise)
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientId(pub(super) usize);

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
