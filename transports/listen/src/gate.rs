//! The gate: accepting within limits.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use async_io::Timer;
use async_lock::{Semaphore, SemaphoreGuardArc};
use futures_lite::future;

use crate::setback::Setback;
use crate::shares::{Share, Shares};

/// How long to leave a host alone that has run out of descriptors or memory.
const SHORTAGE_PAUSE: Duration = Duration::from_millis(100);

/// The limits of one listener, and who uses them up. `P` tells its peers apart.
#[derive(Debug)]
pub struct Gate<P: Ord> {
    places: Arc<Semaphore>,
    shares: Arc<Shares<P>>,
    per_peer: usize,
    turned_away: AtomicU64,
}

/// One connection's place, given back on drop.
#[derive(Debug)]
pub struct Place<P: Ord> {
    _share: Share<P>,
    _place: SemaphoreGuardArc,
}

impl<P: Ord + Clone> Gate<P> {
    /// A gate with `connections` places, of which one peer may hold `per_peer`. With no places,
    /// nothing is ever accepted.
    #[must_use]
    pub fn new(connections: usize, per_peer: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(connections)),
            shares: Arc::default(),
            per_peer,
            turned_away: AtomicU64::new(0),
        }
    }

    /// Connections closed unheard because their peer had its share, since the start.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// The next connection within the limits, however long that takes. `accept` yields what the
    /// socket has next, and whose it is.
    ///
    /// May be dropped at any time: no place is lost, and no connection that `accept` has not yet
    /// handed out.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the socket listens no more. No other error of `accept` ends a listener.
    pub async fn admit<C, F, A>(&self, accept: F) -> io::Result<(C, Place<P>)>
    where
        F: Fn() -> A,
        A: Future<Output = io::Result<(C, P)>>,
    {
        let place = self.places.acquire_arc().await;
        loop {
            let (connection, peer) = past_setbacks(&accept).await?;
            if let Some(share) = self.shares.take(peer, self.per_peer) {
                let place = Place {
                    _share: share,
                    _place: place,
                };
                return Ok((connection, place));
            }
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            drop(connection);
            // Others get their turn even while one peer floods the listener.
            future::yield_now().await;
        }
    }
}

/// The next connection the kernel has, past those that failed before they were taken.
async fn past_setbacks<T, A>(accept: impl Fn() -> A) -> io::Result<T>
where
    A: Future<Output = io::Result<T>>,
{
    loop {
        match accept().await {
            Ok(accepted) => return Ok(accepted),
            Err(error) => match Setback::of(&error) {
                Setback::Peer => {}
                Setback::Host => drop(Timer::after(SHORTAGE_PAUSE).await),
                Setback::Listener => return Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    //! A socket that fails on cue.

    use core::cell::RefCell;

    use super::*;

    /// Lets in the first connection behind the given failures.
    fn behind(failures: impl IntoIterator<Item = io::ErrorKind>) -> io::Result<&'static str> {
        let failures = RefCell::new(failures.into_iter());
        let gate = Gate::new(1, 1);
        let accept = || async {
            match failures.borrow_mut().next() {
                Some(kind) => Err(kind.into()),
                None => Ok(("in", 0)),
            }
        };
        future::block_on(gate.admit(accept)).map(|(connection, _place)| connection)
    }

    #[test]
    fn a_failed_connection_does_not_keep_the_next_one_out() {
        use io::ErrorKind as Kind;
        let failures = [Kind::ConnectionAborted, Kind::Interrupted, Kind::TimedOut];
        assert_eq!(behind(failures).expect("accepted"), "in");
    }

    #[test]
    fn a_shortage_passes() {
        assert_eq!(
            behind([io::ErrorKind::OutOfMemory]).expect("accepted"),
            "in"
        );
    }

    #[test]
    fn a_socket_that_listens_no_more_ends_it() {
        let error = behind([io::ErrorKind::InvalidInput]).expect_err("over");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn those_turned_away_are_counted_and_take_no_place() {
        let peers = RefCell::new([7, 7, 7, 8].into_iter());
        let gate = Gate::new(2, 1);
        let accept = || async {
            let peer = peers.borrow_mut().next().expect("no more are asked for");
            Ok((peer, peer))
        };
        let (first, _held) = future::block_on(gate.admit(accept)).expect("accepted");
        let (second, _also) = future::block_on(gate.admit(accept)).expect("accepted");
        assert_eq!((first, second, gate.turned_away()), (7, 8, 2));
    }
}
