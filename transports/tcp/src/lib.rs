//! TCP listeners that hold no more connections than they were told to.
//!
//! ```text
//! address -> Listener -> Connection { bytes, peer address, place among the limits }
//! ```
//!
//! Promises:
//! - Never more than [`Limits::connections`] at a time: when all places are taken, nothing is
//!   accepted until one is given back, and the kernel's queue holds the rest.
//! - Never more than [`Limits::per_address`] of them from one address: what comes on top is closed
//!   at once and counted, so that one host cannot keep the others out.
//! - A connection holds its place for as long as it lives, wherever it is moved to.
//! - Accepting outlives what goes wrong with single connections and a shortage of descriptors or
//!   memory, and does not spin meanwhile.
//!
//! Left to others: what the bytes mean, time limits within a connection, TLS.

mod connection;
mod listener;

pub use connection::Connection;
pub use listener::{Limits, Listener};
