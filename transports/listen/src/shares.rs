//! How many connections each peer holds.
//!
//! Only peers that hold one are remembered, so the memory is bounded by the listener's places.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(crate) struct Shares<P>(Mutex<BTreeMap<P, usize>>);

/// One connection's share of what its peer may hold; given back on drop.
#[derive(Debug)]
pub(crate) struct Share<P: Ord> {
    shares: Arc<Shares<P>>,
    peer: P,
}

impl<P> Default for Shares<P> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<P: Ord + Clone> Shares<P> {
    /// One more connection for the peer, unless it holds `limit` already.
    pub(crate) fn take(self: &Arc<Self>, peer: P, limit: usize) -> Option<Share<P>> {
        let mut held = self.held();
        let count = held.get(&peer).copied().unwrap_or(0);
        if count >= limit {
            return None;
        }
        held.insert(peer.clone(), count + 1);
        let shares = Arc::clone(self);
        Some(Share { shares, peer })
    }
}

impl<P> Shares<P> {
    /// The counts are whole between any two statements, so a panic elsewhere spoils nothing.
    fn held(&self) -> MutexGuard<'_, BTreeMap<P, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Ord> Drop for Share<P> {
    fn drop(&mut self) {
        let mut held = self.shares.held();
        match held.get_mut(&self.peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.peer)),
        }
    }
}

#[cfg(test)]
mod tests {
    //! Counting, peer by peer.

    use super::*;

    #[test]
    fn a_peer_has_its_limit_and_gets_back_what_it_returns() {
        let shares = Arc::new(Shares::default());
        let first = shares.take("one", 2).expect("the first");
        let second = shares.take("one", 2).expect("the second");
        assert!(shares.take("one", 2).is_none());
        let elsewhere = shares.take("other", 2).expect("another peer");
        drop(first);
        let third = shares.take("one", 2).expect("a share was returned");
        drop((second, third, elsewhere));
        assert!(
            shares.held().is_empty(),
            "nothing is remembered of those gone"
        );
    }

    #[test]
    fn a_limit_of_none_lets_nobody_in() {
        assert!(Arc::new(Shares::default()).take("one", 0).is_none());
    }
}
