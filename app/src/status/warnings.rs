//! What should be mended, and how: from a status to its warnings.

use core::time::Duration;
use std::time::SystemTime;

use tezio_core::hsm::LinkFault;
use tezio_core::signer::Notice;
use tezio_core::verdict::HsmFault;

use super::history::{Board, EVENTS, PortState};
use super::latency::LATE;
use super::sources::{OPERATION, Sources};
use super::{Key, Origin, Status, Warning};

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
    warnings.extend(sources.certificates.little_left().map(certificate));
    warnings.extend(audit_failing(sources));
    warnings.extend(late(status));
    warnings.extend(silent_keys(status));
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
        let went = times_gone(board, SystemTime::now());
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

/// How often it went in the recent past.
fn times_gone(board: &Board, now: SystemTime) -> usize {
    let recent = |at: SystemTime| now.duration_since(at).is_ok_and(|ago| ago < RECENT);
    let events = board.events.iter();
    let gone = events.filter(|(_, notice)| matches!(notice, Notice::Unusable(_)));
    let went = gone.filter(|(at, _)| recent(*at)).count();
    // One that was not there when the signer started has gone nowhere by that.
    let oldest = board.events.back();
    let was_absent = oldest.is_some_and(|(at, notice)| {
        matches!(notice, Notice::Unusable(_)) && recent(*at) && board.events.len() < EVENTS
    });
    went - usize::from(was_absent)
}

fn certificate(left: Duration) -> Warning {
    let what = match left.as_secs() / (24 * 60 * 60) {
        _ if left.is_zero() => "an HTTPS certificate has expired: clients refuse it".to_owned(),
        days => format!("an HTTPS certificate expires in {days} days"),
    };
    Warning {
        urgent: left.is_zero(),
        ..Warning::new(
            what,
            "put a new one in its place, then: tezio-signer reload",
        )
    }
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

fn silent_keys(status: &Status) -> impl Iterator<Item = Warning> {
    let silent = status.keys.iter().filter(|key| is_silent(key, status));
    silent.map(|key| {
        Warning::new(
            format!(
                "{} has signed no block and no vote for an hour or longer",
                key.address
            ),
            "see that the baker runs, is in step with its node, and asks this signer",
        )
    })
}

/// Whether a key that signed for consensus before has not done so for long, nor since the start.
fn is_silent(key: &Key, status: &Status) -> bool {
    let before = key.marks.iter().any(|mark| mark.origin == Origin::Signed);
    let votes = key.signed.iter().filter(|signed| signed.kind != OPERATION);
    let last = votes.map(|signed| signed.at).max();
    let since = last.unwrap_or(status.started);
    before && u128::from(status.now.saturating_sub(since)) >= SILENCE.as_millis()
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
    let what = clock_fault(status, sources.history.since.elapsed())?;
    let mend = "have the clock kept by NTP: timedatectl set-ntp true";
    Some(Warning::new(what, mend))
}

/// What is odd about a clock that says `now` so long after it said `started`.
fn clock_fault(status: &Status, uptime: Duration) -> Option<String> {
    if status.now < BUILT_AFTER {
        return Some("this machine's clock is years behind".to_owned());
    }
    let uptime = u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX);
    let off = status.now.abs_diff(status.started.saturating_add(uptime)) / 1000;
    (off > CLOCK_SLACK.as_secs())
        .then(|| format!("this machine's clock was set by {off} s since the signer was started"))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::{Mark, Minute, Signed};
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn board(events: &[(u64, bool)]) -> Board {
        let gone = Notice::Unusable(HsmFault::Link(LinkFault::NotConnected));
        let notice = |came| if came { Notice::Ready } else { gone };
        let events = events.iter();
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Board {
            events: events
                .map(|(when, came)| (at(*when), notice(*came)))
                .collect(),
            ..Board::default()
        }
    }

    #[test]
    fn goings_count_while_they_are_recent_and_absence_at_the_start_does_not() {
        let gone = |events: &[(u64, bool)], now| {
            times_gone(
                &board(events),
                SystemTime::UNIX_EPOCH + Duration::from_secs(now),
            )
        };
        let loose = [(1006, false), (1004, true), (1002, false), (1000, true)];
        assert_eq!(gone(&loose, 1010), 2);
        assert_eq!(gone(&loose, 1603), 1);
        assert_eq!(gone(&loose, 2000), 0);
        assert_eq!(gone(&[(1001, true), (1000, false)], 1010), 0);
        assert_eq!(gone(&[], 1010), 0);
        // In a ring that is full the oldest says nothing of the start.
        let full: VecDeque<_> = (0..EVENTS as u64).map(|n| (1000 - n, n % 2 == 0)).collect();
        assert_eq!(gone(&Vec::from(full), 1010), EVENTS / 2);
    }

    #[test]
    fn a_key_that_baked_and_does_not_any_more_is_missed() {
        let mut status = Status::sample();
        let silent = |status: &Status| is_silent(&status.keys[0], status);
        status.keys[0].signed[0].at = status.now - HOUR + 1;
        status.keys[0].marks[0].origin = Origin::Signed;
        assert!(!silent(&status));
        status.keys[0].signed[0].at = status.now - HOUR;
        assert!(silent(&status));
        // Operations are no votes.
        status.keys[0].signed = vec![Signed {
            kind: OPERATION.to_owned(),
            at: status.now,
        }];
        assert!(silent(&status));
        // It may not have had the time since the start, or nothing to sign ever.
        status.started = status.now - HOUR / 2;
        assert!(!silent(&status));
        status.started = 0;
        let unsigned = Mark {
            origin: Origin::Set,
            ..status.keys[0].marks[0].clone()
        };
        status.keys[0].marks = vec![unsigned];
        assert!(!silent(&status));
    }

    #[test]
    fn a_clock_that_was_set_is_told_of_either_way() {
        let mut status = Status::sample();
        let uptime = Duration::from_millis(status.now - status.started);
        assert_eq!(clock_fault(&status, uptime), None);
        for off in [Duration::from_secs(90), Duration::from_secs(9000)] {
            for uptime in [uptime + off, uptime - off] {
                let told = clock_fault(&status, uptime).unwrap();
                assert!(told.contains(&off.as_secs().to_string()), "{told}");
            }
        }
        status.now = 5_000;
        assert!(clock_fault(&status, uptime).unwrap().contains("years"));
    }

    #[test]
    fn late_answers_are_told_of_for_ten_minutes() {
        let mut status = Status::sample();
        let minute = |late| Minute {
            late,
            ..Minute::default()
        };
        status.minutes = [0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2].map(minute).to_vec();
        let told = late(&status).unwrap().what;
        assert!(told.starts_with("3 requests"), "{told}");
        status.minutes = vec![minute(9); 1];
        status.minutes.extend([minute(0); 10]);
        assert_eq!(late(&status), None);
    }
}
