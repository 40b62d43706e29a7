//! What the fuzz targets have in common: how bytes become choices, and the other ways to say what the
//! core says, against which it is held.
//!
//! A target (`fuzz_targets`) is a decoder, or the whole signer, and what must hold for any bytes. Here
//! are the parts that several of them use. Nothing here is taken from the core: frames, checksums and
//! texts are made by code that shares none of its assumptions.

pub mod board;
pub mod choices;
pub mod machine;
pub mod memory;
pub mod packets;
pub mod refused;
pub mod socket;
pub mod text;
