//! A [`Status`] of what the driver knows at this moment.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use tezio_core::policy::{HsmId, KeyPolicy, Peer, Policy};
use tezio_core::signer::{Notice, RequestId};
use tezio_core::tezos::{ChainId, ConsensusKind, MagicByte, PublicKeyHash};
use tezio_core::watermark::{Cause, Record};

use super::history::{Board, End, Past, PortState};
use super::sources::{OPERATION, Sources};
use super::{
    Change, Event, History, Hsm, Key, Mark, Origin, Outcome, Signed, Status, UnderWay, Verdict,
    warnings,
};
use crate::asked::{Asked, tenths};
use crate::hsm;
use crate::readiness::Readiness;
use crate::signer::{self, DaemonSigner};

impl Status {
    /// As it is now.
    pub(crate) fn of(sources: &Sources<'_>) -> Self {
        let Sources {
            signer, history, ..
        } = *sources;
        let policy = signer.policy();
        let (minutes, hour) = history.latency.hour(history.since.elapsed());
        let names = sources.hsms.iter().map(|hsm| hsm.name.as_str());
        let mut status = Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: millis(SystemTime::now()),
            started: millis(history.started),
            ready: Readiness::of(signer, names).is_ready(),
            warnings: Vec::new(),
            hsms: hsms(sources),
            keys: keys(sources, policy),
            under_way: under_way(sources.asked, policy),
            verdicts: history
                .verdicts
                .iter()
                .map(|past| verdict(past, policy))
                .collect(),
            minutes,
            hour,
        };
        status.warnings = warnings::of(sources, &status);
        status
    }
}

fn hsms(sources: &Sources<'_>) -> Vec<Hsm> {
    let troubles = sources.signer.hsms().map(|(_, trouble)| trouble);
    let known = sources.hsms.iter().zip(&sources.history.boards);
    known
        .zip(troubles)
        .map(|((hsm, board), trouble)| Hsm {
            name: hsm.name.clone(),
            wanted: hsm.wanted.clone(),
            port: match &board.port {
                PortState::Open(path) => Some(path.display().to_string()),
                PortState::Closed | PortState::Missing(_) => None,
            },
            ready: trouble.is_none(),
            trouble: trouble.map(|trouble| match &board.port {
                PortState::Missing(why) => why.clone(),
                PortState::Closed | PortState::Open(_) => trouble.to_string(),
            }),
            lasting_marks: board.lasting_marks,
            events: events(board),
        })
        .collect()
}

fn events(board: &Board) -> Vec<Event> {
    let event = |(at, notice): &(SystemTime, Notice)| {
        let (change, why) = match notice {
            Notice::LastingMarks(_) => return None,
            Notice::Ready => (Change::Came, None),
            Notice::Unusable(fault) => (Change::Went, Some(fault.to_string())),
            Notice::PassedOver(fault) => (Change::Failed, Some(fault.to_string())),
        };
        Some(Event {
            at: millis(*at),
            change,
            why,
        })
    };
    board.events.iter().filter_map(event).collect()
}

fn keys(sources: &Sources<'_>, policy: &Policy) -> Vec<Key> {
    let ready = sources.signer.keys().map(|(_, ready)| ready);
    let keys = policy.keys.iter().zip(ready);
    keys.map(|(key, ready)| Key {
        address: key.hash.to_string(),
        ready,
        kinds: kinds(policy, key),
        hsms: homes(sources.hsms, key),
        signed: signed(sources.history, key.hash),
        marks: marks(sources.signer, key.hash),
    })
    .collect()
}

fn kinds(policy: &Policy, key: &KeyPolicy) -> Vec<String> {
    let all = MagicByte::SIGNABLE.into_iter();
    let allowed = all.filter(|byte| policy.allows(key, *byte));
    allowed.map(kind).collect()
}

