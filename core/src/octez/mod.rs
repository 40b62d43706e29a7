//! What Octez asks of a signer and what it is answered, whatever carries it.
//!
//! ```text
//! HTTP exchange, or socket frame -> Request -> (the signer) -> Reply -> HTTP answer, or frame
//! ```
//!
//! Format: Octez, `src/lib_signer_services`, at commit `d26a8bef8215`.

mod authentication;
pub mod http;
mod reply;
mod request;
pub mod socket;

pub use authentication::{authenticated_digest, authenticated_head};
pub use reply::{Release, Reply};
pub use request::{Authentication, Request};
