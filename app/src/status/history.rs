//! What has happened since the start, as far as it is remembered for those who look.
//!
//! Promises: the memory is bounded whatever clients do, and what is recorded on the way of a signature
//! allocates nothing: a verdict takes over what its request was made of, texts are made when somebody
//! looks.

use core::time::Duration;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use tezio_core::octez::Reply;
use tezio_core::policy::{HsmId, Peer};
use tezio_core::signer::Notice;
use tezio_core::tezos::{ConsensusKind, PublicKeyHash};
use tezio_core::verdict::Refusal;

use super::latency::{Ending, Latency};
use crate::asked::{Asked, Phases, SignRequest};
use crate::request_name::RequestName;

/// Verdicts that are remembered.
const VERDICTS: usize = 20;

/// Comings and goings that are remembered of each HSM.
pub(super) const EVENTS: usize = 12;

/// Keys and kinds whose last signatures are remembered: all keys there can be, three kinds and the rest.
const SIGNED: usize = tezio_core::limits::KEYS * 4;

/// All of it.
#[derive(Debug)]
pub(crate) struct History {
    pub(super) started: SystemTime,
    pub(super) since: Instant,
    pub(super) verdicts: VecDeque<Past>,
    pub(super) signed: Vec<LastSignature>,
    pub(super) boards: Vec<Board>,
    pub(super) latency: Latency,
    pub(super) strangers: Option<Strangers>,
}

/// A signing request that has ended.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) id: RequestName,
    pub(super) at: SystemTime,
    pub(super) peer: Peer,
    pub(super) sign: SignRequest,
    pub(super) end: End,
    pub(super) took: Duration,
}

/// How it ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Signed,
    /// With the signature that the same request had got before: no work, and no sign of life.
    Repeated,
    Refused(Refusal),
    Gone,
}

/// When a key last signed something of a kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastSignature {
    pub(super) key: PublicKeyHash,
    pub(super) kind: Option<ConsensusKind>,
    pub(super) at: SystemTime,
}

/// Requests from peers that may not ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strangers {
    pub(super) count: u64,
    pub(super) last: SystemTime,
    pub(super) peer: Peer,
}

/// One HSM and its port.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) port: PortState,
    /// Whether it keeps marks of its own, where it was asked to.
    pub(super) lasting_marks: Option<bool>,
    /// Comings, goings and failures, the newest first.
    pub(super) events: VecDeque<(SystemTime, Notice)>,
}

impl Board {
    fn noticed(&mut self, notice: &Notice) {
        if let Notice::LastingMarks(kept) = notice {
            self.lasting_marks = Some(*kept);
            return;
        }
        self.events.truncate(EVENTS - 1);
        self.events.push_front((SystemTime::now(), *notice));
    }
}

/// How things stand with an HSM's port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum PortState {
    /// Closed, and nothing stands in the way of opening it that would be known.
    #[default]
    Closed,
    /// Looked for, and this is in the way.
    Missing(String),
    /// Open, at this path.
    Open(PathBuf),
}

impl History {
    /// Of a daemon that starts now, with so many HSMs.
    pub(crate) fn begin(hsms: usize) -> Self {
        Self {
            started: SystemTime::now(),
            since: Instant::now(),
            verdicts: VecDeque::with_capacity(VERDICTS),
            signed: Vec::with_capacity(SIGNED),
            boards: (0..hsms).map(|_| Board::default()).collect(),
            latency: Latency::new(),
            strangers: None,
        }
    }

    /// A request has its answer.
    pub(crate) fn answered(&mut self, asked: Asked, phases: &Phases, reply: &Reply) {
        let took = phases.total;
        match reply {
            Reply::Refused(Refusal::Address(_)) => self.stranger(asked.client.peer),
            Reply::Refused(refusal) => self.end(asked, took, End::Refused(*refusal)),
            Reply::Signature(_)
            | Reply::Hello
            | Reply::PublicKey(_)
            | Reply::AuthorizedKeys(_)
            | Reply::KnownKeys(_)
            | Reply::NoDeterministicNonces => {
                let is_new = phases.verify.is_some();
                self.end(
                    asked,
                    took,
                    if is_new { End::Signed } else { End::Repeated },
                );
            }
        }
    }

    /// A request whose client has gone.
    pub(crate) fn gone(&mut self, asked: Asked) {
        let took = asked.phases().total;
        self.end(asked, took, End::Gone);
    }

