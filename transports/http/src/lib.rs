//! HTTP/1.1 on any byte stream: requests come in whole, answers go out whole.
//!
//! ```text
//! byte stream -> head (hyper) -> body, bounded -> Exchange -> handler -> Answer -> byte stream
//! ```
//!
//! [`serve`] runs one connection from its first byte to its last. It knows nothing of listeners or of
//! what the exchanges mean; it spawns nothing and runs on whatever executor polls it. For HTTPS the
//! byte stream is one that [`tls`] has made of another.
//!
//! Promises:
//! - The handler sees a request only once its body is complete, or known to be too long; requests
//!   of one connection reach it one at a time, in the order they came.
//! - Memory and time are bounded by [`Limits`]: a silent peer, half a head, an endless head, a body
//!   fed drop by drop and an answer nobody reads each end the connection. Nothing is allocated on
//!   the word of the peer: buffers grow with the bytes that have come.
//! - Every answer carries its length: neither chunked nor ended by closing.
//! - While the handler works, the peer's leaving drops the handler's future at once. A peer that
//!   closes its sending side counts as gone. Two cases are noticed only when the answer is written:
//!   a peer that has sent more after the request (a pipelined one), and a body that was too long.
//! - A peer that is refused gets to read why: after the last answer what it still sends is taken
//!   in and thrown away, up to 1 MiB and 1 s, since closing a socket with unread bytes resets it.
//!
//! Left to others: routes, media types and error texts (the handler), connection counts (the
//! listener). Malformed heads are answered here, with an empty 400 or 431; so are a malformed
//! body (400) and one that does not come in time (408).

mod body;
mod connection;
mod exchange;
mod limits;
mod linger;
mod patient;
pub mod tls;

pub use connection::serve;
pub use exchange::{Answer, Body, Exchange};
pub use hyper::{HeaderMap, Method, StatusCode};
pub use limits::Limits;
