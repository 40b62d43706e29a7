//! The image on an emulated Cortex-M0, from outside: over its serial line alone.

mod attacks;
mod host;
mod machine;
#[path = "../../../soft/tests/support/oversize.rs"]
mod oversize;
mod power;
mod process;
#[path = "../../../soft/tests/support/recorded.rs"]
mod recorded;
mod signer;
mod transcripts;
