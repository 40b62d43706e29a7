//! A Tezio HSM with software keys as an image for the nRF51822, a Cortex-M0: the board that QEMU
//! calls `microbit`.
//!
//! From the profile that the board's flash holds (see `page`) to a device on the UART, 230400 8N1. It
//! shows that the device's role runs on the boards' class of processor, in less memory than they
//! have; keys that deserve protection belong into a secure element.
//!
//! A device that cannot start right does not start: a profile that cannot be read, marks that
//! cannot be read, and every panic end in a halt, which a host sees as silence.
#![no_std]
#![no_main]

mod clock;
mod flash;
mod page;
mod random;
mod registers;
mod uart;

use core::panic::PanicInfo;

use tezio_core::hsm::extension::IDENTITY;
use tezio_core::time::Instant;
use tezio_firmware::{Board, Extended, FlashMarks, Line};
use tezio_soft_hsm::{SoftElement, SoftHsm};

use crate::clock::Clock;
use crate::flash::MarkPages;
use crate::random::Random;
use crate::registers::ficr;
use crate::uart::Uart;

type Operations = Extended<SoftElement<Random>, FlashMarks<MarkPages>>;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut line = None;
    start(&mut line);
    match &mut line {
        Some(line) => line.serve(),
        None => halt(),
    }
}

/// A function of its own, so that what it needs to build a device is gone when that runs.
#[inline(never)]
fn start(line: &mut Option<Line<Microbit, Operations>>) {
    *line = operations().map(|operations| Line::new(Microbit::start(), operations));
}

fn operations() -> Option<Operations> {
    let profile = page::profile()?;
    let hsm = SoftHsm::new(&profile, Random::start()).ok()?;
    Extended::new(hsm, FlashMarks::new(MarkPages), identity()).ok()
}

/// The chip's own number, and what it is the number of.
fn identity() -> [u8; IDENTITY] {
    let mut identity = *b"nRF51822........";
    let number = [ficr::DEVICE_ID_0, ficr::DEVICE_ID_1].map(|half| half.read().to_le_bytes());
    let (_, of_chip) = identity.split_at_mut(8);
    of_chip.copy_from_slice(number.as_flattened());
    identity
}

/// Line and clock.
struct Microbit {
    clock: Clock,
    uart: Uart,
}

impl Microbit {
    fn start() -> Self {
        Self {
            clock: Clock::start(),
            uart: Uart::start(),
        }
    }
}

impl Board for Microbit {
    fn now(&mut self) -> Instant {
        self.clock.now()
    }

    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        self.uart.receive(buffer)
    }

    fn send(&mut self, bytes: &[u8]) {
        self.uart.send(bytes);
    }
}

fn halt() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Stays halted: a restart would forget the marks that are in RAM alone. Where marks last it would
/// forget nothing, but what has panicked once would again.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    halt()
}
