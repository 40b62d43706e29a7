//! Why not: every reason for which a request gets no signature, in numbers.

use crate::crypto::InvalidSignature;
use crate::hsm::{LinkFault, Status};
use crate::malformed::Malformed;
use crate::policy::{ForbiddenClient, ForbiddenOperation, Overspent, Peer, Policy};
use crate::tezos::operation::Unreadable;
use crate::tezos::{
    ChainId, ConsensusKind, ConsensusMessage, Curve, MagicByte, Message, MessageFault,
    PublicKeyHash,
};
use crate::watermark::WatermarkRefusal;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The peer is not on the list of allowed addresses.
    #[error(
        "requests from {0} are not allowed: {list} in the configuration lists who may ask",
        list = list(*.0)
    )]
    Address(Peer),
    /// It could not be read.
    #[error(transparent)]
    Malformed(Malformed),
    /// No Tezio HSM can do it.
    #[error(transparent)]
    Unsupported(Unsupported),
    /// The keys served are not listed for anybody.
    #[error(
        "listing the known keys is not allowed: allow_list_known_keys in the configuration allows it"
    )]
    KnownKeys,
    /// No key of this address is configured.
    #[error("no key {0} here: keys in the configuration lists what this signer serves")]
    UnknownKey(PublicKeyHash),
    /// The key needs a signed request and this one is not.
    #[error("missing authentication: {0} signs only requests that an authorized key has signed")]
    AuthenticationMissing(PublicKeyHash),
    /// No authorized key made the signature.
    #[error("invalid authentication: no authorized key signed this request")]
    AuthenticationInvalid,
    /// The key may not sign messages that begin so.
    #[error("magic byte {byte} not allowed for {key}")]
    MagicByte {
        /// The key.
        key: PublicKeyHash,
        /// The first byte of the message.
        byte: MagicByte,
    },
    /// No Tezio HSM can be asked to sign so many bytes.
    #[error("message of {size} bytes is larger than this HSM can sign: its limit is {limit} bytes")]
    TooLarge {
        /// The message, in bytes.
        size: usize,
        /// The most, in bytes.
        limit: usize,
    },
    /// The message is not what its magic byte says.
    #[error(transparent)]
    Message(MessageFault),
    /// A vote in the layout of another kind of key.
    #[error("{kind} is not laid out for keys like {key}")]
    Layout {
        /// The kind of vote.
        kind: ConsensusKind,
        /// The key.
        key: PublicKeyHash,
    },
    /// The key does not sign for this chain.
    #[error("{key} signs nothing for {chain}: chains of the key lists those that it is for")]
    Chain {
        /// The key.
        key: PublicKeyHash,
        /// The chain in the message.
        chain: ChainId,
    },
    /// It announces an operation, and nobody can tell what it does.
    #[error("{fault}: {key} signs only what can be read to its last byte")]
    Unreadable {
        /// The key.
        key: PublicKeyHash,
        /// At which byte, and what is wrong there.
        fault: Unreadable,
    },
    /// The key does not sign an operation with such a content.
    #[error(transparent)]
    Operation(ForbiddenOperation),
    /// The client may not ask the key for this.
    #[error(transparent)]
    Client(ForbiddenClient),
    /// The key has sent enough for a day.
    #[error("operation for {key}: {overspent}")]
    Overspent {
        /// The key.
        key: PublicKeyHash,
        /// By how much.
        overspent: Overspent,
    },
    /// The high watermark stands against it.
    #[error(transparent)]
    Watermark(WatermarkRefusal),
    /// Too many requests wait.
    #[error("too many signing requests are waiting ({0}): try again")]
    Busy(usize),
    /// The request's time ran out before it was sent to the HSM.
    #[error("gave up after {0} ms of waiting for the HSM")]
    Late(u32),
    /// The HSM did not do it.
    #[error(transparent)]
    Hsm(HsmFault),
}

const fn list(peer: Peer) -> &'static str {
    match peer {
        Peer::Address(_) => "allowed_ips",
        Peer::Certified { client: None, .. } => "allowed_clients",
        Peer::Certified { .. } => "allowed_ips",
        Peer::User { .. } => "allowed_users",
    }
}

/// What no Tezio HSM can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// A key of a kind that it does not hold.
    #[error(
        "no {prefix} keys here: a Tezio HSM holds tz1, tz2 and tz3 keys",
        prefix = .0.address_prefix()
    )]
    Curve(Curve),
    /// A nonce that depends on data and the secret key alone.
    #[error("a Tezio HSM makes no deterministic nonces")]
    DeterministicNonce,
    /// A proof of possession, which only BLS keys have.
    #[error("a Tezio HSM holds no tz4 keys, and only those have a proof of possession")]
    ProofOfPossession,
}

/// Why an HSM gave no signature that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HsmFault {
    /// The line or the device failed.
    #[error(transparent)]
    Link(LinkFault),
    /// The device refused or could not.
    #[error("HSM status {byte:#04x}: {0}{advice}", byte = .0.byte(), advice = advice(*.0))]
    Status(Status),
    /// The device gave something that was not asked for.
    #[error("HSM answered with something that was not asked for")]
    Unexpected,
    /// The signature is not one by the key over the message. It is thrown away.
    #[error("HSM returned a signature that does not verify; it was thrown away")]
    InvalidSignature,
    /// A nonce that was used for another message before: releasing both gives the secret key away.
    #[error(
        "HSM used one nonce for two messages, which gives the secret key away; the second signature \
         was thrown away. Its random source fails: take the device out of service"
    )]
    RepeatedNonce,
    /// The device holds another key than the configuration says.
    #[error("HSM holds {found} where the configuration says {expected}: is it the right device?")]
    WrongKey {
        /// The address in the configuration.
        expected: PublicKeyHash,
        /// The address of the key that the device gave.
        found: PublicKeyHash,
    },
    /// The bytes that the device gave as its key are no point on the curve.
    #[error("HSM gave a public key for {0} that is no point on its curve")]
    InvalidKey(PublicKeyHash),
}

/// The proof that no watermark guards a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unguarded(());

impl Unguarded {
    /// The proof for `message`, if it is no consensus message or the policy switches marks off.
    ///
    /// # Errors
    ///
    /// What a watermark must be asked about.
    pub fn judge<'m>(
        policy: &Policy,
        message: &'m Message<'_>,
    ) -> Result<Self, &'m ConsensusMessage> {
        match message.consensus() {
            Some(consensus) if policy.switches.high_water_mark_check => Err(consensus),
            Some(_) | None => Ok(Self(())),
        }
    }
}

impl From<InvalidSignature> for HsmFault {
    fn from(_: InvalidSignature) -> Self {
        Self::InvalidSignature
    }
}

fn advice(status: Status) -> &'static str {
    if status.is_watermark_refusal() {
        "; it will not sign this level and round again before it loses power, nor then with \
         lasting_marks"
    } else if status == Status::Kind {
        "; enable the operation for this key alias in the HSM's sketch"
    } else if status == Status::ChipAbsent {
        "; unplug the HSM and plug it in again"
    } else {
        ""
    }
}
