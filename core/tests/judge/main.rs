//! What a policy says of requests: each of its words at the boundary between yes and no.
//!
//! Operations are the recorded ones of `../recorded/octez-operations.json`, or put together here from
//! the layouts in `docs/operations.md`, not by the walker under test.

mod batches;
mod clients;
mod defaults;
mod limits;
mod support;
