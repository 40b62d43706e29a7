//! Bounded model checks: small worlds in which everything that can happen is tried, in every order.
//!
//! ```text
//! World -> explore: all states, each reached on a shortest way -> Walked { states, transitions, depth }
//! ```
//!
//! In the middle of each world is the core as it ships. Around it is the least that shows what can go
//! wrong: a few clients and messages, a device and a disk that fail a bounded number of times. What is
//! bounded, and what is not, each world's head says. Where the simulation plays long histories and looks
//! at some, this plays short ones and looks at all.

pub mod device;
pub mod explore;
mod fingerprint;
pub mod ledger;
pub mod line;
pub mod releases;
pub mod signer;

pub use explore::{Broken, Walked, World, explore};
