//! What goes into the signer and what comes out of it.

use crate::octez::{Reply, Request};
use crate::policy::{HsmId, Peer};
use crate::tezos::PublicKeyHash;
use crate::time::UnixSeconds;
use crate::verdict::HsmFault;
use crate::watermark::Record;

/// Names a request for the driver; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The request's name.
    pub id: RequestId,
    /// Where it comes from.
    pub peer: Peer,
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A client asks.
    Request {
        /// Who.
        from: Caller,
        /// What.
        request: Request<'a>,
    },
    /// A client has gone: nobody waits for the reply.
    Gone(RequestId),
    /// The port of an HSM has been opened.
    HsmOpened(HsmId),
    /// Bytes came from an HSM.
    FromHsm(HsmId, &'a [u8]),
    /// The port of an HSM is closed.
    HsmClosed(HsmId),
    /// All records up to this sequence number are on the disk for good.
    Stored(u64),
    /// Records could not be written or synced.
    StoreFailed,
    /// The date, where it is known.
    Date(UnixSeconds),
    /// Time has passed.
    Timeout,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Write this packet to an HSM, whole and in one go.
    ToHsm(HsmId, &'a [u8]),
    /// Append this record to the journal and sync it, in the order given.
    Store(Record),
    /// Answer a client.
    Reply(RequestId, Reply),
    /// This authorized key has signed a request. It comes before the reply, whatever that is.
    Authorized(RequestId, PublicKeyHash),
    /// A signing request has come so far.
    Progress(RequestId, Step),
    /// Close an HSM's port and open it again: the device does not come into step.
    Reopen(HsmId),
    /// Tell the operator.
    Notice(HsmId, Notice),
}

/// How far a signing request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was sent to an HSM.
    AtHsm(HsmId),
    /// There is a signature, and it was verified.
    Signed,
}

/// Something an operator wants to know about an HSM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is in step and has shown its keys: it serves.
    Ready,
    /// It was asked to keep its marks in flash: whether it does from now on.
    LastingMarks(bool),
    /// It does not serve.
    Unusable(HsmFault),
    /// It failed at a request, which another HSM or another attempt may still answer.
    PassedOver(HsmFault),
}

/// The driver broke the order of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// A request came in while the reply to the one before was not taken.
    #[error("outputs must be drained before the next request")]
    NotDrained,
    /// No HSM of this number is configured.
    #[error("no HSM {}", .0.0)]
    UnknownHsm(HsmId),
}

/// How long things may take, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// From a signing request to its reply.
    pub request_ms: u32,
    /// From a command to the first byte of the HSM's reply.
    pub hsm_reply_ms: u32,
}
