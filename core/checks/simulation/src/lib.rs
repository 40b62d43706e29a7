//! The whole signer in virtual time: the core's state machine and its journal's keeper, with clients,
//! devices and a disk that are models, and everything that can go wrong with them.
//!
//! ```text
//! seed -> History -> World { Signer, Journal -> SimDisk -> Platter, SimHsm } -> Witness -> Tally
//! ```
//!
//! A history is grown from its seed alone, so a seed reproduces every failure. What is under test is the
//! core as it ships; what is a model is the rest: cryptography ([`toy`]), devices, the disk and the
//! thread in front of it. The daemon's own files and threads are tested with the daemon.
//!
//! What no history may break is said in [`witness`]; what can happen in one, in [`history`] and
//! [`platter`]. `mutants` beside this folder takes guards out of the core, one at a time, and shows that
//! it would be seen.

pub mod campaign;
mod damage;
pub mod device;
pub mod disk;
pub mod history;
pub mod journal;
pub mod machine;
pub mod messages;
pub mod operator;
pub mod order;
pub mod platter;
pub mod prng;
mod setup;
pub mod tally;
pub mod toy;
pub mod witness;
pub mod world;

pub use history::{Violation, play};
pub use setup::{HOME, Setup, policy};
pub use tally::{Event, Tally};
pub use world::{Crash, World};