fn kind(byte: MagicByte) -> String {
    match (ConsensusKind::from_magic_byte(byte), byte) {
        (Some(kind), _) => kind.to_string(),
        (None, MagicByte::OPERATION) => OPERATION.to_owned(),
        (None, byte) => format!("magic byte {byte}"),
    }
}

fn homes(hsms: &[hsm::Hsm], key: &KeyPolicy) -> Vec<String> {
    let name = |hsm: &HsmId| Some(hsms.get(usize::from(hsm.0))?.name.clone());
    let homes = key.homes.iter();
    homes.filter_map(|(hsm, _)| name(hsm)).collect()
}

fn signed(history: &History, key: PublicKeyHash) -> Vec<Signed> {
    let mut last: Vec<_> = history.signed.iter().filter(|one| one.key == key).collect();
    last.sort_unstable_by_key(|one| (one.kind.is_none(), one.kind));
    let named = |kind: Option<ConsensusKind>| kind.map(|kind| kind.to_string());
    last.iter()
        .map(|one| Signed {
            kind: named(one.kind).unwrap_or_else(|| OPERATION.to_owned()),
            at: millis(one.at),
        })
        .collect()
}

fn marks(signer: &DaemonSigner, key: PublicKeyHash) -> Vec<Mark> {
    let marks = signer.ledger().marks().iter();
    let mut of_key: Vec<_> = marks.filter(|one| one.watermark.key == key).collect();
    of_key.sort_unstable_by_key(|one| one.watermark);
    of_key.into_iter().map(mark).collect()
}

fn mark(record: &Record) -> Mark {
    let watermark = record.watermark;
    Mark {
        chain: watermark.chain.to_string(),
        chain_name: name(watermark.chain).map(str::to_owned),
        kind: watermark.kind.to_string(),
        level: record.mark.level.number(),
        round: record.mark.round.number(),
        origin: match record.cause {
            Cause::Signed(_) => Origin::Signed,
            Cause::Set => Origin::Set,
            Cause::Lowered { .. } => Origin::Lowered,
        },
        last_level: record.last_level.map(|level| level.number()),
    }
}

fn name(chain: ChainId) -> Option<&'static str> {
    let mut named = ChainId::NAMED.into_iter();
    named.find(|(_, id)| *id == chain).map(|(name, _)| name)
}

fn under_way(asked: &HashMap<RequestId, Asked>, policy: &Policy) -> Vec<UnderWay> {
    let mut waiting: Vec<_> = asked.iter().collect();
    waiting.sort_unstable_by_key(|(id, _)| **id);
    let waiting = waiting.into_iter().filter_map(|(_, asked)| {
        let sign = asked.sign.as_ref()?;
        Some(UnderWay {
            id: asked.id.to_string(),
            client: client(&asked.client.peer, policy),
            key: sign.key.to_string(),
            what: sign.what.clone(),
            stage: asked.stage().to_owned(),
            ms: tenths(Some(asked.phases().total)),
        })
    });
    waiting.take(signer::JOBS).collect()
}

fn verdict(past: &Past, policy: &Policy) -> Verdict {
    let (outcome, refusal) = match past.end {
        End::Signed | End::Repeated => (Outcome::Signed, None),
        End::Refused(refusal) => (Outcome::Refused, Some(refusal.to_string())),
        End::Gone => (Outcome::Gone, None),
    };
    Verdict {
        id: past.id.to_string(),
        at: millis(past.at),
        client: client(&past.peer, policy),
        key: past.sign.key.to_string(),
        what: past.sign.what.clone(),
        outcome,
        refusal,
        ms: tenths(Some(past.took)),
    }
}

/// Where a client is, and by which name its certificate was recognised.
fn client(peer: &Peer, policy: &Policy) -> String {
    if let Peer::Certified {
        address,
        client: Some(client),
    } = peer
        && let Some(name) = policy.client_name(*client)
    {
        return format!("{name} at {}", address.to_canonical());
    }
    peer.to_string()
}

/// Milliseconds since 1970 began; none before.
fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
