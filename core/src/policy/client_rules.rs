//! Which of a key's messages which client may ask for.
//!
//! A key for which there are entries signs only for those that one of them fits, and only what that
//! entry allows; of what the key may sign at all, an entry only takes away.

use crate::tezos::operation::{Operation, OperationKind};
use crate::tezos::{MagicByte, PublicKeyHash};

use super::addresses::AddressRange;
use super::clients::{ClientId, Peer};
use super::keys::MagicBytes;
use super::kinds::KindSet;

/// What one kind of client may ask of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRule {
    /// Position of the key in the policy.
    pub key: usize,
    /// Whom it fits.
    pub who: Who,
    /// The magic bytes that it may ask for; `None` for all of the key's.
    pub magic_bytes: Option<MagicBytes>,
    /// The kinds of operation that it may ask for; `None` for all that the key signs.
    pub kinds: Option<KindSet>,
}

/// Marks of a client, of which each one given must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Where it is on the network.
    pub address: Option<AddressRange>,
    /// Its effective user.
    pub user: Option<u32>,
    /// Its effective group.
    pub group: Option<u32>,
    /// Which of the allowed clients its certificate names.
    pub certificate: Option<ClientId>,
    /// The key that signed its request.
    pub authorized_key: Option<PublicKeyHash>,
}

/// A client that may not ask this of this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wanted} for {key} is not for this client: clients of the key says who may ask for what")]
pub struct ForbiddenClient {
    /// The key.
    pub key: PublicKeyHash,
    /// What it may not have.
    pub wanted: Wanted,
}

/// What a client wants signed, as far as an entry may withhold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wanted {
    /// Anything at all: no entry fits the client.
    #[error("signing")]
    Anything,
    /// A message that begins so.
    #[error("magic byte {0}")]
    MagicByte(MagicByte),
    /// An operation with a content of this kind.
    #[error("{0}")]
    Kind(OperationKind),
    /// An operation that nobody can read.
    #[error("an unreadable operation")]
    Unreadable,
}

impl Who {
    /// Whether these are marks of a client.
    #[must_use]
    pub fn fits(&self, peer: &Peer, authorized_by: Option<PublicKeyHash>) -> bool {
        let by = |mark: PublicKeyHash| authorized_by == Some(mark);
        self.is_of(peer) && self.authorized_key.is_none_or(by)
    }

    fn is_of(&self, peer: &Peer) -> bool {
        let (address, client, user, group) = match *peer {
            Peer::Address(address) => (Some(address), None, None, None),
            Peer::Certified { address, client } => (Some(address), client, None, None),
            Peer::User { uid, gid } => (None, None, Some(uid), Some(gid)),
        };
        let within = |range: AddressRange| address.is_some_and(|one| range.contains(one));
        self.address.is_none_or(within)
            && (self.certificate.is_none() || self.certificate == client)
            && (self.user.is_none() || self.user == user)
            && (self.group.is_none() || self.group == group)
    }
}

impl ClientRule {
    /// Whether a client that this fits may ask for a message.
    pub(super) fn check(
        &self,
        byte: MagicByte,
        operation: Option<&Operation<'_>>,
    ) -> Result<(), Wanted> {
        let listed = self.magic_bytes.as_ref();
        if listed.is_some_and(|listed| !listed.contains(byte)) {
            return Err(Wanted::MagicByte(byte));
        }
        match (self.kinds, operation) {
            (Some(kinds), Some(operation)) => operation
                .contents()
                .find(|content| !kinds.contains(content.kind))
                .map_or(Ok(()), |content| Err(Wanted::Kind(content.kind))),
            (Some(_), None) if byte == MagicByte::OPERATION => Err(Wanted::Unreadable),
            (Some(_) | None, _) => Ok(()),
        }
    }
}
