//! What should be mended, and how: from a status to its warnings.

use core::time::Duration;
use std::time::SystemTime;

use tezio_core::hsm::LinkFault;
use tezio_core::signer::Notice;
use tezio_core::verdict::HsmFault;

use super::history::{Board, PortState};
use super::latency::LATE;
use super::snapshot::{Sources, millis};
use super::{Origin, Status, Warning};

/// Comings and goings, and requests of strangers, are spoken of for so long.
const RECENT: Duration = Duration::from_secs(600);

/// An HSM that went so often in that time is flapping.
const FLAPPING: usize = 3;

/// A key that bakes has rights more often than this.
const SILENCE: Duration = Duration::from_secs(3600);

/// A clock may be set right by so much without a word.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// 2026 began. No clock that is right is before that.
const BUILT_AFTER: u64 = 1_767_225_600_000;

/// What should be mended, the urgent first.
pub(super) fn of(sources: &Sources<'_>, status: &Status) -> Vec<Warning> {
    let mut warnings = Vec::new();
    warnings.extend(store_failed(sources));
    warnings.extend(hsms(sources, status));
    warnings.extend(unserved_keys(status));
    warnings.extend(audit_failing(sources));
    warnings.extend(late(status));
    warnings.extend(silent_keys(sources, status));
    warnings.extend(strangers(sources));
    warnings.extend(clock(sources, status));
    warnings.extend_from_slice(sources.open_doors);
    warnings.sort_by_key(|warning| !warning.urgent);
    warnings
}

impl Warning {
    fn urgent(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            urgent: true,
            ..Self::new(what, mend)
        }
    }

    /// Something that can wait.
    pub(crate) fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            urgent: false,
            what: what.into(),
            mend: mend.into(),
        }
    }
}

fn store_failed(sources: &Sources<'_>) -> Option<Warning> {
    sources.signer.ledger().is_sealed().then(|| {
        Warning::urgent(
            "high watermarks could not be written: no block and no vote is signed",
            "mend the disk that holds the state directory, then restart the signer",
        )
    })
}

fn unserved_keys(status: &Status) -> impl Iterator<Item = Warning> {
    let unserved = status.keys.iter().filter(|key| !key.ready);
    unserved.map(|key| {
        Warning::urgent(
            format!("no HSM serves {}", key.address),
            format!("bring back an HSM that holds it: {}", key.hsms.join(", ")),
        )
    })
}

/// An HSM whose keys others serve as well can wait.
fn hsms(sources: &Sources<'_>, status: &Status) -> Vec<Warning> {
    let troubles = sources.signer.hsms().map(|(_, trouble)| trouble);
    let known = sources.hsms.iter().zip(&sources.history.boards);
    let mut warnings = Vec::new();
    for ((hsm, board), trouble) in known.zip(troubles) {
        let name = &hsm.name;
        if let Some(fault) = trouble {
            warnings.push(Warning {
                urgent: !status.ready,
                ..in_trouble(name, board, &fault)
            });
        }
        let went = times_gone(board);
        if went >= FLAPPING {
            warnings.push(Warning::new(
                format!("HSM {name} went {went} times in the last ten minutes"),
                "another cable, another USB port, no hub in between; then: tezio-signer doctor",
            ));
        }
    }
    warnings
}

fn in_trouble(name: &str, board: &Board, fault: &HsmFault) -> Warning {
    match &board.port {
        // It says how to mend it.
        PortState::Missing(why) => Warning::new(format!("HSM {name} cannot be opened"), why),
        PortState::Closed | PortState::Open(_) => {
            Warning::new(format!("HSM {name}: {fault}"), advice(fault))
        }
    }
}

