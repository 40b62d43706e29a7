//! What a device does with a request.

use super::super::Status;
use super::{Reply, Request};

/// The work behind the receive loop: keys, policy, watermark.
pub trait Operations {
    /// Answers one request, or one piece of the stream that was none, by writing `reply`.
    ///
    /// `request` is a packet with a right checksum, or the framing status that the firmware answers
    /// with. `reply` comes empty; left empty, the device stays silent. Gives the time that the work
    /// takes, in milliseconds: the reply goes out after it, and no byte is taken meanwhile.
    fn run(&mut self, request: Result<Request<'_>, Status>, reply: &mut Reply) -> u32;
}
