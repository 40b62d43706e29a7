//! Waiting for a reply.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use tezio_core::octez::Reply;
use tezio_core::signer::{Input, RequestId};

use super::Driver;

/// Where a reply is put for the front end that waits for it.
#[derive(Debug, Default)]
pub(super) struct Slot {
    reply: Option<Reply>,
    waker: Option<Waker>,
}

impl Slot {
    pub(super) fn fill(&mut self, reply: Reply) {
        self.reply = Some(reply);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The reply to one request, once it is there. Dropped before, it tells the signer that the client
/// has gone.
#[derive(Debug)]
pub(crate) struct Waiting {
    driver: Rc<Driver>,
    id: RequestId,
    done: bool,
}

impl Waiting {
    pub(super) const fn new(driver: Rc<Driver>, id: RequestId) -> Self {
        let done = false;
        Self { driver, id, done }
    }

    fn take(&self, waker: &Waker) -> Option<Reply> {
        let mut desk = self.driver.desk.borrow_mut();
        let slot = desk.slots.get_mut(&self.id)?;
        slot.waker = Some(waker.clone());
        let reply = slot.reply.take()?;
        desk.slots.remove(&self.id);
        Some(reply)
    }
}

impl Future for Waiting {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        match self.take(context.waker()) {
            Some(reply) => {
                self.done = true;
                Poll::Ready(reply)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        {
            let mut desk = self.driver.desk.borrow_mut();
            desk.slots.remove(&self.id);
            if let Some(asked) = desk.asked.remove(&self.id) {
                desk.write_gone(asked);
            }
        }
        self.driver.handle(Input::Gone(self.id));
    }
}
