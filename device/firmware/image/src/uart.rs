//! The serial line on pins 24 and 25, without interrupts.
//!
//! The chip holds six bytes for a loop that is busy. QEMU keeps more back until those are read, as
//! USB would; a real board on a real UART wants RTS, or an interrupt that fills a buffer.

use crate::registers::{gpio, uart};

const ENABLED: u32 = 4;
/// Fast enough for the longest packet within the 100 ms that the protocol gives one.
const BAUD_230400: u32 = 0x03b0_0000;
/// Rounds of nothing after a look that found nothing: a look costs QEMU a lot, and on the chip this
/// is less time than its six bytes take to come.
const REST: u32 = 300;
/// Looks at a byte that is to leave: a hundred times what it takes.
const PATIENCE: u32 = 100_000;
const OUTPUT: u32 = 1;
const INPUT: u32 = 0;

/// The line's end; there is one.
pub(crate) struct Uart(());

impl Uart {
    pub(crate) fn start() -> Self {
        gpio::CONFIG_24.write(OUTPUT);
        gpio::CONFIG_25.write(INPUT);
        uart::PIN_TX.write(24);
        uart::PIN_RX.write(25);
        uart::BAUD_RATE.write(BAUD_230400);
        uart::ENABLE.write(ENABLED);
        uart::START_RX.write(1);
        uart::START_TX.write(1);
        Self(())
    }

    /// Takes what is here.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let mut received = 0;
        for place in buffer {
            if uart::RX_READY.read() == 0 {
                break;
            }
            uart::RX_READY.write(0);
            let [byte, ..] = uart::RX.read().to_le_bytes();
            *place = byte;
            received += 1;
        }
        if received == 0 {
            (0..REST).for_each(|_| core::hint::spin_loop());
        }
        received
    }

    /// Sends byte by byte; the rest is dropped when one is not on its way in time.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        for byte in bytes {
            uart::TX.write(u32::from(*byte));
            if !(0..PATIENCE).any(|_| uart::TX_READY.read() != 0) {
                break;
            }
            uart::TX_READY.write(0);
        }
    }
}
