//! How a client is received: one that may ask, or a stranger.
//!
//! Strangers are told that they may not ask, but only a few at a time and for a moment each: the
//! places are for those who may.

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;

use tezio_core::policy::Peer;

use super::Hall;
use crate::asked::FrontEnd;

/// Strangers that are spoken to at a time.
const AT_A_TIME: usize = 4;

/// How long one is spoken to.
pub(super) const STRANGERS_TIME: Duration = Duration::from_secs(2);

/// How many strangers are being spoken to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strangers(Rc<Cell<usize>>);

/// One client's reception.
pub(super) enum Guest {
    /// May ask.
    Welcome,
    /// May not; counted for as long as this lives.
    Stranger(Strangers),
    /// May not, and there are enough of them.
    OneTooMany,
}

impl Guest {
    /// Receives `peer`, who came to `front`.
    pub(super) fn receive(hall: &Hall, front: FrontEnd, peer: &Peer) -> Self {
        let strangers = &hall.strangers.0;
        if hall.driver.admits(peer) {
            Self::Welcome
        } else if strangers.get() < AT_A_TIME {
            strangers.set(strangers.get() + 1);
            Self::Stranger(hall.strangers.clone())
        } else {
            hall.connections.stranger(front);
            Self::OneTooMany
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let Self::Stranger(Strangers(count)) = self {
            count.set(count.get() - 1);
        }
    }
}
