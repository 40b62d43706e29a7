//! Verdicts between the reply to a client and what is written of it.

use core::task::{Context, Poll, Waker};

use tezio_core::octez::Reply;

use crate::asked::{Asked, Phases};

/// What came of a request.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) asked: Asked,
    pub(super) phases: Phases,
    pub(super) reply: Reply,
}

/// Those that are not written down yet: no more than are answered in one turn of the executor.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    waiting: Vec<Verdict>,
    /// Wakes who writes them down.
    writer: Option<Waker>,
}

impl Verdict {
    /// The verdict that `reply` is, at this moment.
    pub(super) fn new(asked: Asked, reply: Reply) -> Self {
        let phases = asked.phases();
        Self {
            asked,
            phases,
            reply,
        }
    }
}

impl Verdicts {
    /// Ready when there is one.
    pub(super) fn poll_some(&mut self, context: &Context<'_>) -> Poll<()> {
        if !self.waiting.is_empty() {
            return Poll::Ready(());
        }
        self.writer = Some(context.waker().clone());
        Poll::Pending
    }

    /// Takes all of them, in their order; they are given back, empty, with [`reuse`](Self::reuse).
    pub(super) fn take(&mut self) -> Vec<Verdict> {
        core::mem::take(&mut self.waiting)
    }

    /// Takes their room back.
    pub(super) fn reuse(&mut self, emptied: Vec<Verdict>) {
        self.waiting = emptied;
    }
}

impl Extend<Verdict> for Verdicts {
    fn extend<V: IntoIterator<Item = Verdict>>(&mut self, verdicts: V) {
        self.waiting.extend(verdicts);
        if !self.waiting.is_empty()
            && let Some(writer) = self.writer.take()
        {
            writer.wake();
        }
    }
}
