//! The nouns of Tezos that decide what may be signed: keys, hashes, chains, consensus messages and
//! operations.
//!
//! Everything here is a value of fixed size, read from bytes or base58check text and written back.
//! Nothing here knows about requests, policies or devices.
//!
//! Formats: Octez, `src/lib_crypto` and `src/lib_base`, at commit `d26a8bef8215`.

mod base58check;
mod bls;
mod chain_id;
mod client_key;
mod consensus_kind;
mod consensus_message;
mod contract;
mod curve;
mod digest;
mod magic_byte;
mod message;
mod message_fault;
mod mutez;
mod number;
pub mod operation;
mod protocol_hash;
mod public_key;
mod public_key_hash;
mod signature;
mod smart_rollup;

pub use base58check::{Base58Fault, Base58Text, TEXT_BYTES};
pub use bls::{BlsPublicKey, BlsSignature};
pub use chain_id::ChainId;
pub use client_key::ClientKey;
pub use consensus_kind::ConsensusKind;
pub use consensus_message::{ConsensusMessage, Layout};
pub use contract::Contract;
pub use curve::Curve;
pub use digest::Digest;
pub use magic_byte::MagicByte;
pub use message::Message;
pub use message_fault::MessageFault;
pub use mutez::Mutez;
pub use number::{Level, Round};
pub use protocol_hash::ProtocolHash;
pub use public_key::PublicKey;
pub use public_key_hash::PublicKeyHash;
pub use signature::{Signature, SignatureText};
pub use smart_rollup::SmartRollup;
