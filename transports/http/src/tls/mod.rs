//! TLS 1.2 and 1.3 on any byte stream, with or without certificates asked of clients.
//!
//! ```text
//! PEM files -> Acceptor; byte stream -> handshake -> TlsStream { bytes, names of the client }
//! ```
//!
//! Promises:
//! - An [`Acceptor`] is made from files that fit together, or not at all, and the error names the file
//!   and what is wrong with it. The same holds when they are read again: connections that are there
//!   keep what they have begun with, and a fault leaves everything as it was.
//! - Where clients are asked for certificates, none gets in without one that is valid now and leads to
//!   the given roots. Sessions are not resumed, so this is checked at each connection.
//! - A handshake ends in bounded time, whatever the peer does or leaves undone, and one that is
//!   refused gets to read the alert that says so.
//! - No private key and no session key is ever shown or logged.
//!
//! Left to others: which names may do what, looking at [`Validity`] against the clock, revocation
//! (roots are files and can be read again), the number of connections.

mod acceptor;
mod certificate;
mod files;
mod stream;

pub use acceptor::{Acceptor, ClientAuthority};
pub use certificate::Validity;
pub use stream::TlsStream;
