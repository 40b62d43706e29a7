//! Requests and replies as Octez' sockets have them, over TCP or Unix.
//!
//! ```text
//! stream -> FrameDecoder -> payload -> read -> Request -> (the signer) -> Reply -> write -> frame
//! frame = <length: u16 BE><payload>
//! ```
//!
//! Octez' own signer closes the connection on whatever it cannot read. This one answers first, with
//! an error trace that octez-client shows its user.
//!
//! Format: Octez, `src/lib_signer_services/signer_messages.ml` and
//! `src/lib_signer_backends/unix/socket.ml`, at commit `d26a8bef8215`.

mod error_trace;
mod frame;
mod read;
mod write;

pub use frame::{FrameDecoder, Pushed};
pub use read::read;
pub use write::{ANSWER_BYTES, Answer, write};
