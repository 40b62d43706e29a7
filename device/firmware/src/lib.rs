//! A Tezio HSM's firmware without its board: the device's role of the core, made into a program.
//!
//! ```text
//! line -> Board -> receive loop of the core -> Extended -> Hsm -> SecureElement
//!                                                 |
//!                                                 +-> FlashMarks -> pages of flash
//! ```
//!
//! A board brings a [`Board`] (line and clock), a [`SecureElement`] (keys) and the flash for its
//! marks, and calls [`Line::serve`]. What a host of the published firmware sees is what that firmware
//! answers, with its holes closed. Whatever is new waits until the host asks for it: see
//! [`extension`].
//!
//! Promises: no heap, no `unsafe`, no byte written outside its place whatever comes over the line;
//! with lasting marks switched on, no signature leaves before its mark is in flash. Left to the
//! board: that the flash is its own, and that nobody reads its keys.
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

mod board;
pub mod boards;
pub mod extension;
mod flash_marks;
mod keeper;
mod pages;
mod profile_page;
mod record;

pub use board::{Board, Line};
pub use extension::Extended;
pub use flash_marks::FlashMarks;
pub use keeper::{Keeper, Marks, Unkept};
pub use profile_page::{PROFILE_PAGE, emit_profile, parse_profile};
#[doc(no_inline)]
pub use tezio_soft_hsm::SecureElement;
