//! The core with a heap below it: one feature of one dependency, switched on by somebody else.
//!
//! Building this must fail. If it ever succeeds, the check beside it proves nothing.
#![no_std]

use core::panic::PanicInfo;

use tezio_core as _;

#[panic_handler]
fn halt(_: &PanicInfo<'_>) -> ! {
    loop {}
}
