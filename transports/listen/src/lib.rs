//! Whom a listener lets in, whatever kind of socket it listens on.
//!
//! ```text
//! accept() of a socket -> Gate -> Place among the limits -> Connection
//! ```
//!
//! TCP and Unix sockets differ in how they are bound and in what a peer is called; what follows an
//! accept is the same for both and stands here, once.
//!
//! Promises:
//! - Never more [`Place`]s at a time than the gate has: when all are taken, nothing is accepted
//!   until one is given back, and the kernel's queue holds the rest.
//! - Never more of them for one peer than its share: what comes on top is closed at once and
//!   counted, so that one peer cannot keep the others out.
//! - Accepting outlives what goes wrong with single connections and a shortage of descriptors or
//!   memory, and does not spin meanwhile.
//! - Memory is bounded by the places: a peer is remembered while it holds one.
//!
//! Left to others: binding, what tells one peer from another, what a connection is for.

mod connection;
mod gate;
mod setback;
mod shares;

pub use connection::{Connection, EndSending};
pub use gate::{Gate, Place};
