//! Signatures of tz1, tz2 and tz3 keys: the core's [`Verify`] and [`Sign`] on `RustCrypto` crates. And
//! of tz4 keys, checked but never made: its [`VerifyBls`].
//!
//! From compressed keys, digests and 64-byte signatures to a verdict, and on the HSM's side from a
//! secret key to a signature. What these three sign is always the 32-byte digest as it stands: it is
//! ECDSA's hash and Ed25519's message. Nothing here allocates, panics or asks for randomness.
//!
//! A host needs [`Verifier`] alone. [`SecretKey`] is for devices, and [`firmware`] for those that
//! must repeat the faults of the published firmware; neither belongs in a signer. [`Forgery`] is for
//! examining a device. Without the feature
//! `bls` there is no code for pairings, which a board has no use for, and tz4 keys are refused.
//!
//! [`Verify`]: tezio_core::crypto::Verify
//! [`Sign`]: tezio_core::crypto::Sign
//! [`VerifyBls`]: tezio_core::crypto::VerifyBls
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

#[cfg(feature = "bls")]
mod bls;
pub mod firmware;
mod forgery;
#[cfg(not(feature = "bls"))]
mod no_bls;
mod secret_key;
mod small;
mod verifier;

#[cfg(feature = "bls")]
pub use bls::{BlsSigned, BlsVerifyingKey};
pub use forgery::Forgery;
pub use secret_key::{InvalidSecretKey, SecretKey};
pub use verifier::{Verifier, VerifyingKey};
