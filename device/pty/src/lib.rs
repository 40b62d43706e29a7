//! The software HSM behind a pseudo-terminal: for a host it is a serial port with a board on it.
//!
//! ```text
//! host -> slave side, a path -> master side -> the core's receive loop -> SoftHsm, in real time
//! ```
//!
//! From a [`Profile`] to a path that hosts open, close and open again. The device lives as long as
//! the future of [`SoftHsm::run`]; dropping that is pulling the plug. It keeps the line raw and
//! unechoed, holds the slave side open itself so that no leaving host ends it, and gives the line
//! free when an exclusive owner is gone, as the board's port does.
//!
//! What the device answers is left to `tezio-soft-hsm`, when it listens to the core.

mod drive;
mod link;
mod soft_hsm;
mod terminal;

pub use link::Link;
pub use soft_hsm::{SoftHsm, profile_from_ron};
#[doc(no_inline)]
pub use tezio_soft_hsm::{Latency, Profile};
