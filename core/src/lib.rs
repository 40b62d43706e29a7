//! The core of tezio-signer: everything that decides, nothing that touches the world.
//!
//! ```text
//! client bytes -> octez::Request -> judge -> watermark::Ledger -> hsm::Link -> device
//!                 reply bytes <- octez::Reply <- Stored <- disk <- verified signature
//! ```
//!
//! A state machine in the sans-IO manner: bytes, events and the time go in, actions are polled.
//! [`signer::Signer`] is the host's whole side, [`hsm::device`] the device's; each room between can
//! be used by itself. No clock, no file, no socket, no allocation, no randomness.
//!
//! What it promises, each by a type or a test:
//!
//! 1. A consensus signature is released only from the proof that its record is on the disk.
//! 2. One mark per chain, key and kind; marks only rise.
//! 3. The same message again gets the stored signature; other bytes at its level and round do not.
//! 4. Two requests for one watermark are never at an HSM together.
//! 5. Every signature is verified before it is recorded or released.
//! 6. Bad input of any kind, from clients or from the device, gets an error and costs nothing else.
//!
//! Modules know those before them in this list and none behind: [`tezos`], [`crypto`], [`hsm`],
//! [`policy`], [`watermark`], [`malformed`], [`verdict`], [`judge`], [`octez`], [`signer`].

#![no_std]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

#[cfg(test)]
extern crate std;

pub mod crypto;
pub mod hsm;
pub mod judge;
pub mod limits;
pub mod malformed;
pub mod octez;
pub mod policy;
mod reader;
pub mod signer;
pub mod tezos;
pub mod time;
pub mod verdict;
pub mod watermark;