    /// An HSM's port is in another state.
    pub(crate) fn port(&mut self, hsm: HsmId, state: PortState) {
        if let Some(board) = self.boards.get_mut(usize::from(hsm.0)) {
            board.port = state;
        }
    }

    /// An HSM went through something.
    pub(crate) fn noticed(&mut self, hsm: HsmId, notice: &Notice) {
        if let Some(board) = self.boards.get_mut(usize::from(hsm.0)) {
            board.noticed(notice);
        }
    }

    /// The names by which clients were recognised mean nothing any more.
    pub(crate) fn forget_names(&mut self) {
        for past in &mut self.verdicts {
            if let Peer::Certified { client, .. } = &mut past.peer {
                *client = None;
            }
        }
    }

    /// What is remembered of a peer that may not ask: they could push out everything else.
    fn stranger(&mut self, peer: Peer) {
        let count = self.strangers.map_or(0, |before| before.count);
        self.strangers = Some(Strangers {
            count: count.saturating_add(1),
            last: SystemTime::now(),
            peer,
        });
    }

    fn end(&mut self, asked: Asked, took: Duration, end: End) {
        let (id, peer) = (asked.id, asked.client.peer);
        let Some(sign) = asked.sign else {
            return;
        };
        let at = SystemTime::now();
        if let Some(ending) = ending(&end) {
            self.latency.record(self.since.elapsed(), ending, took);
        }
        if matches!(end, End::Signed) {
            self.signed(sign.key, sign.kind, at);
        }
        self.verdicts.truncate(VERDICTS - 1);
        self.verdicts.push_front(Past {
            id,
            at,
            peer,
            sign,
            end,
            took,
        });
    }

    fn signed(&mut self, key: PublicKeyHash, kind: Option<ConsensusKind>, at: SystemTime) {
        let mut known = self.signed.iter_mut();
        if let Some(last) = known.find(|last| (last.key, last.kind) == (key, kind)) {
            last.at = at;
        } else if self.signed.len() < SIGNED {
            // There are no more keys than that.
            self.signed.push(LastSignature { key, kind, at });
        }
    }
}

/// How it counts among the times that requests take; one whose client has gone says nothing of them, and
/// neither does one that was answered from the record.
const fn ending(end: &End) -> Option<Ending> {
    match end {
        End::Signed => Some(Ending::Signed),
        End::Refused(Refusal::Late(_)) => Some(Ending::TimeRanOut),
        End::Refused(_) => Some(Ending::Refused),
        End::Repeated | End::Gone => None,
    }
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr};

    use tezio_core::octez::Request;
    use tezio_core::tezos::PublicKey;

    use super::*;
    use crate::asked::{Client, FrontEnd};

    const PEER: Peer = Peer::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));

    fn asked(number: u64, key: u8) -> Asked {
        let id = RequestName { start: 1, number };
        let request = Request::Sign {
            key: PublicKey::Ed25519([key; 32]).hash(),
            data: &[0x03],
            authentication: None,
        };
        let client = Client {
            front: FrontEnd::Http,
            peer: PEER,
        };
        Asked::new(id, Instant::now(), client, &request)
    }

    fn answered(history: &mut History, asked: Asked, reply: &Reply) {
        let phases = asked.phases();
        history.answered(asked, &phases, reply);
    }

    /// Addresses that may not ask could otherwise push out what the bakers asked for.
    #[test]
    fn strangers_are_counted_and_leave_no_verdict() {
        let mut history = History::begin(1);
        for id in 0..1000 {
            let refused = Reply::Refused(Refusal::Address(PEER));
            answered(&mut history, asked(id, 1), &refused);
        }
        assert_eq!(history.strangers.unwrap().count, 1000);
        assert!(history.verdicts.is_empty());
    }

    #[test]
    fn nothing_grows_with_traffic() {
        let mut history = History::begin(1);
        for id in 0..1000 {
            let key = u8::try_from(id % 200).unwrap();
            let late = Reply::Refused(Refusal::Late(5));
            answered(&mut history, asked(id, key), &late);
            history.gone(asked(id, key));
            history.signed(asked(id, key).sign.unwrap().key, None, SystemTime::now());
            history.noticed(HsmId(0), &Notice::Ready);
            history.noticed(HsmId(9), &Notice::Ready);
        }
        assert_eq!(history.verdicts.len(), VERDICTS);
        assert_eq!(history.verdicts[0].id.number, 999);
        assert_eq!(history.signed.len(), SIGNED);
        assert_eq!(history.boards[0].events.len(), EVENTS);
    }
}
