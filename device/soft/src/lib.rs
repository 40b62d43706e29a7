//! A Tezio HSM in software: what the published firmware answers, without its memory errors.
//!
//! ```text
//! request -> checks in the firmware's order -> watermark -> policy -> chip -> reply, and its delay
//! ```
//!
//! [`Hsm`] is the [`Operations`] behind the core's receive loop
//! ([`Device`](tezio_core::hsm::device::Device)), around a [`SecureElement`]; [`SoftHsm`] is the one
//! whose element is software too. It gives the answers of Tezio library 0.2.0 and
//! its API sketch (`github.com/prof-groff/tezio` at commit `bc67eef`) byte for byte where they are
//! deterministic, the odd ones included: watermark refusals that say D4, marks that move before
//! policy and chip are asked, policy decided by bytes outside its table, keys made of request bytes
//! when a slot cannot be read. What a device is and which of its parts fail is said by a
//! [`Profile`].
//!
//! Where the firmware writes or reads outside its memory, this device answers with a status and
//! leaves marks and policy alone:
//!
//! | request | firmware | here |
//! |---|---|---|
//! | announced length 1029 to 1032 | damages the packet: A7 | A7 |
//! | announced length from 1033 | overwrites what lies behind, from 1040 also marks and policy, or dies | A7 |
//! | SIGN of a block whose fitness length exceeds 937 | uses it as an address: reads secrets, or dies | AD |
//! | VERIFY text, first part as long as the data or longer | dies | AC |
//! | VERIFY text, signature of another size than 90 to 99 characters | overruns its stack, or dies | AD |
//! | VERIFY text that decodes to another size | one byte too many or too few | 00, not valid |
//!
//! Not imitated, since it depends on the linker or on timing: what lies behind the buffer, the
//! digest that a request without reply body leaves in the work buffer, USB's 70 ms before a reply
//! is dropped. Nothing here is secret or protected; the keys of the default profile are public.
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

mod bytes32;
mod chip;
mod element;
mod faults;
mod get_pk;
mod hsm;
mod keys;
mod latency;
mod marks;
mod per_alias;
mod policy;
mod profile;
mod sign;
mod signature_text;
mod soft_element;
mod verify;

pub use bytes32::Bytes32;
pub use chip::ChipFault;
pub use element::{SLOT, SecureElement};
pub use faults::{Fault, Injection, MAX_INJECTIONS, When};
pub use hsm::{Hsm, SoftHsm};
pub use keys::InvalidKey;
pub use latency::Latency;
pub use marks::{AliasMarks, Mark};
pub use per_alias::PerAlias;
pub use profile::{Holes, Kinds, Profile, SwitchedOff};
pub use soft_element::{Entropy, SoftElement};
#[doc(no_inline)]
pub use tezio_core::hsm::device::Operations;
