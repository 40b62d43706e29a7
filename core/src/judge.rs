//! The judge: from a policy and a request to sign to leave, or to why not.
//!
//! One function for everybody who wants to know: the signer before it takes a request in and again
//! before the message goes to an HSM, whoever asks what a policy would say, and a policy that is only
//! tried. It depends on nothing but its arguments and changes nothing.
//!
//! Checks go from cheap to costly, and nothing is learned by an address that may not ask: address,
//! key, presence of an authentication, magic byte, size, shape, chain, contents, the authentication
//! itself, the client, the day. What comes before the authentication costs a few microseconds.
//! Watermarks are asked elsewhere: they are no matter of policy.

use crate::hsm::MAX_DATA;
use crate::policy::{Day, ForbiddenClient, KeyPolicy, Peer, Policy, Spending};
use crate::tezos::operation::Operation;
use crate::tezos::{Curve, MagicByte, Message, PublicKeyHash};
use crate::time::Instant;
use crate::verdict::{Refusal, Unsupported};

/// A request to sign, as far as a policy judges it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who sends it.
    pub peer: Peer,
    /// The key that shall sign.
    pub key: PublicKeyHash,
    /// The message, magic byte first.
    pub data: &'a [u8],
    /// Whether it comes with an authentication, be it good or bad.
    pub signed: bool,
}

/// What limits per day are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// What was sent so far.
    pub day: &'a Day,
    /// The time.
    pub now: Instant,
}

/// A request that a policy allows.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    /// Position of the key in the policy.
    pub key: usize,
    /// Its address.
    pub hash: PublicKeyHash,
    /// What is to be signed.
    pub message: Message<'a>,
    /// The authorized key that signed the request; `None` where none is asked for.
    pub authorized_by: Option<PublicKeyHash>,
    /// What counts for limits per day, once it is signed.
    pub spending: Spending,
}

/// The position and policy of a key that is served.
///
/// # Errors
///
/// [`Refusal::Unsupported`] for kinds of keys that no Tezio HSM holds, [`Refusal::UnknownKey`].
pub fn find(policy: &Policy, key: PublicKeyHash) -> Result<(usize, &KeyPolicy), Refusal> {
    if matches!(key.curve(), Curve::Bls12381 | Curve::MlDsa44) {
        return Err(Refusal::Unsupported(Unsupported::Curve(key.curve())));
    }
    let unknown = Refusal::UnknownKey(key);
    let at = policy.position(&key).ok_or(unknown)?;
    policy.keys.get(at).map(|key| (at, key)).ok_or(unknown)
}

/// Judges a request. `who_signed` is asked for the authorized key that signed it, of those that count
/// for the key; once, and only if that matters.
///
/// # Errors
///
/// The first thing that stands against it.
pub fn judge<'a>(
    policy: &Policy,
    sent: &Sent<'_>,
    asked: &Asked<'a>,
    who_signed: impl FnOnce(&KeyPolicy) -> Option<PublicKeyHash>,
) -> Result<Allowed<'a>, Refusal> {
    if !policy.admits(&asked.peer) {
        return Err(Refusal::Address(asked.peer));
    }
    let (at, key) = find(policy, asked.key)?;
    let needs_authentication = policy.needs_authentication(key);
    if needs_authentication && !asked.signed {
        return Err(Refusal::AuthenticationMissing(key.hash));
    }
    let message = check_message(policy, key, asked.data)?;
    let (operation, spending) = check_content(policy, (at, key), &message)?;
    let authorized_by = if needs_authentication {
        Some(who_signed(key).ok_or(Refusal::AuthenticationInvalid)?)
    } else {
        None
    };
    check_client(
        policy,
        (at, key),
        (asked, authorized_by),
        &message,
        operation,
    )?;
    let day = sent.day.check(sent.now, &policy.rules, &spending);
    day.map_err(|overspent| Refusal::Overspent {
        key: key.hash,
        overspent,
    })?;
    Ok(Allowed {
        key: at,
        hash: key.hash,
        message,
        authorized_by,
        spending,
    })
}

/// Magic byte, size and shape.
fn check_message<'a>(
    policy: &Policy,
    key: &KeyPolicy,
    data: &'a [u8],
) -> Result<Message<'a>, Refusal> {
    let hash = key.hash;
    if let Some(byte) = data.first().map(|first| MagicByte(*first))
        && !policy.allows(key, byte)
    {
        return Err(Refusal::MagicByte { key: hash, byte });
    }
    if data.len() > MAX_DATA {
        return Err(Refusal::TooLarge {
            size: data.len(),
            limit: MAX_DATA,
        });
    }
    let message = Message::parse(data).map_err(Refusal::Message)?;
    match message.consensus() {
        Some(consensus) if !consensus.suits(hash.curve()) => Err(Refusal::Layout {
            kind: consensus.kind,
            key: hash,
        }),
        Some(_) | None => Ok(message),
    }
}

/// The chain of a consensus message, every content of an operation.
fn check_content<'a>(
    policy: &Policy,
    (at, key): (usize, &KeyPolicy),
    message: &Message<'a>,
) -> Result<(Option<Operation<'a>>, Spending), Refusal> {
    if !policy.switches.signing_policy_check {
        return Ok((None, Spending::default()));
    }
    let hash = key.hash;
    if let Some(consensus) = message.consensus()
        && !key.is_for(consensus.chain)
    {
        let chain = consensus.chain;
        return Err(Refusal::Chain { key: hash, chain });
    }
    if message.magic_byte() != MagicByte::OPERATION {
        return Ok((None, Spending::default()));
    }
    match Operation::parse(message.data()) {
        Ok(operation) => policy
            .check_operation(at, key, &operation)
            .map(|spending| (Some(operation), spending))
            .map_err(Refusal::Operation),
        Err(_) if key.operations.unreadable_allowed => Ok((None, Spending::default())),
        Err(fault) => Err(Refusal::Unreadable { key: hash, fault }),
    }
}

fn check_client(
    policy: &Policy,
    (at, key): (usize, &KeyPolicy),
    (asked, authorized_by): (&Asked<'_>, Option<PublicKeyHash>),
    message: &Message<'_>,
    operation: Option<Operation<'_>>,
) -> Result<(), Refusal> {
    if !policy.switches.signing_policy_check {
        return Ok(());
    }
    let client = (&asked.peer, authorized_by);
    policy
        .check_client(at, client, message.magic_byte(), operation.as_ref())
        .map_err(|wanted| {
            let key = key.hash;
            Refusal::Client(ForbiddenClient { key, wanted })
        })
}
