//! The device's role: what stands behind the serial line when the host has written.
//!
//! ```text
//! bytes from the host -> receive loop -> request or framing status -> Operations -> reply bytes
//! ```
//!
//! The receive loop of the published firmware as a state machine: how it finds packets, how long it
//! waits for the rest of one, what it swallows and what it answers to broken ones. It reads no
//! clock and owns no port; the same code runs in a simulation, behind a pseudo-terminal and on the
//! board. What the operations do is left to an implementor of [`Operations`].
//!
//! Promises: never panics, stores no byte beyond its one buffer whatever length is announced, and
//! loses no byte: what it does not take stays with the caller. It is a buffer of
//! [`CAPACITY`] bytes, one reply and a few words large.
//!
//! Behaviour: Tezio library 0.2.0, `github.com/prof-groff/tezio` at commit `bc67eef`.

mod frame;
mod operations;
mod receive_loop;
mod reply;

pub use frame::{CAPACITY, Request};
pub use operations::Operations;
pub use receive_loop::Device;
pub use reply::{MAX_TEXT, Reply};
