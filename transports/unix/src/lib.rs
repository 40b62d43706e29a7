//! Unix-socket listeners: who may connect is the file's mode and owner, who has is the kernel's word.
//!
//! ```text
//! path, Options -> Listener -> Connection { bytes, Credentials, place among the limits }
//! ```
//!
//! Promises:
//! - Nobody whom mode and owner keep out gets in, not even while the socket is being made: it
//!   listens only once both are in force, and until then has no more than its owner's bits.
//! - A file left behind by a process that ended without its last breath is replaced; one that
//!   somebody listens on is not, nor is anything that is no socket. Two listeners that start at the
//!   same time find out which of them is first.
//! - The file goes when the listener does, unless the path leads elsewhere by then.
//! - Never more than [`Options::connections`] at a time, nor more than [`Options::per_user`] from one
//!   user: as for TCP, the kernel's queue holds what is too much altogether, and what is too much for
//!   one user is closed at once and counted.
//! - [`Connection::peer`] is who called `connect`, as the kernel wrote it down then. Nobody can claim
//!   to be another, and nothing the peer does later changes it.
//!
//! Left to others: what the bytes mean, which users may do what, making the folder.

mod connection;
mod file;
mod listener;
mod path;
mod vacancy;

pub use connection::{Connection, Credentials};
pub use listener::{Listener, Options};
