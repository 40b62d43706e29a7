//! A signer with everything around it played: devices, disk, clients and the clock.
//!
//! [`Setup`] says what there is, [`Pair`] runs it in virtual time, and a `Witness` inside looks at
//! every reply and every record and fails the test that breaks a promise.

mod clients;
mod heap;
mod hsm;
mod keys;
mod messages;
mod pair;
mod prng;
mod setup;
mod store;
mod tz4;
mod witness;

pub(crate) use hsm::{FakeHsm, Fault};
pub(crate) use keys::{Holder, address, public_key};
pub(crate) use messages::{
    GHOSTNET, MAINNET, Wanted, attestation, block, dal_attestation, on_chain, operation,
    operation_of_size, preattestation, tz4_attestation, vote_or_block,
};
pub(crate) use pair::{JOBS, Pair, number};
pub(crate) use prng::Prng;
pub(crate) use setup::{Setup, authentication, localhost};
pub(crate) use tz4::Tz4;
