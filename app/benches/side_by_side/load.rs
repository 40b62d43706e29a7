//! The load: clients that ask, wait for the answer and ask again, and how long each answer took.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::io;
use std::time::Instant;

use tezio_core::tezos::{ConsensusKind, PublicKeyHash};

use crate::message::Template;
use crate::wire::{Ask, Door, Line};

/// What one client asks for, over and over.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) key: PublicKeyHash,
    pub(crate) template: Template,
}

/// Levels rise over all loads of one run, so that no device or signer sees one twice.
static LEVEL: AtomicU32 = AtomicU32::new(1);

/// The next level.
pub(crate) fn next_level() -> u32 {
    LEVEL.fetch_add(1, Ordering::Relaxed)
}

/// Latencies, sorted once all are there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    sorted: Vec<Duration>,
    /// Answers other than the thing asked for.
    pub(crate) refused: usize,
}

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        let at = self.sorted.partition_point(|other| *other < took);
        self.sorted.insert(at, took);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.sorted.extend_from_slice(&other.sorted);
        self.sorted.sort_unstable();
        self.refused += other.refused;
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The nearest rank.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        let at = rank.saturating_sub(1);
        self.sorted.get(at).copied().unwrap_or_default()
    }
}

/// Roles for `clients`: the first ones vote, each with a key or kind of its own, so that none is in
/// the others' way at a watermark; those for whom none is left send operations.
pub(crate) fn roles(keys: &[PublicKeyHash], clients: usize) -> Vec<Role> {
    let kinds = [
        ConsensusKind::Attestation,
        ConsensusKind::Preattestation,
        ConsensusKind::Block,
    ];
    (0..clients)
        .map(|client| {
            let kind = kinds.get(client / keys.len());
            Role {
                key: keys[client % keys.len()],
                template: kind.map_or_else(Template::operation, |kind| Template::consensus(*kind)),
            }
        })
        .collect()
}

/// One client that signs `count` times, on one connection or on a new one each time.
pub(crate) fn sign(door: &Door, role: &Role, count: usize, keep: bool) -> io::Result<Latencies> {
    let mut latencies = Latencies::default();
    let mut kept = None;
    for _ in 0..count {
        let message = role.template.at(next_level());
        let request = door.request(Ask::Sign(&role.key, &message));
        let begun = Instant::now();
        let granted = line(door, &mut kept)?.exchange(&request)?;
        note(&mut latencies, begun, granted);
        if !keep {
            kept = None;
        }
    }
    Ok(latencies)
}

/// One client that asks `ask` so often, on one connection.
pub(crate) fn ask(door: &Door, ask: Ask<'_>, count: usize) -> io::Result<Latencies> {
    let (mut latencies, mut kept) = (Latencies::default(), None);
    let request = door.request(ask);
    for _ in 0..count {
        let begun = Instant::now();
        let granted = line(door, &mut kept)?.exchange(&request)?;
        note(&mut latencies, begun, granted);
    }
    Ok(latencies)
}

/// Several clients at once, each until `until`. What all of them got, and what each did.
pub(crate) fn together(
    door: &Door,
    roles: &[Role],
    until: Instant,
) -> io::Result<(Latencies, Vec<Latencies>)> {
    let each = std::thread::scope(|scope| {
        let clients: Vec<_> = roles
            .iter()
            .map(|role| scope.spawn(|| sign_until(door, role, until)))
            .collect();
        clients
            .into_iter()
            .map(|client| {
                client
                    .join()
                    .map_err(|_| io::Error::other("a client ended"))?
            })
            .collect::<io::Result<Vec<_>>>()
    })?;
    let mut all = Latencies::default();
    for latencies in &each {
        all.merge(latencies);
    }
    Ok((all, each))
}

fn sign_until(door: &Door, role: &Role, until: Instant) -> io::Result<Latencies> {
    let (mut latencies, mut kept) = (Latencies::default(), None);
    while Instant::now() < until {
        let message = role.template.at(next_level());
        let request = door.request(Ask::Sign(&role.key, &message));
        let begun = Instant::now();
        let granted = line(door, &mut kept)?.exchange(&request)?;
        note(&mut latencies, begun, granted);
    }
    Ok(latencies)
}

fn line<'l>(door: &Door, kept: &'l mut Option<Line>) -> io::Result<&'l mut Line> {
    if kept.is_none() {
        *kept = Some(door.connect()?);
    }
    kept.as_mut()
        .ok_or_else(|| io::ErrorKind::NotConnected.into())
}

fn note(latencies: &mut Latencies, begun: Instant, granted: bool) {
    if granted {
        latencies.add(begun.elapsed());
    } else {
        latencies.refused += 1;
    }
}