const fn advice(fault: &HsmFault) -> &'static str {
    match fault {
        HsmFault::Link(LinkFault::NotConnected) => {
            "plug it in; if it is, wait a moment: it is being opened and shows its keys"
        }
        HsmFault::Link(_) => {
            "unplug it and plug it in again; if it stays so, another cable, and tezio-signer doctor"
        }
        HsmFault::WrongKey { .. } => "plug in the board whose keys the configuration names",
        HsmFault::Status(_)
        | HsmFault::Unexpected
        | HsmFault::InvalidSignature
        | HsmFault::RepeatedNonce
        | HsmFault::InvalidKey(_) => {
            "stop the signer and run tezio-signer doctor, which examines the board"
        }
    }
}

fn times_gone(board: &Board) -> usize {
    let now = SystemTime::now();
    let recent = |at: SystemTime| now.duration_since(at).is_ok_and(|ago| ago < RECENT);
    let events = board.events.iter();
    let gone = events
        .filter(|(at, notice)| recent(*at) && matches!(notice, Notice::Unusable(_)))
        .count();
    // Before it came for the first time it has gone nowhere.
    let oldest = board.events.back();
    let never_there = oldest.is_some_and(|(_, notice)| matches!(notice, Notice::Unusable(_)));
    gone - usize::from(never_there && gone == board.events.len())
}

fn audit_failing(sources: &Sources<'_>) -> Option<Warning> {
    sources.audit.is_failing().then(|| {
        let lost = sources.audit.lost();
        Warning::new(
            format!("the audit log's disk takes no entries, {lost} are lost; signing goes on"),
            "make room on the disk that holds the state directory, or mend it; tezio-signer audit \
             verify tells what is missing",
        )
    })
}

fn late(status: &Status) -> Option<Warning> {
    let minutes = status.minutes.iter().rev().take(10);
    let late: u32 = minutes.map(|minute| minute.late).sum();
    (late > 0).then(|| {
        let seconds = LATE.as_secs();
        Warning::new(
            format!("{late} requests of the last ten minutes took {seconds} s or longer"),
            "tezio-signer doctor measures the HSM; the log says for each request whether queue, \
             hsm or store took the time",
        )
    })
}

fn silent_keys(sources: &Sources<'_>, status: &Status) -> Vec<Warning> {
    if sources.history.since.elapsed() < SILENCE {
        return Vec::new();
    }
    let limit = u64::try_from(SILENCE.as_millis()).unwrap_or(u64::MAX);
    let signs = |kind: &str| kind != "operation";
    let silent = status.keys.iter().filter(|key| {
        let before = key.marks.iter().any(|mark| mark.origin == Origin::Signed);
        let votes = key.signed.iter().filter(|signed| signs(&signed.kind));
        let last = votes.map(|signed| signed.at).max();
        before && last.is_none_or(|at| status.now.saturating_sub(at) > limit)
    });
    silent
        .map(|key| {
            Warning::new(
                format!(
                    "{} has signed no block and no vote for an hour or longer",
                    key.address
                ),
                "see that the baker runs, is in step with its node, and asks this signer",
            )
        })
        .collect()
}

fn strangers(sources: &Sources<'_>) -> Option<Warning> {
    let strangers = sources.history.strangers?;
    let ago = SystemTime::now().duration_since(strangers.last);
    ago.is_ok_and(|ago| ago < RECENT).then(|| {
        Warning::new(
            format!(
                "requests from {} are refused, {} since the start: not among those allowed",
                strangers.peer, strangers.count
            ),
            "add it to allowed_ips (allowed_users, allowed_clients) if it is your baker; keep it out \
             with a firewall if it is not",
        )
    })
}

fn clock(sources: &Sources<'_>, status: &Status) -> Option<Warning> {
    const MEND: &str = "have the clock kept by NTP: timedatectl set-ntp true";
    if status.now < BUILT_AFTER {
        let what = "this machine's clock is years behind";
        return Some(Warning::new(what, MEND));
    }
    let history = sources.history;
    let expected = history.started.checked_add(history.since.elapsed())?;
    let off = status.now.abs_diff(millis(expected)) / 1000;
    (off > CLOCK_SLACK.as_secs()).then(|| {
        let what = format!("this machine's clock was set by {off} s since the signer was started");
        Warning::new(what, MEND)
    })
}
