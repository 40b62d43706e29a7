//! The clients of a [`Pair`]: what they ask, and what they are answered.

use tezio_core::octez::{Authentication, Reply, Request};
use tezio_core::policy::Peer;
use tezio_core::signer::{Caller, Input, RequestId};
use tezio_core::tezos::{Signature, SignatureText};
use tezio_core::verdict::Refusal;

use super::keys::{Holder, address};
use super::messages::Wanted;
use super::pair::Pair;
use super::setup::localhost;

impl Pair {
    /// Asks from an address that may, without authentication.
    pub(crate) fn ask(&mut self, holder: Holder, wanted: &Wanted) -> RequestId {
        self.ask_from(localhost(), holder, wanted, None)
    }

    pub(crate) fn ask_from(
        &mut self,
        peer: Peer,
        holder: Holder,
        wanted: &Wanted,
        authentication: Option<SignatureText>,
    ) -> RequestId {
        let authentication = authentication.map(Authentication::Known);
        self.ask_with(peer, holder, wanted, authentication)
    }

    /// Asks with an authentication of any kind.
    pub(crate) fn ask_with(
        &mut self,
        peer: Peer,
        holder: Holder,
        wanted: &Wanted,
        authentication: Option<Authentication>,
    ) -> RequestId {
        let id = self.fresh_id();
        self.witness.asked(id, holder, wanted);
        let request = Request::Sign {
            key: address(holder),
            data: &wanted.bytes,
            authentication,
        };
        let from = Caller { id, peer };
        self.input(Input::Request { from, request });
        id
    }

    /// Asks for something else than a signature.
    pub(crate) fn request(&mut self, peer: Peer, request: Request<'_>) -> Reply {
        let id = self.fresh_id();
        self.witness.asked_otherwise(id);
        let from = Caller { id, peer };
        self.input(Input::Request { from, request });
        self.answers[&id].clone()
    }

    /// The client of a request hangs up.
    pub(crate) fn hang_up(&mut self, id: RequestId) {
        self.witness.gone(id);
        self.input(Input::Gone(id));
    }

    pub(crate) fn fresh_id(&mut self) -> RequestId {
        self.next_id += 1;
        RequestId(self.next_id)
    }

    pub(crate) fn reply(&self, id: RequestId) -> Option<&Reply> {
        self.answers.get(&id)
    }

    pub(crate) fn signature(&self, id: RequestId) -> Signature {
        match self.reply(id) {
            Some(Reply::Signature(release)) => *release.signature(),
            other => panic!("no signature for {id:?}: {other:?}"),
        }
    }

    pub(crate) fn refusal(&self, id: RequestId) -> Refusal {
        match self.reply(id) {
            Some(Reply::Refused(refusal)) => *refusal,
            other => panic!("no refusal of {id:?}: {other:?}"),
        }
    }

    /// Asks, waits for the answer and takes it for a signature.
    pub(crate) fn sign(&mut self, holder: Holder, wanted: &Wanted) -> Signature {
        let id = self.ask(holder, wanted);
        self.settle();
        self.signature(id)
    }

    /// Asks, waits for the answer and takes it for a refusal.
    pub(crate) fn refuse(&mut self, holder: Holder, wanted: &Wanted) -> Refusal {
        let id = self.ask(holder, wanted);
        self.settle();
        self.refusal(id)
    }
}
