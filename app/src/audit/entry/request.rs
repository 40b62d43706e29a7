//! A request in an entry: who asked for what, where its time went, and why it was refused, if it was.

use core::net::IpAddr;
use core::time::Duration;

use serde::Serialize;
use tezio_core::policy::Peer;
use tezio_core::tezos::{ChainId, Digest, PublicKeyHash};
use tezio_core::verdict::Refusal;
use tezio_core::watermark::{Mark, Watermark};

use super::text::{some_mark, some_ms, text};
use crate::asked::{Asked, Phases, SignRequest, tenths};
use crate::reason::Reason;
use crate::request_name::RequestName;

/// A request, and what came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Request {
    #[serde(serialize_with = "text")]
    pub(crate) id: RequestName,
    front: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<u32>,
    /// The name in the configuration that the client's certificate bears.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    /// The authorized key that signed the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    by: String,
    #[serde(flatten)]
    sign: Option<Sign>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hsm: Option<String>,
    #[serde(flatten)]
    refused: Option<Refused>,
    ms: f64,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_ms")]
    check_ms: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_ms")]
    queue_ms: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_ms")]
    hsm_ms: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_ms")]
    verify_ms: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_ms")]
    store_ms: Option<Duration>,
}

/// What was to be signed.
#[derive(Debug, Serialize)]
struct Sign {
    #[serde(serialize_with = "text")]
    key: PublicKeyHash,
    what: String,
    #[serde(flatten)]
    place: Option<Place>,
    bytes: usize,
    #[serde(serialize_with = "text")]
    digest: Digest,
    /// The mark when the request came.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_mark")]
    mark: Option<Mark>,
}

/// Where in a chain a consensus message belongs.
#[derive(Debug, Serialize)]
struct Place {
    #[serde(serialize_with = "text")]
    chain: ChainId,
    level: u32,
    round: u32,
}

#[derive(Debug, Serialize)]
struct Refused {
    reason: &'static str,
    rule: &'static str,
    #[serde(serialize_with = "text")]
    why: Refusal,
}

impl Request {
    /// What `asked` has come to; `certificate` is the name by which the client was recognised.
    pub(crate) fn new(
        asked: &Asked,
        phases: &Phases,
        certificate: Option<&str>,
        hsm: Option<&str>,
        refusal: Option<Refusal>,
    ) -> Self {
        let (peer, uid, gid) = match asked.client.peer {
            Peer::Address(address) | Peer::Certified { address, .. } => {
                (Some(address.to_canonical()), None, None)
            }
            Peer::User { uid, gid } => (None, Some(uid), Some(gid)),
        };
        let by = asked.sign.as_ref().map(|sign| sign.by.clone());
        Self {
            id: asked.id,
            front: asked.client.front.name(),
            peer,
            uid,
            gid,
            certificate: certificate.map(str::to_owned),
            by: by.unwrap_or_default(),
            sign: asked.sign.as_ref().map(Sign::from),
            hsm: hsm.map(str::to_owned),
            refused: refusal.map(Refused::from),
            ms: tenths(Some(phases.total)),
            check_ms: phases.check,
            queue_ms: phases.queue,
            hsm_ms: phases.hsm,
            verify_ms: phases.verify,
            store_ms: phases.store,
        }
    }
}

impl From<&SignRequest> for Sign {
    fn from(sign: &SignRequest) -> Self {
        let place = |(watermark, mark): (Watermark, Mark)| Place {
            chain: watermark.chain,
            level: mark.level.number(),
            round: mark.round.number(),
        };
        Self {
            key: sign.key,
            what: match sign.kind {
                Some(kind) => kind.to_string(),
                None => sign.what.clone(),
            },
            place: sign.claim.map(place),
            bytes: sign.bytes,
            digest: sign.digest,
            mark: sign.held,
        }
    }
}

impl From<Refusal> for Refused {
    fn from(why: Refusal) -> Self {
        let reason = Reason::of(&why);
        Self {
            reason: reason.name(),
            rule: reason.rule(),
            why,
        }
    }
}
